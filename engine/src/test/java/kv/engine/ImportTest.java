package kv.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store of steps 1 to 4 becomes a store of the engine, despite crashes and failures. */
class ImportTest extends StoreFixture {
  private static final Options SMALLEST = QUIET.withSegmentSize(4 << 10);

  @Test
  void copiesTheOldLogIntoSegmentsAndDeletesIt() throws IOException {
    OldStore old = new OldStore().put("os", "mac").put("editor", "vim").put("os", "linux");
    write(old.delete("editor").bytes());

    assertEquals(Map.of("os", "linux"), reopenedState());

    assertEquals("[P os=mac, P editor=vim, P os=linux, D editor]", log());
    assertEquals(
        List.of("000001-000001.0.data", "000001-000001.0.hint", DirectoryLock.FILE_NAME),
        names(""));
  }

  @Test
  void theSegmentsHaveTheSizeInTheOptions() throws IOException {
    OldStore old = manyRecords();
    write(old.bytes());

    try (Store store = Store.open(directory, SMALLEST)) {
      assertEquals(old.state(), state(store));
    }

    assertTrue(names(".data").size() > 5, names(".data").toString());
    for (String name : names(".data")) {
      // Except the segment of a record that is longer than a segment.
      long size = Files.size(directory.resolve(name));
      int records = RawLog.read(directory.resolve(name)).size();
      assertTrue(size <= 4 << 10 || records == 1, name + " has " + size);
    }
    assertEquals(old.state(), reopenedState());
  }

  @Test
  void aTornEndIsLeftOutAtAnyByte() throws IOException {
    OldStore first = new OldStore().putMarked("os", "mac");
    byte[] synced = first.bytes();
    byte[] whole = first.put("os", "linux").put("empty", "").delete("os").bytes();
    for (int length = synced.length; length <= whole.length; length++) {
      restore(new TreeMap<>());
      byte[] cut = Arrays.copyOf(whole, length);
      write(cut);

      SortedMap<String, String> expected = oldState(cut);
      assertEquals(expected, reopenedState(), "cut to " + length);
      assertFalse(Files.exists(oldFile()), "cut to " + length);
    }
  }

  @Test
  void aTornValueThatIsTheCopyOfALogIsLeftOut() throws IOException {
    byte[] log = new OldStore().putMarked("os", "mac").bytes();
    String copy = new String(log, StandardCharsets.ISO_8859_1);
    byte[] whole = new OldStore().put("a", "1").put("copy", copy + copy).bytes();
    write(Arrays.copyOf(whole, whole.length - 3));

    assertEquals(Map.of("a", "1"), reopenedState());
  }

