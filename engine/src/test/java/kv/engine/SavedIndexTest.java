package kv.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A saved index only saves time: without it, or if it is damaged, the store is the same. */
class SavedIndexTest extends StoreFixture {
  private static final int KEYS = SavedIndex.MIN_KEYS + 500;

  /** Offset of the first segment in an index. */
  private static final int SEGMENTS = 28 + 4 * 256;

  @TempDir Path other;

  /** Fills a store: some keys are overwritten, some deleted, and some of these put again. */
  private static void fill(Path directory) throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      for (int i = 0; i < KEYS; i++) {
        store.put(bytes("key " + i), bytes("value " + i));
      }
      for (int i = 0; i < KEYS; i += 3) {
        store.put(bytes("key " + i), bytes("second " + i));
      }
      for (int i = 0; i < 200; i++) {
        store.delete(bytes("key " + i));
      }
      for (int i = 0; i < 100; i++) {
        store.put(bytes("key " + i), bytes("third " + i));
      }
    }
  }

  private static void requireFilled(Store store) throws IOException {
    assertEquals(KEYS - 100, store.size());
    for (int i = 0; i < KEYS; i++) {
      byte[] value = store.get(bytes("key " + i));
      String last = (i < 100 ? "third " : i % 3 == 0 ? "second " : "value ") + i;
      assertEquals(100 <= i && i < 200 ? null : last, value == null ? null : text(value));
    }
  }

  private Path index() throws IOException {
    List<String> names = names(SegmentName.INDEX);
    assertEquals(1, names.size(), "indexes: " + names);
    return directory.resolve(names.get(0));
  }

  /** Returns the usable index in {@link #directory}, or null. */
  private SavedIndex read() throws IOException {
    return SavedIndex.read(directory, Listing.of(directory).log(0));
  }

  private void deleteHints() throws IOException {
    for (String name : names(SegmentName.HINT)) {
      Files.delete(directory.resolve(name));
    }
  }

  // ======== The file ========

  /** Reads an index as docs/FORMAT.md describes it. */
  @Test
  void containsTheSegmentsAndThePlaceOfEachKey() throws IOException {
    fill(directory);
    ByteBuffer index = ByteBuffer.wrap(Files.readAllBytes(index()));
    byte[] magic = new byte[8];
    index.get(magic);
    assertEquals("KVINDEX\1", text(magic));
    SipHash hash = new SipHash(index.getLong(), index.getLong());
    List<String> files = names(SegmentName.DATA);
    assertEquals(files.size(), index.getInt());
    int[] counts = new int[256];
    Arrays.setAll(counts, i -> index.getInt());
    List<byte[]> segments = new ArrayList<>();
    long live = 0;
    for (String file : files) {
      byte[] segment = Files.readAllBytes(directory.resolve(file));
      int number = segments.size() + 1;
      int end = segment.length - Record.SEAL_SIZE;
      ByteBuffer bytes = ByteBuffer.wrap(segment);
      assertEquals(
          List.of(number, number, 0), List.of(index.getInt(), index.getInt(), index.getInt()));
      assertEquals(bytes.getInt(8), index.getInt(), "salt");
      assertEquals(end, index.getInt());
      assertEquals(bytes.getInt(end + 16), index.getInt(), "count");
      assertEquals(bytes.getInt(end + 20), index.getInt(), "seal checksum");
      live += index.getLong();
      segments.add(segment);
    }
    index.getInt();
    Set<String> keys = new HashSet<>();
    for (int table = 0; table < counts.length; table++) {
      for (int i = 0; i < counts[table]; i++) {
        int tag = index.getInt();
        ByteBuffer segment = ByteBuffer.wrap(segments.get(index.getInt() - 1));
        int at = index.getInt();
        int keyLength = segment.getShort(at + Record.KEY_LENGTH_OFFSET);
        live -= 16 + keyLength + segment.getInt(at + Record.VALUE_LENGTH_OFFSET);
        byte[] key = Arrays.copyOfRange(segment.array(), at + 16, at + 16 + keyLength);
        assertEquals('P', segment.get(at));
        assertEquals(table, hash.hash(key) >>> 56);
        assertEquals(tag, (int) (hash.hash(key) >>> 24));
        keys.add(text(key));
      }
      index.getInt();
    }
    assertEquals(0, index.remaining());
    assertEquals(KEYS - 100, keys.size());
    assertEquals(0, live, "live bytes that no key has");
  }

  // ======== The life of an index ========

  @Test
  void anOpenAfterACloseNeedsNeitherHintFilesNorRecords() throws IOException {
    fill(directory);
    deleteHints();
    byte[] segment = Files.readAllBytes(file());
    int at = FileHeader.SIZE + Record.HEADER_SIZE + "key 0".length();
    segment[at] ^= 1;
    Files.write(file(), segment);

    // The value of key 0 has been superseded, so no get reads the damaged record.
    try (Store store = Store.open(directory, SMALL)) {
      requireFilled(store);
    }
  }

  @Test
  void anOpenStoreHasNoIndex() throws IOException {
    fill(directory);
    assertEquals("000001-" + names(SegmentName.DATA).size(), name(index()));
    try (Store store = Store.open(directory, SMALL)) {
      assertEquals(List.of(), names(SegmentName.INDEX));
      requireFilled(store);
    }
    assertNotNull(read(), "after the next close");
  }

  /** Returns the numbers in an index's name, without leading zeros in the second. */
  private static String name(Path index) {
    String[] parts = index.getFileName().toString().split("[-.]");
    return parts[0] + "-" + Integer.parseInt(parts[1]);
  }

  @Test
  void aReadOnlyStoreUsesAndKeepsTheIndex() throws IOException {
    fill(directory);
    deleteHints();
    SortedMap<String, ByteBuffer> before = files();
    try (Store store = Store.open(directory, SMALL.withReadOnly(true))) {
      requireFilled(store);
      store.checkInvariants();
    }
    assertEquals(before, files());
  }

  @Test
  void onlyStoresOfTenThousandKeysOrMoreHaveAnIndex() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      for (int i = 1; i < 10_000; i++) {
        store.put(bytes("key " + i), bytes(""));
      }
    }
    assertEquals(List.of(), names(SegmentName.INDEX));
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("key"), bytes(""));
    }
    assertEquals(List.of("000001-000002.1.index"), names(SegmentName.INDEX));
  }

  @Test
  void countsLiveAndDeadBytesAsTheHintFilesDo() throws IOException {
    fill(directory);
    Path saved = Files.copy(index(), other.resolve("index"));
    Files.delete(index());
    Stats expected;
    try (Store store = Store.open(directory, SMALL)) {
      expected = store.stats();
    }
    Files.copy(saved, index(), StandardCopyOption.REPLACE_EXISTING);
    try (Store store = Store.open(directory, SMALL)) {
      assertEquals(expected.liveBytes(), store.stats().liveBytes());
      assertEquals(expected.deadBytes(), store.stats().deadBytes());
      store.merge();
      requireFilled(store);
      assertEquals(0, store.stats().deadBytes());
    }
    assertNotNull(read(), "of merged segments");
  }

  @Test
  void aStoreClosesWithoutAnIndexIfItCannotBeWritten() throws IOException {
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.INDEXED) {
            throw new IOException("No space left on device");
          }
        });
    fill(directory);
    assertEquals(List.of(), names(SegmentName.INDEX));
    try (Store store = Store.open(directory, SMALL)) {
      requireFilled(store);
    }
  }

  @Test
  void missingHintFilesAreWrittenAgainAfterAnOpenFromTheIndex() throws IOException {
    fill(directory);
    Path lost = SegmentName.fresh(1).hint(directory);
    Path kept = SegmentName.fresh(2).hint(directory);
    Path foreign = SegmentName.fresh(3).hint(directory);
    Files.delete(lost);
    Files.write(foreign, Files.readAllBytes(kept));
    // An older time shows whether the file is written again.
    FileTime time = FileTime.fromMillis(1_000_000);
    Files.setLastModifiedTime(kept, time);
    Store.open(directory, SMALL).close();

    assertTrue(Hints.isIntact(lost), "the next open may come after a crash");
    assertFalse(Arrays.equals(Files.readAllBytes(kept), Files.readAllBytes(foreign)));
    assertEquals(time, Files.getLastModifiedTime(kept), "a hint file that is there is kept");
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "cannot move a directory with open files")
  void isNotWrittenIntoTheDirectoryOfAnotherStore() throws IOException {
    Path data = directory.resolve("data");
    fill(data);
    Store store = Store.open(data, SMALL);
    Files.move(data, directory.resolve("moved"));
    Files.createDirectory(data);
    store.close();

    try (Stream<Path> files = Files.list(data)) {
      assertEquals(List.of(), files.toList());
    }
  }

  // ======== Indexes that must not be used ========

  @Test
  void isNotUsedAfterTheLogHasGrown() throws IOException {
    fill(directory);
    byte[] old = Files.readAllBytes(index());
    try (Store store = Store.open(directory, SMALL)) {
      store.put(bytes("key 5"), bytes("fourth"));
    }
    Files.write(index(), old);

    assertNull(read());
    try (Store store = Store.open(directory, SMALL)) {
      assertEquals("fourth", text(store.get(bytes("key 5"))));
      assertEquals(KEYS - 100, store.size());
    }
  }

  @Test
  void isNotUsedWithAnotherStoreOfTheSameNames() throws IOException {
    fill(directory);
    fill(other);
    Path index = index();
    Files.delete(index);
    Files.copy(other.resolve(index.getFileName()), index);

    assertNull(read());
    try (Store store = Store.open(directory, SMALL)) {
      requireFilled(store);
    }
  }

  @Test
  void isNotUsedIfASegmentHasAnotherSealOrHeader() throws IOException {
    fill(directory);
    byte[] segment = Files.readAllBytes(file());
    int seal = (int) RawLog.end(segment);
    for (int at : new int[] {0, 8, 15, seal, seal + 8, seal + Record.SEAL_SIZE - 1}) {
      byte[] damaged = segment.clone();
      damaged[at] ^= 4;
      Files.write(file(), damaged);
      assertNull(read(), "at " + at);
    }
    Files.write(file(), Arrays.copyOf(segment, segment.length - 1));
    assertNull(read(), "cut");
    Files.write(file(), Arrays.copyOf(segment, segment.length + 100));
    assertNotNull(read(), "zeros after the seal are reserved space");
    byte[] longer = Arrays.copyOf(segment, segment.length + 100);
    longer[segment.length + 50] = 1;
    Files.write(file(), longer);
    assertNull(read(), "other bytes after the seal");
  }

  @Test
  void isNotUsedBesideASegmentThatIsCovered() throws IOException {
    fill(directory);
    byte[] covered = Files.readAllBytes(file());
    Path input = file();
    try (Store store = Store.open(directory, SMALL)) {
      store.merge();
    }
    // As if a power failure had undone the deletion; the merged segment is damaged.
    Files.write(input, covered);
    Path merged = directory.resolve(names(SegmentName.DATA).get(1));
    byte[] segment = Files.readAllBytes(merged);
    segment[FileHeader.SIZE + Record.HEADER_SIZE] ^= 1;
    Files.write(merged, segment);

    assertThrows(CorruptStoreException.class, () -> Store.open(directory, SMALL));
    assertTrue(Files.exists(input), "the covered segment is all that is left of its records");
  }

  @Test
  void isNotUsedIfAnyByteIsDamaged() throws IOException {
    fill(directory);
    byte[] index = Files.readAllBytes(index());
    Random random = new Random(1);
    for (int i = 0; i < 400; i++) {
      byte[] damaged = index.clone();
      int at = i < 60 ? i : random.nextInt(index.length);
      damaged[at] ^= (byte) (1 << random.nextInt(8));
      Files.write(index(), damaged);
      assertNull(read(), "flipped at " + at);
    }
    for (int length : new int[] {0, 1, 28, SEGMENTS, index.length / 2, index.length - 1}) {
      Files.write(index(), Arrays.copyOf(index, length));
      assertNull(read(), "cut to " + length);
    }
    Files.write(index(), Arrays.copyOf(index, index.length + 1));
    assertNull(read(), "a byte longer");
    for (int page = 0; page < index.length; page += 4096) {
      byte[] lost = index.clone();
      Arrays.fill(lost, page, Math.min(page + 4096, index.length), (byte) 0);
      Files.write(index(), lost);
      assertNull(read(), "a page lost at " + page);
    }
    try (Store store = Store.open(directory, SMALL)) {
      requireFilled(store);
    }
  }

  @Test
  void isNotUsedIfItsNumbersCannotBeRight() throws IOException {
    fill(directory);
    byte[] index = Files.readAllBytes(index());
    int segments = ByteBuffer.wrap(index).getInt(24);
    int headerSize = SEGMENTS + 36 * segments + 4;
    int end = ByteBuffer.wrap(index).getInt(SEGMENTS + 16);
    requireUnused(index, headerSize, bytes -> bytes.put(7, (byte) 2));
    requireUnused(index, headerSize, bytes -> bytes.putInt(24, segments + 1));
    requireUnused(index, headerSize, bytes -> bytes.putInt(28, -1));
    requireUnused(index, headerSize, bytes -> bytes.putInt(28, Integer.MAX_VALUE));
    requireUnused(index, headerSize, bytes -> bytes.putInt(28, Integer.MAX_VALUE / 12));
    requireUnused(index, headerSize, bytes -> bytes.putInt(SEGMENTS + 16, -1));
    int size = 12 * ByteBuffer.wrap(index).getInt(28) + 4;
    byte[] table = Arrays.copyOfRange(index, headerSize, headerSize + size);
    for (int[] change : new int[][] {{0, 0}, {4, 0}, {4, segments + 1}, {8, -1}, {8, end}}) {
      ByteBuffer bytes = ByteBuffer.wrap(table.clone()).putInt(4, 1).putInt(8, 16);
      checksum(bytes.putInt(change[0], change[1]), size);
      byte[] crafted = index.clone();
      System.arraycopy(bytes.array(), 0, crafted, headerSize, size);
      Files.write(index(), crafted);
      assertNull(read(), "offset " + change[0] + " is " + change[1]);
    }
  }

  /** Checks that an index is not used after a change of its header, whose checksum is right. */
  private void requireUnused(byte[] index, int headerSize, Consumer<ByteBuffer> change)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(index.clone());
    checksum(bytes, headerSize);
    assertArrayEquals(index, bytes.array(), "the checksum of the test");
    change.accept(bytes);
    checksum(bytes, headerSize);
    Files.write(index(), bytes.array());
    assertNull(read());
  }

  private static void checksum(ByteBuffer bytes, int size) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes.array(), 0, size - 4);
    bytes.putInt(size - 4, (int) checksum.getValue());
  }

  // ======== A witness ========

  @Test
  void provesThatTheLastSegmentExisted() throws IOException {
    fill(directory);
    deleteHints();
    Files.delete(directory.resolve(DirectoryLock.FILE_NAME));
    List<String> names = names(SegmentName.DATA);
    Files.delete(directory.resolve(names.get(names.size() - 1)));

    Exception refused =
        assertThrows(CorruptStoreException.class, () -> Store.open(directory, SMALL));
    assertTrue(refused.getMessage().contains(".index proves"), refused.getMessage());
  }
}
