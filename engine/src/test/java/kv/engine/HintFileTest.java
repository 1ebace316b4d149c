package kv.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.CountDownLatch;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A hint file only saves time: without it, or if it is damaged, the store is the same. */
class HintFileTest extends StoreFixture {
  private static final Map<String, String> STATE = Map.of("os", "linux", "shell", "zsh");

  @Test
  void containsTheKeyAndTheLocationOfEachRecord() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.delete(bytes("os"));
    }

    byte[] segment = Files.readAllBytes(file());
    ByteBuffer hints = ByteBuffer.wrap(Files.readAllBytes(hint(1)));
    String sealChecksum = HexFormat.of().formatHex(segment, segment.length - 4, segment.length);
    String secret = HexFormat.of().formatHex(hints.array(), 20, 36);
    long hash = new SipHash(hints.getLong(20), hints.getLong(28)).hash(bytes("os"));
    CRC32C checksum = new CRC32C();
    checksum.update(hints.array(), 0, hints.capacity() - 4);
    assertEquals(
        "4b5648494e5453 02 00000037 00000002".replace(" ", "")
            + sealChecksum
            + secret
            + HexFormat.of().toHexDigits(hash)
            + "00000010 00000015 50 0002 6f73".replace(" ", "")
            + HexFormat.of().toHexDigits(hash)
            + "00000025 00000012 44 0002 6f73".replace(" ", "")
            + HexFormat.of().toHexDigits((int) checksum.getValue()),
        HexFormat.of().formatHex(hints.array()));
  }

  @Test
  void entriesAreDealtOutByTheHighestTenBitsOfTheirHashes() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      for (int i = 0; i < 5000; i++) {
        store.put(bytes("key " + i), bytes("1"));
      }
      for (int i = 0; i < 5000; i += 3) {
        store.delete(bytes("key " + i));
      }
    }
    Hints hints = Hints.read(hint(1));
    int group = 0;
    int offset = 0;
    Map<String, Byte> last = new HashMap<>();
    for (int at = hints.first(); at < hints.size(); at = hints.next(at)) {
      int found = (int) (hints.hash(at) >>> 54);
      assertTrue(found > group || found == group && hints.offset(at) > offset);
      group = found;
      offset = hints.offset(at);
      last.put(text(hints.key(at)), hints.type(at));
    }
    assertEquals(5000 + 1667, hints.count());
    for (int i = 0; i < 5000; i++) {
      assertEquals(i % 3 == 0 ? Record.DELETE : Record.PUT, last.get("key " + i));
    }
  }

  @Test
  void allOfAStoreHaveOneSecret() throws IOException {
    twoSegments();
    byte[] secret = secret(1);
    assertArrayEquals(secret, secret(2));
    Files.delete(hint(1));
    Store.open(directory, QUIET).close();
    assertArrayEquals(secret, secret(1));

    for (int number = 1; number <= 2; number++) {
      Files.delete(hint(number));
    }
    Store.open(directory, QUIET).close();
    assertArrayEquals(secret(1), secret(2));
    assertFalse(Arrays.equals(secret, secret(1)), "a new secret, and by chance the same");
  }

  private byte[] secret(int number) throws IOException {
    return Arrays.copyOfRange(Files.readAllBytes(hint(number)), 20, 36);
  }

  @Test
  void isWrittenWhenItsSegmentIsSealedAndNotBefore() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      assertEquals(List.of(), names(SegmentName.HINT));
    }
    assertEquals(List.of("000001-000001.0.hint"), names(SegmentName.HINT));
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void isWrittenWhileTheStoreIsOpen() throws Exception {
    CountDownLatch hinted = new CountDownLatch(1);
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.HINTED) {
            hinted.countDown();
          }
        });
    try (Store store = Store.open(directory, SMALL)) {
      for (int i = 0; i < 3000; i++) {
        store.put(bytes("the only key"), bytes("value " + i));
      }
      hinted.await();
      assertEquals(List.of("000001-000001.0.hint"), names(SegmentName.HINT));
    }
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void isWrittenEvenIfTheDueMergeFails() throws Exception {
    CountDownLatch hinted = new CountDownLatch(1);
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.RUN_STARTED) {
            throw new IOException("No space left on device");
          }
          if (point == FailPoint.HINTED) {
            hinted.countDown();
          }
        });
    try (Store store = Store.open(directory, SMALL.withAutomaticMerge(true))) {
      // More than a segment, in which every record is dead.
      for (int i = 0; i < 3000; i++) {
        store.put(bytes("the only key"), bytes("value " + i));
      }
      // While the store is open: a close would write the hint file anyway.
      hinted.await();
    }
  }

  @Test
  void isReadInsteadOfTheValues() throws IOException {
    twoSegments();
    byte[] bytes = Files.readAllBytes(file());
    // Damages a value, which an open does not read.
    bytes[RawLog.HEADER_SIZE + 16 + "os".length()] ^= 1;
    Files.write(file(), bytes);

    try (Store store = Store.open(directory, QUIET)) {
      assertEquals("linux", text(store.get(bytes("os"))));
    }
    Files.delete(hint(1));
    assertThrows(CorruptStoreException.class, () -> Store.open(directory, QUIET));
  }

  @Test
  void isRewrittenIfItIsMissing() throws IOException {
    twoSegments();
    SortedMap<String, ByteBuffer> files = files();
    for (int number = 1; number <= 2; number++) {
      Files.delete(hint(number));
      assertNothingIsLost(files, "hint " + number);
    }
  }

  @Test
  void isRewrittenIfItIsCutAtAnyByte() throws IOException {
    twoSegments();
    SortedMap<String, ByteBuffer> files = files();
    byte[] whole = Files.readAllBytes(hint(2));
    for (int length = 0; length < whole.length; length++) {
      Files.write(hint(2), Arrays.copyOf(whole, length));
      assertNothingIsLost(files, "cut to " + length);
    }
  }

  @Test
  void isRewrittenIfAnyBitIsFlipped() throws IOException {
    putAndClose("a", "1");
    putAndClose("b", "2");
    SortedMap<String, ByteBuffer> files = files();
    byte[] whole = Files.readAllBytes(hint(1));
    for (int at = 0; at < whole.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] damaged = whole.clone();
        damaged[at] ^= (byte) (1 << bit);
        Files.write(hint(1), damaged);
        assertEquals(Map.of("a", "1", "b", "2"), reopenedState(), "byte " + at + ", bit " + bit);
        assertEquals(files, files(), "byte " + at + ", bit " + bit);
      }
    }
  }

  @Test
  void isRewrittenIfItIsAnotherStores() throws IOException {
    // Another hint file with the same name, the same length and the same number of records.
    putAndClose("so", "mac", "rotide", "vim");
    byte[] foreign = Files.readAllBytes(hint(1));
    restore(Collections.emptySortedMap());
    twoSegments();
    SortedMap<String, ByteBuffer> files = files();
    assertEquals(foreign.length, Files.size(hint(1)));
    Files.write(hint(1), foreign);

    assertNothingIsLost(files, "foreign");
  }

  @Test
  void provesThatItsSegmentWasCutBetweenTwoRecords() throws IOException {
    twoSegments();
    byte[] hints = Files.readAllBytes(hint(2));
    removeSealFrom(2);
    Files.write(hint(2), hints);
    SortedMap<String, ByteBuffer> files = files();

    CorruptStoreException e =
        assertThrows(CorruptStoreException.class, () -> Store.open(directory, QUIET));

    assertEquals(segment(2).toString(), e.file());
    assertEquals(Files.size(segment(2)), e.offset());
    assertEquals(files, files());
  }

  @Test
  void theStoreWorksIfItCannotBeWritten() throws IOException {
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.HINTED) {
            throw new IOException("No space left on device");
          }
        });
    twoSegments();

    assertEquals(List.of(), names(SegmentName.HINT));
    FailPoint.set(null);
    assertEquals(STATE, reopenedState());
    assertEquals(2, names(SegmentName.HINT).size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"notes.txt", "data", "notes.hint", "notes.data.tmp", "1-1.0.hint"})
  void foreignFilesAreLeftAlone(String name) throws IOException {
    twoSegments();
    Path notes = Files.writeString(directory.resolve(name), "mine");

    try (Store store = Store.open(directory, QUIET)) {
      assertEquals("linux", text(store.get(bytes("os"))));
      store.merge();
    }

    assertEquals("mine", Files.readString(notes));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "notes.data",
        "000001.data",
        "1-1.0.data",
        "000002-000001.0.data",
        "000000-000000.0.data",
        "000001-000001.00.data",
        "0000001-0000001.0.data",
        "copy of 000001-000001.0.data"
      })
  void aSegmentWithABadNameIsRefused(String name) throws IOException {
    twoSegments();
    Files.copy(file(), directory.resolve(name));
    SortedMap<String, ByteBuffer> files = files();

    CorruptStoreException e =
        assertThrows(CorruptStoreException.class, () -> Store.open(directory, QUIET));

    assertTrue(e.getMessage().contains(name), e.getMessage());
    assertEquals(directory.toString(), e.file());
    assertEquals(-1, e.offset());
    assertEquals(files, files());
  }

  /** Writes two sealed segments with their hint files. The second overwrites and deletes. */
  private void twoSegments() throws IOException {
    putAndClose("os", "mac", "editor", "vim");
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("linux"));
      store.put(bytes("shell"), bytes("zsh"));
      store.delete(bytes("editor"));
    }
  }

  private void assertNothingIsLost(SortedMap<String, ByteBuffer> files, String message)
      throws IOException {
    assertEquals(STATE, reopenedState(), message);
    assertEquals(files, files(), message);
  }

  private Path hint(int number) {
    return SegmentName.fresh(number).hint(directory);
  }
}
