package kv.step5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process that dies at a fail point: every acknowledged call survives, and no leftover does. */
class MergeCrashTest extends StoreFixture {
  /** The states that the store may have: the last call may not have been acknowledged. */
  private List<SortedMap<String, String>> possible = List.of(new TreeMap<>());

  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"ADOPTED", "LEFTOVER_FOUND", "LEFTOVER_DELETED"})
  void aCrashAndASecondOneAtTheSamePlaceLoseNothing(FailPoint point) throws Exception {
    crashAt(point, 1);
    assertEverythingIsThere(copyOfTheDirectory());

    crashAt(point, 1);
    assertEverythingIsThere(directory);
  }

  /** The first run is done: the key's put is gone, and its tombstone is in the second. */
  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      names = {"COPY_STARTED", "COPY_DURABLE", "RENAMED"})
  void afterACrashBetweenTwoRunsNoKeyReappears(FailPoint point) throws Exception {
    crashAt(point, 2);

    assertTrue(files().get(0).toString().endsWith(".1.data"), "the first run is done");
    assertEverythingIsThere(directory);
  }

  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      names = {"LEFTOVER_FOUND", "LEFTOVER_DELETED"})
  void aCrashInTheOpenAfterACrashLosesNothing(FailPoint point) throws Exception {
    crashAt(FailPoint.RENAMED, 1);
    int files = files().size();
    crashAt(point, 1);
    crashAt(point, 1);

    assertTrue(files().size() >= files - 2, "each open deleted at most one input");
    assertEverythingIsThere(directory);
  }

  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      names = {"LEFTOVER_FOUND", "LEFTOVER_DELETED"})
  void aCrashInTheOpenThatDeletesACopyLosesNothing(FailPoint point) throws Exception {
    crashAt(FailPoint.COPY_DURABLE, 1);
    assertEquals(1, names(".tmp").size());
    crashAt(point, 1);

    assertEverythingIsThere(directory);
  }

  @Test
  void aCrashAfterTheFileOfStepFourGotItsNewNameLosesNothing() throws Exception {
    byte[] old = oldStore();
    for (int time = 1; time <= 2; time++) {
      crashAt(FailPoint.ADOPTED, 1);

      assertEquals(List.of("000001-000001.0.data"), names(".data"));
      assertEverythingIsThere(copyOfTheDirectory());
      // After a power loss the file may have its old name again.
      Files.move(file("000001-000001.0.data"), file(Log.OLD_FILE));
    }
    assertEquals(RawLog.state(old), RawLog.state(Files.readAllBytes(file(Log.OLD_FILE))));
    assertEverythingIsThere(directory);
  }

  @Test
  void aCrashInTheFirstMergeOfAStoreOfStepFourLosesNothing() throws Exception {
    oldStore();

    crashAt(FailPoint.INPUT_DELETED, 1);

    assertEquals(List.of(), names(Log.OLD_FILE));
    assertEverythingIsThere(directory);
  }

  /** Writes a file of steps 1 to 4, and returns its bytes. */
  private byte[] oldStore() throws IOException {
    Reports.of(directory);
    Path old = Files.write(file(Log.OLD_FILE), LogFile.FILE_HEADER);
    Files.write(old, RawLog.bytesOf("old", "value"), StandardOpenOption.APPEND);
    byte[] bytes = Files.readAllBytes(old);
    possible = List.of(RawLog.state(bytes));
    return bytes;
  }

  private void crashAt(FailPoint point, int time) throws Exception {
    Process process = ChildJvm.start(ChildJvm.command(PutAndMerge.class, directory, point, time));
    List<String> printed = ChildJvm.lines(process);
    assertEquals(PutAndMerge.HALTED, process.waitFor(), "printed " + printed);

    List<SortedMap<String, String>> before = possible;
    possible = new ArrayList<>();
    for (SortedMap<String, String> one : before) {
      SortedMap<String, String> state = new TreeMap<>(one);
      for (int call = 0; call < printed.size(); call++) {
        PutAndMerge.apply(call, state);
      }
      possible.add(new TreeMap<>(state));
      if (printed.size() < PutAndMerge.CALLS) {
        PutAndMerge.apply(printed.size(), state);
        possible.add(state);
      }
    }
  }

  private Path copyOfTheDirectory() throws IOException {
    Path copy = Files.createDirectory(directory.resolve("copy" + System.nanoTime()));
    for (String name : names("")) {
      if (Files.isRegularFile(file(name))) {
        Files.copy(file(name), copy.resolve(name));
      }
    }
    return copy;
  }

  private void assertEverythingIsThere(Path data) throws IOException {
    SortedMap<String, String> found;
    try (Store store = Store.open(data, PutAndMerge.FILE_SIZE)) {
      found = state(store);
      assertTrue(possible.contains(found), "found " + found);
      store.put(bytes("next"), bytes("value"));
      store.merge();
      assertEquals(0, store.stats().deadBytes());
    }
    found.put("next", "value");
    try (Store store = Store.open(data, PutAndMerge.FILE_SIZE)) {
      assertEquals(found, state(store));
      // Every file except LOCK belongs to the log.
      int files = store.stats().files();
      try (var names = Files.list(data).filter(Files::isRegularFile)) {
        assertEquals(files + 1, names.count());
      }
    }
  }

  /**
   * Puts each of 200 keys twice, in two runs of files; deletes another; and merges. During the
   * merge it puts one more. Prints the number of each call that returned.
   */
  static final class PutAndMerge {
    static final int HALTED = 42;
    static final int FILE_SIZE = 16 << 10;

    /** The calls before the merge, and the one during it. */
    static final int CALLS = 403;

    private static int times;
    private static boolean merging;

    public static void main(String[] arguments) throws IOException {
      FailPoint last = FailPoint.valueOf(arguments[1]);
      int time = Integer.parseInt(arguments[2]);
      FailPoint.set(point -> haltAt(point, last, time));
      try (Store store = Store.open(Path.of(arguments[0]), FILE_SIZE)) {
        FailPoint.set(
            point -> {
              if (point == FailPoint.COPY_STARTED && !merging) {
                merging = true;
                call(CALLS - 1, store);
              }
              haltAt(point, last, time);
            });
        for (int i = 0; i < CALLS - 1; i++) {
          call(i, store);
        }
        store.merge();
      }
    }

    private static void haltAt(FailPoint point, FailPoint last, int time) {
      if (point == last && ++times == time) {
        Runtime.getRuntime().halt(HALTED);
      }
    }

    private static void call(int i, Store store) throws IOException {
      if (isDelete(i)) {
        store.delete(bytes(key(i)));
      } else {
        store.put(bytes(key(i)), bytes(value(i)));
      }
      System.out.println(i);
    }

    /** Applies a call to a map, as it affects the store. */
    static void apply(int i, SortedMap<String, String> state) {
      if (isDelete(i)) {
        state.remove(key(i));
      } else {
        state.put(key(i), value(i));
      }
    }

    private static boolean isDelete(int i) {
      return i == 401;
    }

    private static String key(int i) {
      return i == 0 || i == 401 ? "deleted" : "key " + i % 200;
    }

    private static String value(int i) {
      return i + " ".repeat(1000);
    }
  }
}
