package kv.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A salvage takes every whole record, reports the rest, and takes nothing else. */
class SalvageTest extends StoreFixture {
  @TempDir private Path results;

  private final List<String> lines = new ArrayList<>();

  /** Directory of the last result. */
  private Path result;

  private Salvage.Report salvage() throws IOException {
    lines.clear();
    result = Files.createTempDirectory(results, "store");
    return Salvage.run(directory, result, lines::add);
  }

  /** Salvages the store in {@link #directory}, and returns the contents of the new store. */
  private SortedMap<String, String> salvaged() throws IOException {
    salvage();
    return salvagedState();
  }

  private SortedMap<String, String> salvagedState() throws IOException {
    try (Store store = Store.open(result, QUIET)) {
      return state(store);
    }
  }

  private boolean reports(String text) {
    return lines.stream().anyMatch(line -> line.contains(text));
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  /** Writes three segments: two with a few records, and one with all kinds of records. */
  private void writeThreeSegments() throws IOException {
    putAndClose("os", "mac", "editor", "vim");
    putAndClose("shell", "bash", "os", "linux");
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("shell"), bytes("zsh"));
      store.delete(bytes("editor"));
      store.put(bytes("empty"), bytes(""));
      store.put(bytes("os"), bytes("bsd"));
    }
  }

  /** Returns the state of the three segments without some of their records. */
  private SortedMap<String, String> stateWithout(Path damaged, long from, long to)
      throws IOException {
    SortedMap<String, String> state = new TreeMap<>();
    for (int number = 1; number <= 3; number++) {
      byte[] bytes = originals.get(segment(number));
      for (RawLog.Entry entry : RawLog.decode(bytes)) {
        boolean lost =
            segment(number).equals(damaged) && entry.offset() < to && from < entry.endOffset();
        String key = new String(entry.key(), ISO_8859_1);
        if (!lost && entry.type() == 'P') {
          state.put(key, new String(entry.value(), ISO_8859_1));
        } else if (!lost) {
          state.remove(key);
        }
      }
    }
    return state;
  }

  /** Contents of the segments before they were damaged. */
  private final Map<Path, byte[]> originals = new TreeMap<>();

  private void remember() throws IOException {
    for (int number = 1; number <= 3; number++) {
      originals.put(segment(number), Files.readAllBytes(segment(number)));
    }
  }

  // ======== Whole stores ========

  @Test
  void aWholeStoreIsCopied() throws Exception {
    writeThreeSegments();
    Files.delete(directory.resolve(DirectoryLock.FILE_NAME));
    SortedMap<String, ByteBuffer> before = files();
    Salvage.Report report = salvage();
    assertEquals(new Salvage.Report(8, 0, 0, 3, 0, 0), report);
    assertTrue(report.isWhole());
    assertEquals(Map.of("os", "bsd", "shell", "zsh", "empty", ""), salvagedState());
    assertEquals(before, files());
    assertFalse(Files.exists(directory.resolve(DirectoryLock.FILE_NAME)));
  }

  @Test
  void aStoreWhoseProcessDiedIsWhole() throws Exception {
    putAndDie("os", "mac", "editor", "vim");
    append(new byte[1000]);
    assertTrue(salvage().isWhole(), lines.toString());
    assertEquals(Map.of("os", "mac", "editor", "vim"), salvagedState());
  }

  @Test
  void aSegmentUnderCreationIsNotALoss() throws Exception {
    putAndClose("os", "mac");
    Files.write(segment(2), new byte[4096]);
    assertTrue(salvage().isWhole(), lines.toString());
    Files.write(segment(2), Arrays.copyOf(Files.readAllBytes(segment(1)), 10));
    assertTrue(salvage().isWhole(), lines.toString());
    assertEquals(Map.of("os", "mac"), salvagedState());
  }

  // ======== Damage anywhere ========

  @Test
  void aDamagedByteLosesOnlyItsRecord() throws Exception {
    writeThreeSegments();
    remember();
    byte[] whole = originals.get(segment(3));
    for (int at = 0; at < whole.length; at++) {
      for (int change : new int[] {1 << at % 8, 0xff}) {
        byte[] damaged = whole.clone();
        damaged[at] ^= (byte) change;
        Files.write(segment(3), damaged);
        Salvage.Report report = salvage();
        assertEquals(stateWithout(segment(3), at, at + 1), salvagedState(), "byte " + at);
        assertEquals(at < 16 ? 0 : 1, report.leftOut(), "byte " + at + ": " + lines);
      }
    }
  }

  @Test
  void aCutSegmentKeepsItsWholeRecords() throws Exception {
    writeThreeSegments();
    remember();
    byte[] whole = originals.get(segment(3));
    for (int length = 0; length < whole.length; length++) {
      Files.write(segment(3), Arrays.copyOf(whole, length));
      Salvage.Report report = salvage();
      assertEquals(stateWithout(segment(3), length, whole.length), salvagedState());
      // Its hint file proves that the segment had a seal.
      assertTrue(report.leftOut() >= 1, length + ": " + lines);
    }
  }

  @Test
  void aSectorOfZerosLosesOnlyTheRecordsInIt() throws Exception {
    try (Store store = Store.open(directory, QUIET)) {
      for (int i = 0; i < 40; i++) {
        store.put(bytes("key" + i), bytes("v".repeat(30 + i)));
      }
    }
    List<RawLog.Entry> entries = RawLog.read(file());
    byte[] damaged = Files.readAllBytes(file());
    Arrays.fill(damaged, 512, 1024, (byte) 0);
    Files.write(file(), damaged);
    SortedMap<String, String> state = salvaged();
    for (RawLog.Entry entry : entries) {
      boolean touched = entry.offset() < 1024 && 512 < entry.endOffset();
      assertEquals(!touched, state.containsKey(new String(entry.key(), ISO_8859_1)), entry.text());
    }
  }

  @Test
  void theSaltIsFoundFromTheRecords() throws Exception {
    writeThreeSegments();
    for (int number = 1; number <= 3; number++) {
      byte[] damaged = Files.readAllBytes(segment(number));
      Arrays.fill(damaged, 0, 16, (byte) 0x55);
      Files.write(segment(number), damaged);
    }
    assertTrue(salvage().isWhole(), lines.toString());
    assertEquals(Map.of("os", "bsd", "shell", "zsh", "empty", ""), salvagedState());
  }

  @Test
  void theSaltOfASingleRecordIsFound() throws Exception {
    putAndDie("os", "mac");
    byte[] damaged = Files.readAllBytes(file());
    Arrays.fill(damaged, 8, 12, (byte) 0x55);
    Files.write(file(), damaged);
    assertEquals(Map.of("os", "mac"), salvaged());
  }

  @Test
  void aCopyOfASegmentInAValueIsNotMistakenForRecords() throws Exception {
    putAndClose("os", "mac", "editor", "vim");
    String copy = new String(Files.readAllBytes(file()), ISO_8859_1);
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("linux"));
      store.put(bytes("backup"), copy.getBytes(ISO_8859_1));
      store.put(bytes("shell"), bytes("bash"));
    }
    byte[] whole = Files.readAllBytes(segment(2));
    int backup = (int) RawLog.read(segment(2)).get(1).offset();
    for (int at = backup; at < backup + 16; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x40;
      Files.write(segment(2), damaged);
      assertEquals(Map.of("os", "linux", "editor", "vim", "shell", "bash"), salvaged());
    }
    // With the salt damaged as well, only the records imply it.
    byte[] damaged = whole.clone();
    damaged[backup] ^= 0x40;
    damaged[9] ^= 0x40;
    Files.write(segment(2), damaged);
    assertEquals(Map.of("os", "linux", "editor", "vim", "shell", "bash"), salvaged());
  }

  // ======== Missing files ========

  @Test
  void aMissingSegmentMakesTheKeysBeforeItUncertain() throws Exception {
    writeThreeSegments();
    Files.delete(segment(2));
    Salvage.Report report = salvage();
    assertEquals(Map.of("os", "bsd", "shell", "zsh", "empty", ""), salvagedState());
    assertEquals(new Salvage.Report(6, 1, 0, 3, 0, 0), report);
    assertTrue(reports("segment 2 is missing"), lines.toString());
    Files.delete(segment(3));
    report = salvage();
    assertEquals(Map.of("os", "mac", "editor", "vim"), salvagedState());
    assertEquals(new Salvage.Report(2, 1, 0, 2, 2, 0), report);
    assertTrue(reports("segments 2 to 3 are missing"), lines.toString());
    assertTrue(
        lines.containsAll(
            List.of(
                "keys that may be older than they were, or deleted: 2",
                "  \"editor\"",
                "  \"os\"",
                "deleted keys that may have been put again: 0")),
        lines.toString());
  }

  @Test
  void theFirstSegmentMayBeMissing() throws Exception {
    writeThreeSegments();
    Files.delete(segment(1));
    assertEquals(new Salvage.Report(6, 1, 0, 3, 0, 0), salvage());
    assertTrue(reports("segment 1 is missing"), lines.toString());
    assertEquals(Map.of("os", "bsd", "shell", "zsh", "empty", ""), salvagedState());
  }

  @Test
  void aDeletedKeyMayHaveBeenPutAgain() throws Exception {
    putAndClose("os", "mac");
    try (Store store = Store.open(directory, QUIET)) {
      store.delete(bytes("os"));
    }
    putAndClose("os", "linux");
    Files.delete(segment(3));
    assertEquals(new Salvage.Report(2, 1, 0, 0, 0, 1), salvage());
    assertTrue(reports("deleted keys that may have been put again: 1"), lines.toString());
  }

  @Test
  void manyUncertainKeysAreCountedAndSomeAreListed() throws Exception {
    try (Store store = Store.open(directory, QUIET)) {
      for (int i = 0; i < 100; i++) {
        store.put(new byte[] {(byte) i}, bytes("v"));
      }
    }
    putAndClose("os", "mac");
    Files.delete(segment(2));
    assertEquals(100, salvage().maybeOld());
    assertTrue(lines.contains("  0x00"), lines.toString());
    assertTrue(lines.contains("  and 80 more"), lines.toString());
  }

  @Test
  void proofsOfAMissingNewestSegmentAreReported() throws Exception {
    writeThreeSegments();
    Path hint = SegmentName.fresh(3).hint(directory);
    Files.delete(segment(3));
    Files.delete(directory.resolve(DirectoryLock.FILE_NAME));
    assertEquals(1, salvage().leftOut());
    Files.delete(hint);
    assertEquals(0, salvage().leftOut());
    // Only its name counts: a damaged one proves as much.
    Path index = SegmentName.parse("000001-000003.1").index(directory);
    Files.createFile(index);
    assertEquals(1, salvage().leftOut());
    assertTrue(reports("segment 3 is missing"), lines.toString());
    Files.delete(index);
    Files.writeString(
        directory.resolve(DirectoryLock.FILE_NAME),
        "The last segment is 000000003 or a later one.\n");
    assertEquals(1, salvage().leftOut());
    assertTrue(reports("segment 3 is missing"), lines.toString());
  }

  @Test
  void aCutBetweenTwoRecordsIsDetectedInAllSegmentsButTheLast() throws Exception {
    writeThreeSegments();
    removeSealFrom(3);
    assertTrue(salvage().isWhole(), lines.toString());
    removeSealFrom(1);
    assertEquals(new Salvage.Report(8, 1, 0, 3, 0, 0), salvage());
    assertTrue(reports("there is no seal"), lines.toString());
  }

  // ======== Merges with their inputs ========

  private SortedMap<String, ByteBuffer> inputs;

  /** Merges, and restores the merge's inputs next to its output. */
  private Path mergeNextToItsInputs() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.put(bytes("shell"), bytes("bash"));
    }
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("linux"));
      store.delete(bytes("editor"));
    }
    inputs = files();
    try (Store store = Store.open(directory, QUIET)) {
      store.merge();
    }
    for (Map.Entry<String, ByteBuffer> input : inputs.entrySet()) {
      Files.write(directory.resolve(input.getKey()), input.getValue().array());
    }
    Path output = new SegmentName(1, 2, 1).data(directory);
    assertTrue(Files.exists(output));
    return output;
  }

  @Test
  void theInputsOfAWholeMergeAreNotRead() throws Exception {
    mergeNextToItsInputs();
    assertEquals(new Salvage.Report(2, 0, 0, 2, 0, 0), salvage());
    // Without the tombstone, reading the first input would restore the deleted key.
    Files.delete(segment(2));
    Salvage.Report report = salvage();
    assertEquals(Map.of("os", "linux", "shell", "bash"), salvagedState());
    assertEquals(new Salvage.Report(2, 0, 0, 2, 0, 0), report);
  }

  @Test
  void theInputsOfADamagedMergeAreRead() throws Exception {
    Path output = mergeNextToItsInputs();
    byte[] damaged = Files.readAllBytes(output);
    assertEquals("P shell=bash", RawLog.decode(damaged).get(0).text());
    damaged[20] ^= 1;
    Files.write(output, damaged);
    assertEquals(1, salvage().leftOut());
    assertEquals(Map.of("os", "linux", "shell", "bash"), salvagedState());
    assertFalse(reports("missing"), lines.toString());
  }

  @Test
  void aDamagedMergeIsReadAfterItsInputs() throws Exception {
    Path output = mergeNextToItsInputs();
    byte[] damaged = Files.readAllBytes(output);
    damaged[20] ^= 1;
    Files.write(output, damaged);
    Files.delete(segment(2));
    // The deleted key reappears, since its tombstone is lost, and the report says so.
    Salvage.Report report = salvage();
    assertEquals(Map.of("os", "linux", "shell", "bash", "editor", "vim"), salvagedState());
    assertEquals(new Salvage.Report(4, 1, 0, 3, 2, 0), report);
    assertFalse(reports("missing"), lines.toString());
  }

  @Test
  void segmentsThatOverlapAreBothRead() throws Exception {
    writeThreeSegments();
    Files.move(segment(1), new SegmentName(1, 2, 1).data(directory));
    Files.move(segment(2), new SegmentName(2, 3, 0).data(directory));
    assertEquals(Map.of("os", "bsd", "shell", "zsh", "empty", ""), salvaged());
  }

  @Test
  void aFileOfAnotherNameIsReported() throws Exception {
    putAndClose("os", "mac");
    Files.write(directory.resolve("copy of 000002.data"), new byte[10]);
    assertFalse(salvage().isWhole());
    assertTrue(reports("copy of 000002.data: this is not the name of a segment"), lines.toString());
  }

  // ======== Version 1 ========

  /** Returns a record of version 1. */
  private static byte[] old(char type, String key, byte[] value) {
    byte[] k = bytes(key);
    ByteBuffer record = ByteBuffer.allocate(16 + k.length + value.length);
    record.put(16, k).put(16 + k.length, value);
    record.put(0, (byte) type).putShort(2, (short) k.length).putInt(4, value.length);
    record.putInt(8, crc(record.array(), 16, record.capacity()));
    return record.putInt(12, crc(record.array(), 0, 12)).array();
  }

  private static byte[] old(String key, String value) {
    return old('P', key, bytes(value));
  }

  private static int crc(byte[] bytes, int from, int to) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, to - from);
    return (int) crc.getValue();
  }

  private static byte[] oldFile(byte[]... records) {
    return join(bytes("KVSTEPS\1"), join(records));
  }

  private Path oldLog() {
    return directory.resolve("store.data");
  }

  /** Salvages a log of version 1, and returns the bytes of the new one. */
  private byte[] salvagedLog(byte[] content) throws IOException {
    Files.write(oldLog(), content);
    salvage();
    return Files.readAllBytes(result.resolve("store.data"));
  }

  @Test
  void aLogOfVersion1IsCopiedByteForByte() throws Exception {
    byte[] log =
        oldFile(
            old("os", "mac"),
            old("editor", "vim"),
            old("os", "linux"),
            old('D', "editor", bytes("")));
    assertArrayEquals(log, salvagedLog(log));
    assertEquals(List.of("store.data"), namesIn(result));
    assertTrue(reports("4 records taken, 0 parts left out; the new store has 1 key"));
  }

  private static List<String> namesIn(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aDamagedByteInALogOfVersion1LosesOnlyItsRecord() throws Exception {
    byte[][] records = {
      old("os", "mac"),
      old("editor", "vim"),
      old('D', "editor", bytes("")),
      old("", ""),
      old("os", "bsd")
    };
    byte[] whole = oldFile(records);
    for (int at = 0; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) (1 << at % 8);
      byte[] expected = oldFile();
      int start = 8;
      for (byte[] record : records) {
        boolean touched = start <= at && at < start + record.length;
        expected = touched ? expected : join(expected, record);
        start += record.length;
      }
      assertArrayEquals(expected, salvagedLog(damaged), "byte " + at + ": " + lines);
    }
  }

  @Test
  void aCutLogOfVersion1KeepsItsWholeRecords() throws Exception {
    byte[][] records = {old("os", "mac"), old("editor", "vim"), old("os", "bsd")};
    byte[] whole = oldFile(records);
    for (int length = 0; length < whole.length; length++) {
      byte[] expected = oldFile();
      int end = 8;
      for (byte[] record : records) {
        end += record.length;
        expected = end <= length ? join(expected, record) : expected;
      }
      assertArrayEquals(expected, salvagedLog(Arrays.copyOf(whole, length)), "length " + length);
    }
  }

  @Test
  void aCopyOfALogInAValueOfVersion1IsSkipped() throws Exception {
    byte[] copy = oldFile(old("os", "mac"), old("editor", "vim"));
    byte[] before = old("os", "linux");
    byte[] backup = old('P', "backup", copy);
    byte[] after = old("shell", "bash");
    byte[] whole = oldFile(before, backup, after);
    int at = 8 + before.length;
    for (int field = 0; field < 16; field++) {
      byte[] damaged = whole.clone();
      damaged[at + field] ^= 0x20;
      byte[] found = salvagedLog(damaged);
      boolean endIsKnown = field < 8 || field >= 12;
      assertArrayEquals(
          endIsKnown ? oldFile(before, after) : oldFile(before), found, "byte " + field);
    }
  }

  @Test
  void recordsThatMayBeCopiesAreCounted() throws Exception {
    // Half of a log, without the file header that would identify it.
    byte[] backup = old('P', "backup", join(new byte[300], old("os", "mac")));
    byte[] whole = oldFile(old("os", "linux"), backup, old("shell", "bash"));
    Arrays.fill(whole, 8 + old("os", "linux").length, 200, (byte) 0x77);
    Files.write(oldLog(), whole);
    Salvage.Report report = salvage();
    assertEquals(2, report.doubtful());
    assertTrue(reports("2 records may be from a copy of a log"), lines.toString());
  }

  @Test
  void segmentsOfVersion1BecomeAStoreOfTheEngine() throws Exception {
    byte[] records = join(old("os", "mac"), old("editor", "vim"));
    CRC32C checksums = new CRC32C();
    checksums.update(records, 12, 4);
    checksums.update(records, old("os", "mac").length + 12, 4);
    ByteBuffer count = ByteBuffer.allocate(8).putInt(2).putInt((int) checksums.getValue());
    Files.write(segment(1), oldFile(records, old('S', "", count.array())));
    Files.write(segment(2), oldFile(old("os", "linux")));
    assertTrue(salvage().isWhole(), lines.toString());
    assertEquals(Map.of("os", "linux", "editor", "vim"), salvagedState());
    byte[] damaged = Files.readAllBytes(segment(1));
    damaged[26] ^= 1;
    Files.write(segment(1), damaged);
    assertEquals(1, salvage().leftOut());
    assertEquals(Map.of("os", "linux", "editor", "vim"), salvagedState());
  }

  // ======== The source stays unchanged ========

  private void assertRefused(String message, Path from, Path to) {
    IOException refusal = assertThrows(IOException.class, () -> Salvage.run(from, to, lines::add));
    assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
  }

  @Test
  void theResultMustBeANewDirectoryOutsideTheSource() throws Exception {
    putAndClose("os", "mac");
    assertRefused("is not empty", directory, directory);
    assertRefused("is inside", directory, directory.resolve("a/b"));
    assertFalse(Files.exists(directory.resolve("a")));
    assertRefused("exists", directory, file());
    assertRefused("is not a directory", file(), results.resolve("new"));
    assertRefused("is not a directory", directory.resolve("none"), results.resolve("new"));
    assertRefused("no file of a store", results, directory.resolveSibling("new"));
    Salvage.run(directory, results.resolve("a/b"), lines::add);
    assertTrue(Files.exists(results.resolve("a/b").resolve(file().getFileName())));
  }

  @Test
  void anOpenStoreIsRefusedAndStaysLocked() throws Exception {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      for (int i = 0; i < 2; i++) {
        assertRefused("open: close it first", directory, results.resolve("new"));
      }
      assertEquals(List.of("refused"), ChildJvm.run(OpenIt.class, directory));
    }
    assertEquals(Map.of("os", "mac"), salvaged());
  }

  /** Opens a store in another process, and prints the outcome. */
  static final class OpenIt {
    public static void main(String[] arguments) {
      try (Store store = Store.open(Path.of(arguments[0]))) {
        System.out.println(store.size());
      } catch (IOException e) {
        System.out.println("refused");
      }
    }
  }

  @Test
  void aLogNextToSegmentsIsRefused() throws Exception {
    putAndClose("os", "mac");
    Files.write(oldLog(), oldFile(old("os", "linux")));
    assertRefused("has both the log of steps 1 to 4 and segments", directory, results.resolve("n"));
  }

  // ======== Failing disks, and files crafted to be slow ========

  /** Reads from an array, except for one unreadable page. */
  private static final class Disk implements FileWindow.Input {
    private final byte[] bytes;
    private final long badFrom;
    private final long badTo;
    private long read;

    Disk(byte[] bytes, long badFrom, long badTo) {
      this.bytes = bytes;
      this.badFrom = badFrom;
      this.badTo = badTo;
    }

    @Override
    public int read(ByteBuffer target, long offset) throws IOException {
      int length = (int) Math.min(target.remaining(), bytes.length - offset);
      if (offset < badTo && badFrom < offset + length) {
        throw new IOException("Input/output error");
      }
      target.put(bytes, (int) offset, length);
      read += length;
      return length;
    }
  }

  /** Collects the keys of a file, and the parts that were left out. */
  private static final class Found implements DamagedFile.Visitor {
    private final List<String> keys = new ArrayList<>();
    private final List<String> leftOut = new ArrayList<>();

    @Override
    public void record(RecordMatcher.Found record) {
      keys.add(new String(record.key(), ISO_8859_1));
    }

    @Override
    public void leftOut(long from, long to, String reason) {
      leftOut.add(from + " to " + to + ": " + reason);
    }
  }

  @Test
  void anUnreadablePageLosesOnlyTheRecordsInIt() throws Exception {
    try (Store store = Store.open(directory, QUIET)) {
      for (int i = 0; i < 200; i++) {
        store.put(bytes("key" + i), bytes("v".repeat(80)));
      }
    }
    byte[] bytes = Files.readAllBytes(file());
    Found found = new Found();
    DamagedFile file =
        new DamagedFile(new FileWindow(new Disk(bytes, 8192, 8193), () -> {}, bytes.length), true);
    file.read(DamagedFile.Seal.YES, found);
    List<String> expected =
        RawLog.decode(bytes).stream()
            .filter(entry -> entry.offset() >= 12288 || entry.endOffset() <= 8192)
            .map(entry -> new String(entry.key(), ISO_8859_1))
            .toList();
    assertEquals(expected, found.keys);
    assertEquals("8192 to 12288: it could not be read: Input/output error", found.leftOut.get(0));
  }

  @Test
  void aCraftedFileIsReadOnlyAFewTimes() throws Exception {
    // Headers with right checksums, each with a length up to the end of the file.
    ByteBuffer headers = ByteBuffer.allocate(8 + 4096 * 17).put(bytes("KVSTEPS\1"));
    while (headers.remaining() > 17) {
      byte[] header = old("", "");
      ByteBuffer.wrap(header).putInt(4, headers.remaining() - 17).putInt(8, 1);
      ByteBuffer.wrap(header).putInt(12, crc(header, 0, 12));
      headers.put(header).put((byte) 'P');
    }
    // A damaged header, so that every byte is tried.
    headers.put(20, (byte) 0x55);
    Disk disk = new Disk(headers.array(), -1, -1);
    new DamagedFile(new FileWindow(disk, () -> {}, headers.capacity()), false)
        .read(DamagedFile.Seal.UNKNOWN, new Found());
    assertTrue(disk.read <= 32L * headers.capacity(), disk.read + " bytes were read");
  }
}
