package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A read-only store changes nothing in its directory. */
class ReadOnlyTest extends StoreFixture {
  private static final Options READ_ONLY = Options.DEFAULT.withReadOnly(true);

  @Test
  void readsAStoreAndChangesNothing() throws IOException {
    twoSegments();
    Map<String, Object> before = contentsAndTimes();
    List<String> points = new ArrayList<>();
    FailPoint.set((point, file) -> points.add(point.name()));

    try (Store store = Store.open(directory, READ_ONLY)) {
      assertEquals("linux", text(store.get(bytes("os"))));
      assertNull(store.get(bytes("editor")));
      assertTrue(store.containsKey(bytes("shell")));
      assertEquals(2, store.size());
      assertEquals(Map.of("os", "linux", "shell", "zsh"), state(store));
      assertEquals(2, store.stats().files());
    }

    FailPoint.set(null);
    assertEquals(before, contentsAndTimes());
    assertEquals(List.of("VERIFIED"), points);
  }

  @Test
  void doesNotNeedLockAndDoesNotCreateIt() throws IOException {
    twoSegments();
    Files.delete(directory.resolve(DirectoryLock.FILE_NAME));
    Map<String, Object> before = contentsAndTimes();

    assertEquals(Map.of("os", "linux", "shell", "zsh"), readOnlyState());

    assertEquals(before, contentsAndTimes());
  }

  @Test
  void changesAreRefused() throws IOException {
    twoSegments();
    Map<String, Object> before = contentsAndTimes();
    try (Store store = Store.open(directory, READ_ONLY)) {
      assertRefused(() -> store.put(bytes("os"), bytes("bsd")));
      assertRefused(() -> store.delete(bytes("os")));
      assertRefused(() -> store.delete(bytes("absent")));
      assertRefused(store::sync);
      assertRefused(store::merge);
      assertEquals("linux", text(store.get(bytes("os"))));
    }
    assertEquals(before, contentsAndTimes());
  }

  private interface Change {
    void run() throws IOException;
  }

  private static void assertRefused(Change change) {
    UnsupportedOperationException e =
        assertThrows(UnsupportedOperationException.class, change::run);
    assertTrue(e.getMessage().contains("read-only"), e.getMessage());
  }

  @Test
  void afterCloseEveryReadIsRefused() throws IOException {
    twoSegments();
    Store store = Store.open(directory, READ_ONLY);
    store.close();
    store.close();

    assertThrows(IllegalStateException.class, () -> store.get(bytes("os")));
  }

  /** For the files of a process that died: the last segment has no seal, and may end anywhere. */
  @Test
  void aTornEndIsIgnoredAtAnyByte() throws IOException {
    twoSegments();
    removeSealFrom(2);
    byte[] first = Files.readAllBytes(segment(1));
    byte[] last = Files.readAllBytes(segment(2));
    for (int length = 0; length <= last.length; length++) {
      byte[] cut = Arrays.copyOf(last, length);
      Files.write(segment(2), cut);
      Map<String, Object> before = contentsAndTimes();

      assertEquals(RawLog.state(first, cut), readOnlyState(), "cut to " + length);

      assertEquals(before, contentsAndTimes(), "cut to " + length);
    }
  }

  @Test
  void aTornEndIsReportedAndReservedZerosAreNot() throws IOException {
    putAndDie("os", "mac");
    append(new byte[1000]);
    assertEquals(List.of(), reportsOfAReadOnlyOpen());

    long end = Files.size(file()) - 1000;
    Files.write(file(), Arrays.copyOf(Files.readAllBytes(file()), (int) end));
    append(Arrays.copyOf(placedAtTheEnd(RawLog.bytesOf("os", "linux")), 20));

    List<String> reports = reportsOfAReadOnlyOpen();

    assertEquals(1, reports.size(), reports.toString());
    assertTrue(reports.get(0).contains(file() + " is torn at offset " + end), reports.get(0));
  }

