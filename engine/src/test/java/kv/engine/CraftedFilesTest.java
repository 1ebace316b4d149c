package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files with valid checksums and wrong content, which only intent can create. A store may refuse
 * them, or read other content from them. But it fails only with an IOException, and never allocates
 * more memory than the files justify.
 */
class CraftedFilesTest extends StoreFixture {
  private static final int HINT_START = 36;
  private static final Options SMALLEST = QUIET.withSegmentSize(4 << 10);

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private SortedMap<String, ByteBuffer> whole;
  private SortedMap<String, String> expected;

  /** Writes two segments, the second of which overwrites and deletes. */
  @BeforeEach
  void fill() throws IOException {
    putAndClose("os", "mac", "editor", "vim", "empty", "", "page", "text".repeat(50));
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("linux"));
      store.delete(bytes("editor"));
      store.put(bytes("shell"), bytes("zsh"));
    }
    whole = files();
    expected = RawLog.state(Files.readAllBytes(segment(1)), Files.readAllBytes(segment(2)));
  }

  // ======== Hint files ========

  @Test
  void aHintFileWithAnyFlippedBitInItsNumbersIsNotUsedAndIsWrittenAgain() throws IOException {
    byte[] hints = Files.readAllBytes(hint(1));
    for (int at = 0; at < hints.length - 4; at++) {
      if (isOfAKey(hints, at)) {
        continue;
      }
      for (int bit = 0; bit < 8; bit++) {
        byte[] crafted = hints.clone();
        crafted[at] ^= (byte) (1 << bit);
        Files.write(hint(1), withChecksum(crafted));

        assertEquals(expected, reopenedState(), "byte " + at + ", bit " + bit);
        assertEquals(whole, files(), "byte " + at + ", bit " + bit);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {0, 1, -1, 8, 16, 17, 255, 65_535, 512 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void aHintFileWithAnotherNumberAnywhereIsNotUsedAndIsWrittenAgain(int number) throws IOException {
    byte[] hints = Files.readAllBytes(hint(1));
    for (int at = 8; at + 4 <= hints.length - 4; at++) {
      byte[] crafted = hints.clone();
      ByteBuffer.wrap(crafted).putInt(at, number);
      // If only a key differs, the file still matches the segment.
      if (differsOnlyInKeys(hints, crafted)) {
        continue;
      }
      Files.write(hint(1), withChecksum(crafted));

      assertEquals(expected, reopenedState(), "offset " + at);
      assertEquals(whole, files(), "offset " + at);
    }
  }

  @Test
  void aHintFileThatWasCutOrExtendedIsNotUsedAndIsWrittenAgain() throws IOException {
    byte[] hints = Files.readAllBytes(hint(1));
    for (int length = 4; length < hints.length + 30; length++) {
      if (length != hints.length) {
        byte[] crafted = Arrays.copyOf(Arrays.copyOf(hints, hints.length - 4), length);
        Files.write(hint(1), withChecksum(crafted));

        assertEquals(expected, reopenedState(), "length " + length);
        assertEquals(whole, files(), "length " + length);
      }
    }
  }

  @Test
  void anyHintFileCausesAtMostAnIOException() throws IOException {
    for (int round = 0; round < 300; round++) {
      restore(whole);
      for (int number = 1; number <= 2; number++) {
        byte[] crafted = mutated(Files.readAllBytes(hint(number)), HINT_START);
        Files.write(hint(number), withChecksum(crafted));
      }
      useAll("seed " + seed + ", round " + round);
    }
  }

  @Test
  void aMergeLosesNoRecordToWhichAHintFileLedUnderAnotherKey() throws IOException {
    byte[] hints = Files.readAllBytes(hint(1));
    int refused = 0;
    for (int at = HINT_START; at < hints.length - 4; at += hintLength(hints, at)) {
      restore(whole);
      byte[] crafted = hints.clone();
      // A bit of the hash that the keydir keeps. The entry stays in its group.
      crafted[at + 4] ^= 1;
      Files.write(hint(1), withChecksum(crafted));

      try (Store store = Store.open(directory, QUIET)) {
        store.merge();
      } catch (CorruptStoreException e) {
        assertEquals(segment(1).toString(), e.file());
        refused++;
      }
      for (String name : names(".hint")) {
        Files.delete(directory.resolve(name));
      }
      assertEquals(expected, reopenedState(), "entry at " + at);
    }
    // Two of the four keys are live, and the hash of the first entry is verified by the open.
    assertTrue(refused > 0);
  }

  // ======== Segments ========

  @Test
  void anySegmentCausesAtMostAnIOException() throws IOException {
    int opened = 0;
    for (int round = 0; round < 600; round++) {
      restore(whole);
      Path file = segment(1 + random.nextInt(2));
      boolean hinted = random.nextInt(3) == 0;
      boolean sealed = random.nextInt(3) > 0;
      if (!hinted) {
        Files.delete(file.resolveSibling(file.getFileName().toString().replace("data", "hint")));
      }
      Files.write(file, mutatedSegment(Files.readAllBytes(file), sealed));
      opened += useAll("seed " + seed + ", round " + round) ? 1 : 0;
    }
    assertTrue(opened > 20, "only " + opened + ", seed " + seed);
  }

  /** Lengths that would make a reader leave the file, or allocate too much memory. */
  @ParameterizedTest
  @ValueSource(ints = {3, 6, 1000, 5000, 1 << 20, 512 << 20, (512 << 20) + 1, -1})
  void aRecordLongerThanItsSegmentIsACorruptStoreException(int valueLength) throws IOException {
    byte[] bytes = Files.readAllBytes(segment(2));
    byte[] header = Arrays.copyOfRange(bytes, 16, 32);
    ByteBuffer.wrap(header).putInt(4, valueLength);
    RawLog.place(header, bytes, 16);
    System.arraycopy(header, 0, bytes, 16, 16);
    Files.write(segment(2), bytes);

    // With a hint file, the record is read when it is requested, and not before.
    useAll("with its hint file");
    Files.deleteIfExists(hint(2));
    useAll("without a hint file");
  }

  // ======== The use of the store ========

  /** Calls all methods, and returns whether the store could be opened. */
  private boolean useAll(String message) {
    try (Store store = Store.open(directory, SMALLEST)) {
      for (String key : List.of("os", "editor", "empty", "page", "shell", "absent")) {
        call(() -> store.get(bytes(key)));
        call(() -> store.containsKey(bytes(key)));
      }
      call(() -> store.forEach((key, value) -> {}));
      call(() -> store.put(bytes("os"), bytes("bsd")));
      call(() -> store.delete(bytes("page")));
      call(store::stats);
      return true;
    } catch (IOException e) {
      return false;
    } catch (Throwable e) {
      throw new AssertionError(message, e);
    }
  }

  private interface Call {
    void run() throws IOException;
  }

  private static void call(Call call) {
    try {
      call.run();
    } catch (IOException e) {
      // An exception of the engine, with a description of the fault.
      assertTrue(e.getMessage().length() > 20, e.getMessage());
    }
  }

  // ======== The content ========

  /** Returns a copy with some bytes changed after an offset, in most cases those of a number. */
  private byte[] mutated(byte[] bytes, int from) {
    byte[] crafted = bytes.clone();
    for (int times = 1 + random.nextInt(3); times > 0; times--) {
      int at = from + random.nextInt(bytes.length - from);
      switch (random.nextInt(4)) {
        case 0 -> crafted[at] = (byte) random.nextInt();
        case 1 -> crafted[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> ByteBuffer.wrap(crafted).putInt(Math.min(at, bytes.length - 4), number());
        default -> ByteBuffer.wrap(crafted).putShort(Math.min(at, bytes.length - 2), (short) -1);
      }
    }
    return random.nextInt(8) == 0
        ? Arrays.copyOf(crafted, random.nextInt(2 * bytes.length))
        : crafted;
  }

  private int number() {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt();
      case 1 -> random.nextInt(300);
      case 2 -> 1 << random.nextInt(31);
      default -> -random.nextInt(300);
    };
  }

  /** Returns a segment with some records changed, and checksums that match the changes. */
  private byte[] mutatedSegment(byte[] bytes, boolean sealed) throws IOException {
    List<byte[]> records = new ArrayList<>();
    for (RawLog.Entry entry : RawLog.decode(bytes)) {
      byte[] record = Arrays.copyOfRange(bytes, (int) entry.offset(), (int) entry.endOffset());
      records.add(record);
      if (random.nextInt(3) == 0) {
        int field = random.nextInt(3);
        ByteBuffer header = ByteBuffer.wrap(record);
        switch (field) {
          case 0 -> header.put(0, (byte) "PDSX\0".charAt(random.nextInt(5)));
          case 1 -> header.putShort(2, (short) number());
          default -> header.putInt(4, number());
        }
      } else if (random.nextInt(8) == 0) {
        records.remove(records.size() - 1);
      }
    }
    ByteBuffer crafted = ByteBuffer.allocate(2 * bytes.length + 100);
    crafted.put(bytes, 0, 16);
    CRC32C headers = new CRC32C();
    int count = 0;
    for (byte[] record : records) {
      RawLog.place(record, bytes, crafted.position());
      headers.update(record, 12, 4);
      crafted.put(record);
      count++;
    }
    if (sealed) {
      ByteBuffer seal = ByteBuffer.allocate(24).put(0, (byte) 'S').put(1, (byte) 1).putInt(4, 8);
      seal.putInt(16, count).putInt(20, (int) headers.getValue());
      CRC32C body = new CRC32C();
      body.update(seal.array(), 16, 8);
      seal.putInt(8, (int) body.getValue());
      crafted.put(RawLog.place(seal.array(), bytes, crafted.position()));
    }
    return Arrays.copyOf(crafted.array(), crafted.position() + random.nextInt(30));
  }

  private static byte[] withChecksum(byte[] hints) {
    if (hints.length >= 4) {
      CRC32C checksum = new CRC32C();
      checksum.update(hints, 0, hints.length - 4);
      ByteBuffer.wrap(hints).putInt(hints.length - 4, (int) checksum.getValue());
    }
    return hints;
  }

  private static boolean isOfAKey(byte[] hints, int at) {
    byte[] changed = hints.clone();
    changed[at] ^= 1;
    return differsOnlyInKeys(hints, changed);
  }

  /**
   * Returns whether only keys or their hashes differ, which an open does not compare with the log.
   */
  private static boolean differsOnlyInKeys(byte[] hints, byte[] crafted) {
    return Arrays.equals(withoutKeys(hints, hints), withoutKeys(crafted, hints));
  }

  /** Returns a copy of a hint file without the hashes and keys that another has at these places. */
  private static byte[] withoutKeys(byte[] file, byte[] hints) {
    byte[] copy = file.clone();
    for (int at = HINT_START; at < hints.length - 4; ) {
      int end = at + hintLength(hints, at);
      Arrays.fill(copy, at, at + 8, (byte) 0);
      Arrays.fill(copy, at + 19, end, (byte) 0);
      at = end;
    }
    return copy;
  }

  /** Returns the length of an entry. */
  private static int hintLength(byte[] hints, int at) {
    return 19 + ByteBuffer.wrap(hints).getShort(at + 17);
  }

  private Path hint(int number) {
    return SegmentName.fresh(number).hint(directory);
  }
}
