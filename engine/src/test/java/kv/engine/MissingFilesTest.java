package kv.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** If files of a store are missing, its contents are the same, or the open is refused. */
class MissingFilesTest extends StoreFixture {
  private static final String LOCK = DirectoryLock.FILE_NAME;

  private static final String LONG =
      "A text that is longer than that of the store. A text that is longer than that of the store."
          + " A text that is longer than that of the store. A text that is longer than that.";

  /** Opens the store, and returns its contents, or null if the open is refused. */
  private SortedMap<String, String> openedState(String message) throws IOException {
    SortedMap<String, ByteBuffer> before = allFiles();
    try {
      return reopenedState();
    } catch (CorruptStoreException e) {
      assertTrue(e.getMessage().contains("missing"), message + ": " + e.getMessage());
      assertEquals(directory.toString(), e.file(), message);
      assertUnchanged(before, message);
      return null;
    }
  }

  /** Opens the store without each set of its files except LOCK. Returns the number of successes. */
  private int openWithoutEachSetOfFiles() throws IOException {
    SortedMap<String, String> expected = RawLog.state(segments());
    SortedMap<String, ByteBuffer> files = allFiles();
    List<String> names = new ArrayList<>(files.keySet());
    names.remove(LOCK);
    int opened = 0;
    for (int set = 0; set < 1 << names.size(); set++) {
      SortedMap<String, ByteBuffer> left = without(files, names, set);
      restore(left);
      String message = "only " + left.keySet();
      SortedMap<String, String> state = openedState(message);
      if (state != null) {
        assertEquals(expected, state, message);
        opened++;
      }
    }
    return opened;
  }

  @Test
  void withoutAnySetOfTheFilesOfThreeSegmentsTheContentIsTheSameOrTheOpenIsRefused()
      throws IOException {
    threeSegments();
    assertEquals(6 + 1, allFiles().size());

    // With all three segments, with or without each of the three hint files.
    assertEquals(8, openWithoutEachSetOfFiles());
  }

  @Test
  void withoutAnySetOfTheFilesOfAStoreThatWasMergedTwiceTheContentIsTheSameOrTheOpenIsRefused()
      throws IOException {
    mergedTwice();
    putAndClose("shell", "fish");
    assertEquals(
        List.of(
            "000001-000003.2.data",
            "000001-000003.2.hint",
            "000004-000004.0.data",
            "000004-000004.0.hint",
            "000005-000005.0.data",
            "000005-000005.0.hint"),
        allFiles().keySet().stream().filter(name -> !name.equals(LOCK)).toList());

    assertEquals(8, openWithoutEachSetOfFiles());
  }

  /** A crash, or a system that does not delete an open file, can leave merged segments. */
  @Test
  void withoutAnySetOfFilesIncludingMergedOnesTheContentIsTheSameOrTheOpenIsRefused()
      throws IOException {
    SortedMap<String, ByteBuffer> leftovers = mergedTwice();
    SortedMap<String, ByteBuffer> files = allFiles();
    leftovers.forEach(files::putIfAbsent);
    files.keySet().removeIf(name -> name.endsWith(".0.hint"));
    restore(files);
    assertEquals(
        List.of(
            "000001-000001.0.data",
            "000001-000002.1.data",
            "000001-000002.1.hint",
            "000001-000003.2.data",
            "000001-000003.2.hint",
            "000002-000002.0.data",
            "000003-000003.0.data",
            "000004-000004.0.data"),
        files.keySet().stream().filter(name -> !name.equals(LOCK)).toList());

    // The last segment with the merged one, or with one of the two sets of its inputs.
    assertTrue(openWithoutEachSetOfFiles() > 64);
  }

  /** The limit of detection: no remaining file proves that the others existed. */
  @Test
  void withoutLockTheRemovalOfTheNewestSegmentsAndTheirHintsIsNotDetected() throws IOException {
    threeSegments();
    List<byte[]> segments = List.of(segments());
    SortedMap<String, ByteBuffer> files = allFiles();
    List<String> names = new ArrayList<>(files.keySet());
    names.remove(LOCK);
    TreeSet<String> opened = new TreeSet<>();
    for (int set = 0; set < 1 << names.size(); set++) {
      SortedMap<String, ByteBuffer> left = without(files, names, set);
      left.remove(LOCK);
      restore(left);
      SortedMap<String, String> state = openedState("only " + left.keySet());
      if (state != null) {
        List<String> data = left.keySet().stream().filter(n -> n.endsWith(".data")).toList();
        opened.add(data.toString());
        byte[][] prefix = segments.subList(0, data.size()).toArray(byte[][]::new);
        assertEquals(RawLog.state(prefix), state, "only " + left.keySet());
      }
    }

    assertEquals(
        List.of(
            "[000001-000001.0.data, 000002-000002.0.data, 000003-000003.0.data]",
            "[000001-000001.0.data, 000002-000002.0.data]",
            "[000001-000001.0.data]",
            "[]"),
        List.copyOf(opened));
  }

  @ParameterizedTest
  @CsvSource({
    "000003-000003.0.data, segment 3 is missing, 000003-000003.0.hint",
    "000002-000002.0.data, segment 2 is missing, ''",
    "000001-000001.0.data, segment 1 is missing, ''"
  })
  void aMissingSegmentIsNamedWithItsProof(String file, String missing, String proof)
      throws IOException {
    threeSegments();
    Files.delete(directory.resolve(file));

    assertRefused(missing, proof);
  }

  @Test
  void aHintFileProvesItsSegmentEvenWithoutLock() throws IOException {
    threeSegments();
    Files.delete(directory.resolve(LOCK));
    for (int number = 1; number <= 3; number++) {
      Files.delete(segment(number));
    }

    assertRefused("segments 1 to 3 are missing", "000003-000003.0.hint");
  }

