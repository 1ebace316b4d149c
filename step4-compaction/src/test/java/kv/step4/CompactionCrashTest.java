package kv.step4;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process that dies at a fail point: every acknowledged call survives, and no leftover does. */
class CompactionCrashTest extends StoreFixture {
  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"LEFTOVER_FOUND", "LEFTOVER_DELETED"})
  void aCrashInACompactionLosesNothing(FailPoint point) throws Exception {
    crashAt(point);

    assertEverythingIsThere();
  }

  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      names = {"LEFTOVER_FOUND", "LEFTOVER_DELETED"})
  void aCrashInTheOpenAfterACrashLosesNothing(FailPoint point) throws Exception {
    crashAt(FailPoint.COPY_DURABLE);
    assertTrue(Files.exists(directory.resolve("store.data.tmp")));
    crashAt(point);

    assertEverythingIsThere();
  }

  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"LEFTOVER_FOUND", "LEFTOVER_DELETED"})
  void aSecondCrashAtTheSamePlaceLosesNothing(FailPoint point) throws Exception {
    crashAt(point);
    crashAt(point);

    assertEverythingIsThere();
  }

  private void crashAt(FailPoint point) throws Exception {
    Process process = ChildJvm.start(ChildJvm.command(PutAndCompact.class, directory, point));
    List<String> printed = ChildJvm.lines(process);
    assertEquals(PutAndCompact.HALTED, process.waitFor(), "printed " + printed);
  }

  private void assertEverythingIsThere() throws IOException {
    SortedMap<String, String> expected = new TreeMap<>();
    for (int i = 0; i < 200; i++) {
      expected.put("key " + i, PutAndCompact.value(i + 200));
    }
    try (Store store = Store.open(directory)) {
      assertEquals(expected, state(store));
      assertFalse(Files.exists(directory.resolve("store.data.tmp")));

      store.put(bytes("next"), bytes("value"));
      store.compact();
    }
    expected.put("next", "value");
    assertEquals(expected, reopenedState());
  }

  /** Puts each of 200 keys twice, puts and deletes another, and compacts. */
  static final class PutAndCompact {
    static final int HALTED = 42;

    public static void main(String[] arguments) throws IOException {
      FailPoint last = FailPoint.valueOf(arguments[1]);
      FailPoint.set(
          point -> {
            if (point == last) {
              Runtime.getRuntime().halt(HALTED);
            }
          });
      try (Store store = Store.open(Path.of(arguments[0]))) {
        store.put(bytes("deleted"), bytes("value"));
        for (int i = 0; i < 400; i++) {
          store.put(bytes("key " + i % 200), bytes(value(i)));
        }
        store.delete(bytes("deleted"));
        store.compact();
      }
    }

    static String value(int i) {
      return i + " ".repeat(1000);
    }
  }
}
