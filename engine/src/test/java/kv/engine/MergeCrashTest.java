package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** A process that dies at a fail point: every acknowledged call survives, and no leftover does. */
class MergeCrashTest extends StoreFixture {
  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      mode = Mode.EXCLUDE,
      names = {"TAIL_CUT", "CLEARED", "LINKED", "INDEXED"})
  void aCrashLosesNothing(FailPoint point) throws Exception {
    crashAt(point, 1);

    assertEverythingIsThere();
  }

  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      mode = Mode.EXCLUDE,
      names = {"TAIL_CUT", "CLEARED", "LINKED", "INDEXED"})
  void aSecondCrashAtTheSamePlaceLosesNothing(FailPoint point) throws Exception {
    crashAt(point, 1);
    crashAt(point, 1);

    assertEverythingIsThere();
  }

  /** The output has its name, all inputs exist, and the last segment is not sealed. */
  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      names = {"VERIFIED", "SYNC", "SYNCED", "DIRECTORY_SYNCED", "DELETED", "TAIL_CUT"})
  void aCrashInTheOpenAfterACrashLosesNothing(FailPoint point) throws Exception {
    crashAt(FailPoint.RENAMED, 1);
    assertTrue(names(".data").size() > 3, names(".data").toString());

    crashAt(point, 1);

    assertEverythingIsThere();
  }

  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      names = {"VERIFIED", "DELETED", "SYNCED", "TAIL_CUT", "OUTPUT_GROWN", "OUTPUT_DURABLE"})
  void aCrashInTheOpenAfterACrashBeforeTheRenameLosesNothing(FailPoint point) throws Exception {
    crashAt(FailPoint.OUTPUT_DURABLE, 1);
    assertEquals(1, names(".tmp").size());

    crashAt(point, 1);

    assertEverythingIsThere();
  }

  /** The whole inputs must not be deleted for a damaged output. */
  @Test
  void aDamagedOutputIsDetectedBeforeItsInputsAreDeleted() throws Exception {
    crashAt(FailPoint.RENAMED, 1);
    String output =
        names(".data").stream().filter(name -> !name.endsWith(".0.data")).findAny().orElseThrow();
    Path file = directory.resolve(output);
    // With a hint file, so that an open could skip reading it.
    Segment segment = Segment.open(1, SegmentName.parse(output.replace(".data", "")), directory);
    byte[] bytes = Files.readAllBytes(file);
    int end = (int) RawLog.end(bytes);
    byte[] seal = Arrays.copyOfRange(bytes, end, bytes.length);
    segment.setContents(end, ByteBuffer.wrap(seal).getInt(16), ByteBuffer.wrap(seal).getInt(20));
    SipHash hash = SipHash.random();
    RecordIndex index = RecordIndex.of(segment, hash::hash);
    HintFile.write(segment, index, hash, segment.name().hint(directory), () -> false);
    bytes[end / 2] ^= 1;
    Files.write(file, bytes);
    List<String> before = names("");

    assertThrows(CorruptStoreException.class, () -> Store.open(directory, SMALL));

    assertEquals(before, names(""));
  }

  /** A crash at every occurrence of a fail point, not only the first. */
  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      names = {"SYNCED", "DELETED", "DIRECTORY_SYNCED", "SYNC"})
  void aCrashLaterOnLosesNothing(FailPoint point) throws Exception {
    for (int time = 2; time <= 6; time++) {
      crashAt(point, time);
    }
    assertEverythingIsThere();
  }

  private void crashAt(FailPoint point, int time) throws Exception {
    Process process = ChildJvm.start(ChildJvm.command(PutAndMerge.class, directory, point, time));
    List<String> printed = ChildJvm.lines(process);
    assertEquals(PutAndMerge.HALTED, process.waitFor(), "printed " + printed);
    acknowledged = printed.contains("overwritten") ? 400 : Math.max(acknowledged, 0);
  }

  /** Number of puts that are known to have returned. */
  private int acknowledged;

  private void assertEverythingIsThere() throws IOException {
    SortedMap<String, String> found;
    try (Store store = Store.open(directory, SMALL)) {
      found = state(store);
      if (acknowledged == 400) {
        SortedMap<String, String> expected = new TreeMap<>();
        for (int i = 0; i < 200; i++) {
          expected.put("key " + i, PutAndMerge.value(i + 200));
        }
        expected.put("large", PutAndMerge.LARGE);
        assertEquals(expected, found);
      }
      store.put(bytes("next"), bytes("value"));
      store.merge();
      store.checkInvariants();
    }
    found.put("next", "value");
    assertEquals(found, reopenedState());
  }

  /** Puts each of 200 keys twice, and a large value; deletes a key; and merges. */
  static final class PutAndMerge {
    static final int HALTED = 42;
    static final String LARGE = "v".repeat(50_000);

    private static int times;

    public static void main(String[] arguments) throws IOException {
      FailPoint last = FailPoint.valueOf(arguments[1]);
      int time = Integer.parseInt(arguments[2]);
      FailPoint.set((point, file) -> haltAt(point, last, time));
      try (Store store = Store.open(Path.of(arguments[0]), SMALL)) {
        FailPoint.set(
            (point, file) -> {
              if (point == FailPoint.RUN_STARTED) {
                putMore(store);
              }
              haltAt(point, last, time);
            });
        store.put(bytes("deleted"), bytes("value"));
        for (int i = 0; i < 400; i++) {
          store.put(bytes("key " + i % 200), bytes(value(i)));
        }
        store.put(bytes("large"), bytes(LARGE));
        store.delete(bytes("deleted"));
        System.out.println("overwritten");
        store.merge();
        for (int i = 200; i < 400; i++) {
          store.put(bytes("key " + i % 200), bytes(value(i)));
        }
      }
    }

    /**
     * Puts during the merge, so that the log continues after its inputs, unless the put must wait.
     */
    private static void putMore(Store store) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  store.put(bytes("large"), bytes(LARGE));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      thread.start();
      while (thread.isAlive() && !waitsForTheMerge(thread)) {
        Thread.onSpinWait();
      }
    }

    private static boolean waitsForTheMerge(Thread thread) {
      List<String> methods =
          Arrays.stream(thread.getStackTrace()).map(StackTraceElement::getMethodName).toList();
      int makeRoom = methods.indexOf("makeRoom");
      return makeRoom > 0 && methods.get(makeRoom - 1).equals("await");
    }

    private static synchronized void haltAt(FailPoint point, FailPoint last, int time) {
      if (point == last && ++times == time) {
        Runtime.getRuntime().halt(HALTED);
      }
    }

    static String value(int i) {
      return i + " ".repeat(1000);
    }
  }
}
