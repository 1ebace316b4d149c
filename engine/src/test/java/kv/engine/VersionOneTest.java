package kv.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Directories of step 5: files of version 1 without seals, of which only the last may be torn. */
class VersionOneTest extends StoreFixture {
  private static final String MERGED = "000001-000002.1.data";
  private static final String FINISHED = "000003-000003.0.data";
  private static final String LAST = "000004-000004.0.data";

  private static final SortedMap<String, String> STATE =
      new TreeMap<>(Map.of("os", "bsd", "shell", "zsh", "empty", "", "", "no key"));

  /** Writes a store of step 5 after a merge of two files. */
  private void writeAStoreOfStep5() throws IOException {
    write(MERGED, new OldStore().putMarked("os", "mac").putMarked("editor", "vim"));
    write(FINISHED, new OldStore().putMarked("os", "linux").delete("editor").put("", "no key"));
    write(LAST, new OldStore().putMarked("os", "bsd").put("shell", "zsh").put("empty", ""));
  }

  private void write(String name, OldStore log) throws IOException {
    Files.write(directory.resolve(name), log.bytes());
  }

  private void write(String name, byte[] bytes) throws IOException {
    Files.write(directory.resolve(name), bytes);
  }

  @Test
  void theFilesAreReadUnchangedAndGetSealsAndHintFiles() throws IOException {
    writeAStoreOfStep5();
    byte[] before = Files.readAllBytes(directory.resolve(FINISHED));

    assertEquals(STATE, reopenedState());

    byte[] after = Files.readAllBytes(directory.resolve(FINISHED));
    assertEquals(before.length + Record.SEAL_SIZE, after.length);
    assertTrue(Arrays.equals(before, Arrays.copyOf(after, before.length)));
    assertEquals('S', after[before.length]);
    assertEquals(
        List.of(
            "000001-000002.1.hint",
            "000003-000003.0.hint",
            "000004-000004.0.hint",
            "000005-000005.0.hint"),
        names(".hint"));
    assertEquals(STATE, reopenedState());
  }

  @Test
  void laterPutsHaveVersion2AndAMergeLeavesNoFileOfVersion1() throws IOException {
    writeAStoreOfStep5();
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("plan 9"));
      assertEquals(2, Files.readAllBytes(segment(5))[7]);

      store.merge();