  @Test
  void theHintFileOfAMergedSegmentProvesThatSegment() throws IOException {
    threeSegments();
    Files.write(directory.resolve("000001-000002.1.hint"), new byte[0]);

    assertRefused("segment 000001-000002.1 is missing", "hint file");
  }

  @Test
  void anUnfinishedMergeProvesItsInputs() throws IOException {
    threeSegments();
    Files.delete(directory.resolve(LOCK));
    Files.delete(segment(3));
    Files.delete(SegmentName.fresh(3).hint(directory));
    Files.write(directory.resolve("000001-000003.1.data.tmp"), new byte[100]);

    assertRefused("segment 3 is missing", "000001-000003.1.data.tmp");
  }

  @Test
  void lockProvesTheLastSegmentAtAnOpenOrAClose() throws IOException {
    threeSegments();
    for (String name : names("3.0.data")) {
      Files.delete(directory.resolve(name));
    }
    Files.delete(SegmentName.fresh(3).hint(directory));

    assertRefused("segment 3 is missing", "LOCK");
  }

  /** After a crash, LOCK names the last segment at the open, and there are newer ones. */
  @Test
  void aLockThatNamesAnOlderSegmentProvesNothing() throws IOException {
    putAndClose("os", "mac");
    byte[] lock = Files.readAllBytes(directory.resolve(LOCK));
    putAndClose("os", "linux");
    Files.write(directory.resolve(LOCK), lock);

    assertEquals("linux", reopenedState().get("os"));
    assertTrue(Files.readString(directory.resolve(LOCK)).contains("000000002"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "notes", "The last segment is 000000009 or a later one.\n", LONG})
  void aLockWithAnotherTextProvesNothingAndIsRewritten(String text) throws IOException {
    putAndClose("os", "mac");
    byte[] own = Files.readAllBytes(directory.resolve(LOCK));
    Files.writeString(directory.resolve(LOCK), text);

    assertEquals("mac", reopenedState().get("os"));

    assertArrayEquals(own, Files.readAllBytes(directory.resolve(LOCK)));
  }

  @Test
  void theHintFileOfACoveredSegmentIsDeleted() throws IOException {
    mergedTwice();
    SortedMap<String, ByteBuffer> files = files();
    Files.write(directory.resolve("000001-000001.0.hint"), new byte[10]);
    Files.write(directory.resolve("000001-000002.1.hint"), new byte[10]);

    reopenedState();

    assertEquals(files, files());
  }

  private void assertRefused(String missing, String proof) throws IOException {
    SortedMap<String, ByteBuffer> before = allFiles();

    CorruptStoreException e =
        assertThrows(CorruptStoreException.class, () -> Store.open(directory, QUIET));

    assertTrue(e.getMessage().contains(missing), e.getMessage());
    assertTrue(e.getMessage().contains(proof), e.getMessage());
    assertTrue(e.getMessage().contains("salvage FROM TO"), e.getMessage());
    assertUnchanged(before, missing);
  }

  /** Checks that a refused open changed nothing, except that it may have created LOCK. */
  private void assertUnchanged(SortedMap<String, ByteBuffer> before, String message)
      throws IOException {
    assertEquals(before, before.containsKey(LOCK) ? allFiles() : files(), message);
  }

  /** Writes three segments, each of which overwrites or deletes keys of the one before. */
  private void threeSegments() throws IOException {
    putAndClose("account", "secret", "balance", "100", "os", "mac");
    try (Store store = Store.open(directory, QUIET)) {
      store.delete(bytes("account"));
      store.put(bytes("balance"), bytes("5"));
    }
    putAndClose("balance", "7", "note", "hello");
  }

  /** Merges segments 1 to 3 in two steps, and writes a fourth. Returns the merged inputs. */
  private SortedMap<String, ByteBuffer> mergedTwice() throws IOException {
    SortedMap<String, ByteBuffer> merged = new TreeMap<>();
    putAndClose("account", "secret", "balance", "100", "os", "mac");
    try (Store store = Store.open(directory, QUIET)) {
      store.delete(bytes("account"));
      store.put(bytes("balance"), bytes("5"));
    }
    merged.putAll(files());
    merge();
    putAndClose("balance", "7", "note", "hello");
    merged.putAll(files());
    merge();
    putAndClose("balance", "8");
    return merged;
  }

  private void merge() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.merge();
    }
  }

  /** Returns the segments of the log: the uncovered ones, in order. */
  private byte[][] segments() throws IOException {
    List<byte[]> segments = new ArrayList<>();
    List<SegmentName> found =
        names(SegmentName.DATA).stream()
            .map(name -> SegmentName.parse(name.replace(SegmentName.DATA, "")))
            .toList();
    for (SegmentName name : SegmentName.uncovered(directory, found)) {
      segments.add(Files.readAllBytes(name.data(directory)));
    }
    return segments.toArray(byte[][]::new);
  }

  private static SortedMap<String, ByteBuffer> without(
      SortedMap<String, ByteBuffer> files, List<String> names, int set) {
    SortedMap<String, ByteBuffer> left = new TreeMap<>(files);
    for (int i = 0; i < names.size(); i++) {
      if ((set >> i & 1) != 0) {
        left.remove(names.get(i));
      }
    }
    return left;
  }

  /** Returns all files, including LOCK. */
  private SortedMap<String, ByteBuffer> allFiles() throws IOException {
    SortedMap<String, ByteBuffer> files = files();
    Path lock = directory.resolve(LOCK);
    if (Files.exists(lock)) {
      files.put(LOCK, ByteBuffer.wrap(Files.readAllBytes(lock)));
    }
    return files;
  }
}