  private List<String> reportsOfAReadOnlyOpen() throws IOException {
    List<String> reports = new ArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord report) {
            // Other tests log too.
            if (report.getMessage().contains(directory.toString())) {
              reports.add(report.getMessage());
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    REPORTS.addHandler(handler);
    try {
      assertEquals(Map.of("os", "mac"), readOnlyState());
    } finally {
      REPORTS.removeHandler(handler);
    }
    return reports;
  }

  @Test
  void damageIsRefused() throws IOException {
    twoSegments();
    byte[] bytes = Files.readAllBytes(segment(1));
    bytes[20] ^= 1;
    Files.write(segment(1), bytes);
    Files.delete(SegmentName.fresh(1).hint(directory));
    Map<String, Object> before = contentsAndTimes();

    assertThrows(CorruptStoreException.class, this::readOnlyState);

    assertEquals(before, contentsAndTimes());
  }

  @Test
  void aMissingNewestSegmentIsRefused() throws IOException {
    twoSegments();
    Files.delete(segment(2));
    assertThrows(CorruptStoreException.class, this::readOnlyState);
    Files.delete(SegmentName.fresh(2).hint(directory));
    // LOCK still names the segment.
    assertThrows(CorruptStoreException.class, this::readOnlyState);
  }

  @Test
  void theRemainsOfAMergeAreIgnored() throws IOException {
    twoSegments();
    SortedMap<String, ByteBuffer> inputs = files();
    try (Store store = Store.open(directory, QUIET)) {
      store.merge();
    }
    SortedMap<String, ByteBuffer> files = files();
    inputs.forEach(files::putIfAbsent);
    files.put("000001-000002.2.data.tmp", ByteBuffer.wrap(new byte[100]));
    restore(files);
    Map<String, Object> before = contentsAndTimes();

    assertEquals(Map.of("os", "linux", "shell", "zsh"), readOnlyState());

    assertEquals(before, contentsAndTimes());
  }

  @Test
  void aDirectoryThatDoesNotExistIsRefusedAndNotCreated() throws IOException {
    Path missing = directory.resolve("a").resolve("b");

    IOException e = assertThrows(IOException.class, () -> Store.open(missing, READ_ONLY));

    assertTrue(e.getMessage().contains(missing.toString()), e.getMessage());
    assertEquals(List.of(), names(""));
  }

  @Test
  void aStoreOfAnEarlierStepIsRefusedSinceAnImportChangesIt() throws IOException {
    byte[] log = new OldStore().put("os", "mac").bytes();
    Files.write(directory.resolve(OldStore.FILE_NAME), log);
    Map<String, Object> before = contentsAndTimes();

    IOException e = assertThrows(IOException.class, this::readOnlyState);

    assertTrue(e.getMessage().contains("store.data is the log of a store"), e.getMessage());
    assertEquals(before, contentsAndTimes());
  }

  /** It reads the state at its open. It does not open LOCK: closing LOCK would unlock it. */
  @Test
  void canBeOpenedWhileThisProcessHasTheStoreOpenAndUnlocksNothing() throws IOException {
    twoSegments();
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("bsd"));

      try (Store first = Store.open(directory, READ_ONLY);
          Store second = Store.open(directory, READ_ONLY)) {
        assertEquals("bsd", text(first.get(bytes("os"))));
        assertEquals("bsd", text(second.get(bytes("os"))));
      }

      String printed = ChildJvm.run(LockTest.OpenAndClose.class, directory).get(0);
      assertTrue(printed.startsWith("IOException: "), printed);
      store.put(bytes("os"), bytes("linux"));
    }
    assertEquals("linux", readOnlyState().get("os"));
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it has other permissions")
  void readsADirectoryWithoutWritePermission() throws IOException {
    twoSegments();
    for (String name : names("")) {
      Files.setPosixFilePermissions(
          directory.resolve(name), PosixFilePermissions.fromString("r--r--r--"));
    }
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("r-xr-xr-x"));
    try {
      assumeFalse(Files.isWritable(directory), "permissions do not bind the user of this test");

      assertEquals(Map.of("os", "linux", "shell", "zsh"), readOnlyState());
      assertThrows(IOException.class, () -> Store.open(directory, QUIET));
    } finally {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  @Test
  void aDamagedRecordIsAnErrorAndNotAValue() throws IOException {
    twoSegments();
    byte[] bytes = Files.readAllBytes(segment(2));
    int at = (int) RawLog.decode(bytes).get(0).endOffset() - 1;
    bytes[at] ^= 1;
    Files.write(segment(2), bytes, StandardOpenOption.TRUNCATE_EXISTING);
    assumeTrue(Files.exists(SegmentName.fresh(2).hint(directory)));

    try (Store store = Store.open(directory, READ_ONLY)) {
      assertThrows(CorruptStoreException.class, () -> store.get(bytes("os")));
    }
  }

  private void twoSegments() throws IOException {
    putAndClose("os", "mac", "editor", "vim");
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("linux"));
      store.put(bytes("shell"), bytes("zsh"));
      store.delete(bytes("editor"));
    }
  }

  private SortedMap<String, String> readOnlyState() throws IOException {
    try (Store store = Store.open(directory, READ_ONLY)) {
      SortedMap<String, String> state = new TreeMap<>();
      store.forEach((key, value) -> state.put(text(key), text(value)));
      assertEquals(state.size(), store.size());
      return state;
    }
  }

  /**
   * Returns everything that a change would affect: names, bytes and times, of the directory too.
   */
  private Map<String, Object> contentsAndTimes() throws IOException {
    Map<String, Object> all = new TreeMap<>();
    for (String name : names("")) {
      Path file = directory.resolve(name);
      FileTime time = Files.getLastModifiedTime(file);
      all.put(name, List.of(ByteBuffer.wrap(Files.readAllBytes(file)), time));
    }
    all.put("", Files.getLastModifiedTime(directory));
    assertFalse(all.isEmpty());
    return all;
  }
}