  @Test
  void anyFlippedBitOfASyncedRecordIsRefusedAndChangesNothing() throws IOException {
    byte[] whole =
        new OldStore().put("os", "mac").delete("os").put("a", "1").putMarked("b", "2").bytes();
    int synced = whole.length - 18;
    for (int flipped = 0; flipped < 8 * synced; flipped++) {
      byte[] damaged = whole.clone();
      damaged[flipped / 8] ^= (byte) (1 << flipped % 8);
      write(damaged);

      CorruptStoreException e = assertThrows(CorruptStoreException.class, this::reopenedState);

      assertEquals(oldFile().toString(), e.file(), "bit " + flipped);
      assertArrayEquals(damaged, Files.readAllBytes(oldFile()));
      assertEquals(List.of(DirectoryLock.FILE_NAME, "store.data"), names(""));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 7})
  void anOldFileHeaderThatACrashLeftWithZerosAfterItIsAnEmptyStore(int length, @TempDir Path other)
      throws IOException {
    write(Arrays.copyOf(Arrays.copyOf(new OldStore().bytes(), length), 8));

    assertTrue(Salvage.run(directory, other.resolve("saved"), line -> {}).isWhole());

    assertEquals(Map.of(), reopenedState());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 7, 8})
  void anEmptyOldLogBecomesAnEmptyStore(int length) throws IOException {
    write(Arrays.copyOf(new OldStore().bytes(), length));

    assertEquals(Map.of(), reopenedState());

    assertEquals(List.of(DirectoryLock.FILE_NAME), names(""));
  }

  @Test
  void aFileThatIsNotALogIsRefused() throws IOException {
    write(bytes("a letter to my aunt"));

    CorruptStoreException e = assertThrows(CorruptStoreException.class, this::reopenedState);

    assertTrue(e.getMessage().contains("a log of steps 1 to 4"), e.getMessage());
    assertEquals("a letter to my aunt", Files.readString(oldFile()));
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aPipeInPlaceOfTheOldLogIsRefused() throws Exception {
    Path pipe = makePipe("store.data");

    IOException e = assertThrows(IOException.class, this::reopenedState);

    assertTrue(e.getMessage().contains(pipe + " is not a regular file"), e.getMessage());
  }

  /** The log contains 2.5 GiB of zeros, which take no space on most disks. */
  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "its files have no holes by default")
  void anOldLogMayBeLongerThanASegmentCanBe() throws IOException {
    int length = 512 << 20;
    CRC32C body = new CRC32C();
    body.update(bytes("k"));
    byte[] zeros = new byte[1 << 20];
    for (int i = 0; i < length / zeros.length; i++) {
      body.update(zeros);
    }
    ByteBuffer start = ByteBuffer.wrap(OldStore.record('P', true, bytes("k"), new byte[0]));
    start.putInt(4, length).putInt(8, (int) body.getValue());
    CRC32C header = new CRC32C();
    header.update(start.array(), 0, 12);
    start.putInt(12, (int) header.getValue());
    long end = 8;
    try (RandomAccessFile writer = new RandomAccessFile(oldFile().toFile(), "rw")) {
      writer.write(new OldStore().bytes());
      for (int i = 0; i < 5; i++) {
        writer.seek(end);
        writer.write(start.array());
        end += start.capacity() + length;
      }
      writer.seek(end);
      writer.write(OldStore.record('P', false, bytes("os"), bytes("mac")));
      end = writer.getFilePointer();
      writer.write(OldStore.record('P', false, bytes("os"), bytes("torn")), 0, 19);
    }

    try (OldLog log = OldLog.open(oldFile())) {
      assertEquals(end, log.end());
    }
  }

  // ======== Other files in the directory ========

  @Test
  void theUnfinishedCopyOfStep4IsDeletedWhenTheLogIsImported() throws IOException {
    OldStore old = manyRecords();
    write(old.bytes());
    Files.write(directory.resolve("store.data.tmp"), Arrays.copyOf(old.bytes(), 100));

    assertEquals(old.state(), reopenedState());

    assertEquals(List.of(), names(".tmp"));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 7})
  void theUnfinishedCopyOfStep4IsKeptIfTheLogIsMissingOrEmpty(int length) throws IOException {
    byte[] bytes = manyRecords().bytes();
    if (length >= 0) {
      write(Arrays.copyOf(bytes, length));
    }
    Files.write(directory.resolve("store.data.tmp"), bytes);
    SortedMap<String, ByteBuffer> before = files();

    CorruptStoreException e = assertThrows(CorruptStoreException.class, this::reopenedState);

    assertTrue(e.getMessage().contains("store.data.tmp"), e.getMessage());
    assertEquals(before, files());
  }

  @Test
  void anOldLogNextToSegmentsOfAnotherStoreIsRefused() throws IOException {
    putAndClose("os", "bsd");
    write(new OldStore().put("os", "mac").bytes());
    assertBothAreRefused();
  }

  @Test
  void anOldLogNextToSegmentsWithMoreRecordsIsRefused() throws IOException {
    write(new OldStore().put("os", "mac").bytes());
    reopenedState();
    putAndClose("editor", "vim");
    write(new OldStore().put("os", "mac").bytes());
    assertBothAreRefused();
  }

  @Test
  void anOldLogNextToAMergedSegmentIsRefused() throws IOException {
    putAndClose("os", "mac", "os", "linux");
    try (Store store = Store.open(directory, QUIET)) {
      store.merge();
    }
    write(new OldStore().put("os", "linux").bytes());
    assertBothAreRefused();
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 9, 50, -30, -20, -1})
  void anOldLogNextToADamagedSegmentIsRefused(int damaged) throws IOException {
    write(manyRecords().bytes());
    try (Store store = Store.open(directory, SMALLEST)) {
      assertTrue(store.size() > 0);
    }
    byte[] bytes = Files.readAllBytes(segment(2));
    bytes[Math.floorMod(damaged, bytes.length)] ^= 1;
    Files.write(segment(2), bytes);
    write(manyRecords().bytes());
    assertBothAreRefused();
  }

  @Test
  void anOldLogIsRefusedIfLockNamesASegment() throws IOException {
    putAndClose("os", "mac");
    Files.delete(segment(1));
    Files.delete(SegmentName.fresh(1).hint(directory));
    write(new OldStore().put("os", "linux").bytes());
    assertBothAreRefused();
  }

  private void assertBothAreRefused() throws IOException {
    SortedMap<String, ByteBuffer> before = files();

    assertThrows(CorruptStoreException.class, this::reopenedState);

    assertEquals(before, files());
  }

  /** A store of an earlier step was opened here by mistake. Its log contains nothing. */
  @Test
  void anEmptyOldLogNextToSegmentsIsLeftAlone() throws IOException {
    putAndClose("os", "mac");
    write(new OldStore().bytes());

    assertEquals("mac", openedValue("os"));

    assertEquals(8, Files.size(oldFile()));
  }

  private String openedValue(String key) throws IOException {
    try (Store store = Store.open(directory)) {
      return text(store.get(bytes(key)));
    }
  }

  // ======== Crashes ========

  /** For the directory as a process leaves it that dies at any point, or at two points. */
  @Test
  void aCrashAtAnyPointLosesNothing() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    OldStore old = manyRecords();
    write(old.bytes());
    Files.write(directory.resolve("store.data.tmp"), new byte[100]);
    for (SortedMap<String, ByteBuffer> crashed : imagesOfAnOpen(SMALLEST)) {
      String message = "seed " + seed + ", after a crash with " + crashed.keySet();
      restore(crashed);
      Options other = SMALLEST.withSegmentSize(4 << 10 << random.nextInt(6));
      List<SortedMap<String, ByteBuffer>> again = imagesOfAnOpen(other);
      assertImported(old, message);

      restore(again.get(random.nextInt(again.size())));
      message += ", and another with " + names("");
      imagesOfAnOpen(SMALLEST);
      assertImported(old, message);
    }
  }

  private void assertImported(OldStore old, String message) throws IOException {
    assertFalse(Files.exists(oldFile()), message);
    assertEquals(old.state(), reopenedState(), message);
  }

  /** Opens the store, and returns the files in the directory at each fail point of the open. */
  private List<SortedMap<String, ByteBuffer>> imagesOfAnOpen(Options options) throws IOException {
    List<SortedMap<String, ByteBuffer>> images = new ArrayList<>();
    Thread thread = Thread.currentThread();
    FailPoint.set(
        (point, file) -> {
          if (Thread.currentThread() == thread && Files.exists(oldFile())) {
            images.add(files());
          }
        });
    Store store = Store.open(directory, options);
    FailPoint.set(null);
    images.add(files());
    store.close();
    return images;
  }

  /** For the disks that a power loss at any point can leave. */
  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it has no fsync of directories to observe")
  void aPowerLossAtAnyPointLosesNothing() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    OldStore old = manyRecords();
    Path data = Files.createDirectory(directory.resolve("data"));
    Files.write(data.resolve("store.data"), old.bytes());
    Files.write(data.resolve("store.data.tmp"), new byte[100]);
    DurableDisk disk = new DurableDisk(data);
    disk.everythingIsDurable();
    List<Path> images = new ArrayList<>();
    Thread thread = Thread.currentThread();
    FailPoint.set(
        (point, file) -> {
          disk.at(point, file);
          if (Thread.currentThread() == thread) {
            for (int i = 0; i < 3; i++) {
              Path image = directory.resolve("image" + images.size());
              disk.losePower(image, random);
              images.add(image);
            }
          }
        });
    Store.open(data, SMALLEST).close();
    FailPoint.set(null);

    assertTrue(images.size() > 50, "only " + images.size());
    for (Path image : images) {
      try (Store store = Store.open(image, SMALLEST)) {
        assertEquals(old.state(), state(store), "seed " + seed + ", " + image);
      }
    }
  }

  /** The disk is full in the middle: the old log is unchanged, and the import continues later. */
  @Test
  void anImportThatFailsCanBeRepeated() throws IOException {
    OldStore old = manyRecords();
    write(old.bytes());
    int[] written = new int[1];
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.WRITE && ++written[0] == 3) {
            throw new IOException("No space left on device");
          }
        });

    IOException e = assertThrows(IOException.class, () -> Store.open(directory, SMALLEST));

    FailPoint.set(null);
    assertTrue(e.getMessage().contains(oldFile().toString()), e.getMessage());
    assertEquals("No space left on device", e.getCause().getMessage());
    assertEquals(List.of(), names(".tmp"));
    assertArrayEquals(old.bytes(), Files.readAllBytes(oldFile()));
    assertEquals(old.state(), reopenedState());
  }

  // ======== The old store ========

  /** Returns a store with overwrites, deletes, and a record longer than the smallest segment. */
  private static OldStore manyRecords() {
    OldStore old = new OldStore();
    for (int i = 0; i < 60; i++) {
      old.put("key " + i % 40, "value " + i + " ".repeat(i * 11));
      if (i % 7 == 0) {
        old.delete("key " + i / 2);
      }
    }
    return old.put("long", "v".repeat(9_000)).put("", "").put("last", "record");
  }

  /** Returns the state that the whole records at the start of an old log describe. */
  private static SortedMap<String, String> oldState(byte[] log) {
    SortedMap<String, String> state = new TreeMap<>();
    ByteBuffer in = ByteBuffer.wrap(log);
    for (int at = 8; at + 16 <= log.length; ) {
      int keyEnd = at + 16 + in.getShort(at + 2);
      int next = keyEnd + in.getInt(at + 4);
      if (next > log.length) {
        break;
      }
      String key = new String(log, at + 16, keyEnd - at - 16);
      if (log[at] == 'P') {
        state.put(key, new String(log, keyEnd, next - keyEnd));
      } else {
        state.remove(key);
      }
      at = next;
    }
    return state;
  }

  private Path oldFile() {
    return directory.resolve(OldStore.FILE_NAME);
  }

  private void write(byte[] bytes) throws IOException {
    Files.write(oldFile(), bytes);
  }
}