      assertEquals("plan 9", text(store.get(bytes("os"))));
    }
    try (Store store = Store.open(directory, QUIET)) {
      store.merge();
    }
    for (String name : names(".data")) {
      assertEquals(2, Files.readAllBytes(directory.resolve(name))[7], name);
    }
    assertEquals("plan 9", reopenedState().get("os"));
  }

  @Test
  void aTornEndOfTheLastFileIsCutOffAtAnyByte() throws IOException {
    writeAStoreOfStep5();
    SortedMap<String, ByteBuffer> files = files();
    byte[] whole = files.get(LAST).array();
    for (int length = 0; length < whole.length; length++) {
      restore(files);
      write(LAST, Arrays.copyOf(whole, length));

      SortedMap<String, String> expected = new TreeMap<>(STATE);
      expected.put("os", length < 8 + 21 ? "linux" : "bsd");
      expected.keySet().removeAll(List.of("shell", "empty").subList(length < 53 ? 0 : 1, 2));
      assertEquals(expected, reopenedState(), "cut to " + length);
    }
  }

  @Test
  void aFinishedFileThatEndsInsideARecordIsRefusedAndNothingChanges() throws IOException {
    writeAStoreOfStep5();
    SortedMap<String, ByteBuffer> files = files();
    for (String name : List.of(MERGED, FINISHED)) {
      byte[] whole = files.get(name).array();
      List<Integer> ends = name.equals(MERGED) ? List.of(8, 29) : List.of(8, 31, 53);
      for (int length = 0; length < whole.length; length++) {
        if (!ends.contains(length)) {
          restore(files);
          write(name, Arrays.copyOf(whole, length));
          assertRefusedUnchanged(name + " cut to " + length);
        }
      }
      restore(files);
      write(name, Arrays.copyOf(whole, whole.length + 100));
      assertRefusedUnchanged(name + " with zeros after it");
    }
  }

  @Test
  void everyFlippedBitOfAFinishedFileIsRefused() throws IOException {
    writeAStoreOfStep5();
    SortedMap<String, ByteBuffer> files = files();
    byte[] whole = files.get(FINISHED).array();
    for (int bit = 0; bit < 8 * whole.length; bit++) {
      byte[] damaged = whole.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      restore(files);
      write(FINISHED, damaged);
      assertRefusedUnchanged("bit " + bit);
    }
  }

  private void assertRefusedUnchanged(String message) throws IOException {
    SortedMap<String, ByteBuffer> before = files();
    assertThrows(CorruptStoreException.class, () -> Store.open(directory, QUIET), message);
    assertEquals(before, files(), message);
  }

  @Test
  void aFailureAtAnyPlaceOfTheSealingLosesNothing() throws IOException {
    SortedMap<String, String> expected = new TreeMap<>(STATE);
    expected.remove("empty");
    int places = openWithAFailureAt(-1);
    assertTrue(places > 10, "only " + places + " places");
    for (int place = 0; place < places; place++) {
      openWithAFailureAt(place);
      assertEquals(expected, reopenedState(), "place " + place);
    }
  }

  /** Returns the number of fail points that the open reached. */
  private int openWithAFailureAt(int place) throws IOException {
    restore(new TreeMap<>());
    writeAStoreOfStep5();
    write(LAST, Arrays.copyOf(Files.readAllBytes(directory.resolve(LAST)), 60));
    int[] passed = {0};
    FailPoint.set(
        (point, file) -> {
          if (passed[0]++ == place) {
            throw new IOException("no disk");
          }
        });
    try {
      Store.open(directory, QUIET).close();
    } catch (IOException e) {
      assertTrue(place >= 0, e.toString());
    } finally {
      FailPoint.set(null);
    }
    return passed[0];
  }

  @Test
  void aReadOnlyStoreReadsTheFilesAndChangesNothing() throws IOException {
    writeAStoreOfStep5();
    SortedMap<String, ByteBuffer> before = files();

    try (Store store = Store.open(directory, QUIET.withReadOnly(true))) {
      assertEquals(STATE, state(store));
    }

    assertEquals(before, files());
    assertEquals(List.of(MERGED, FINISHED, LAST), names(""));
  }

  @Test
  void theRemainsOfAMergeOfStep5AreDeleted() throws IOException {
    writeAStoreOfStep5();
    write("000001-000001.0.data", new OldStore().put("os", "dos"));
    write("000001-000003.2.data.tmp", bytes("half a copy"));

    assertEquals(STATE, reopenedState());

    assertEquals(List.of(MERGED, FINISHED, LAST, "000005-000005.0.data"), names(".data"));
    assertEquals(List.of(), names(".tmp"));
  }

  @Test
  void aSnapshotOfTheFilesIsAStore() throws IOException {
    writeAStoreOfStep5();
    try (Store store = Store.open(directory, QUIET)) {
      store.snapshot(directory.resolve("copy"));
    }
    try (Store copy = Store.open(directory.resolve("copy"), QUIET)) {
      assertEquals(STATE, state(copy));
    }
  }

  @Test
  void salvageCopiesAllRecordsAndReportsNoLoss(@TempDir Path elsewhere) throws IOException {
    writeAStoreOfStep5();
    write("000001-000001.0.data", new OldStore().put("os", "dos"));
    List<String> said = new ArrayList<>();

    Salvage.Report report = Salvage.run(directory, elsewhere, said::add);

    assertTrue(report.isWhole(), said.toString());
    try (Store saved = Store.open(elsewhere, QUIET)) {
      assertEquals(STATE, state(saved));
    }
  }

  /** The records in the value have right checksums and sync marks, but belong to another log. */
  @Test
  void aValueThatIsTheCopyOfALogIsNotSearchedForSyncMarks() throws IOException {
    String copy =
        new String(new OldStore().putMarked("a", "1").putMarked("b", "2").bytes(), ISO_8859_1);
    byte[] log = new OldStore().putMarked("os", "mac").put("backup", copy).bytes();
    // The last byte of the body is missing: the file ends before it.
    write("000001-000001.0.data", Arrays.copyOf(log, log.length - 1));

    assertEquals(Map.of("os", "mac"), reopenedState());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 8})
  void aLastFileLeftEmptyByACrashIsNotDamage(int length) throws IOException {
    writeAStoreOfStep5();
    write("000005-000005.0.data", Arrays.copyOf(new OldStore().bytes(), length));

    assertEquals(STATE, reopenedState());
  }
}
