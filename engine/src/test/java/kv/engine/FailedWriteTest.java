package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Full disks, and disks that fail. */
class FailedWriteTest extends StoreFixture {
  private static final String FULL = "No space left on device";

  /** Segments large enough for several reservations of space. */
  private static final Options MEDIUM = QUIET.withSegmentSize(400 << 10);

  @TempDir Path crashed;

  private int crashes;

  @ParameterizedTest
  @EnumSource(names = {"CREATE", "CREATED", "RESERVE", "WRITE", "WRITTEN"})
  void aFullDiskAtAnyPointLosesNothingAndTheStoreContinuesOnceThereIsSpace(FailPoint failing)
      throws IOException {
    AtomicBoolean full = failWhile(failing);
    SortedMap<String, String> model = new TreeMap<>();
    int refused = 0;
    try (Store store = Store.open(directory, MEDIUM)) {
      for (int i = 0; i < 160; i++) {
        // The longer values are written by calls, the shorter ones through the map.
        String value = (i + " ").repeat(i % 4 == 0 ? 10_000 : 3_000);
        full.set(i % 4 == i / 4 % 4);
        try {
          store.put(bytes("key " + i % 50), bytes(value));
          model.put("key " + i % 50, value);
        } catch (IOException e) {
          assertEquals(FULL, e.getMessage());
          refused++;
          full.set(false);
          assertEquals(model, state(store), "put " + i);
          assertEquals(model, stateAfterACrashNow(), "put " + i);
        }
        full.set(false);
      }
      assertEquals(model, state(store));
    }
    assertTrue(refused > 0, failing + " was not reached");
    assertEquals(model, reopenedState());
  }

  @Test
  void aFailedDeleteLeavesTheKey() throws IOException {
    putAndClose("os", "mac");
    AtomicBoolean full = failWhile(FailPoint.RESERVE);
    try (Store store = Store.open(directory, QUIET)) {
      full.set(true);
      assertThrows(IOException.class, () -> store.delete(bytes("os")));
      assertEquals("mac", text(store.get(bytes("os"))));
    }

    assertEquals(Map.of("os", "mac"), reopenedState());
  }

  @Test
  void aFailedPutLeavesTheOldValue() throws IOException {
    AtomicBoolean full = failWhile(FailPoint.WRITTEN);
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      full.set(true);
      assertThrows(IOException.class, () -> store.put(bytes("os"), new byte[40_000]));
      assertEquals("mac", text(store.get(bytes("os"))));
    }

    assertEquals(Map.of("os", "mac"), reopenedState());
    assertEquals("[P* os=mac]", log());
  }

  @Test
  void theBytesOfAFailedPutAreRemovedDurablyBeforeTheNextPut() throws IOException {
    AtomicBoolean full = failWhile(FailPoint.WRITTEN);
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      int end = (int) RawLog.end(Files.readAllBytes(file()));
      full.set(true);
      byte[] large = new byte[300_000];
      Arrays.fill(large, (byte) 'v');
      assertThrows(IOException.class, () -> store.put(bytes("os"), large));
      // At least: a checksum may contain that byte too.
      assertTrue(countBytes(file(), 'v') >= large.length);

      // Otherwise a power loss could restore some of these bytes among later records.
      List<String> points = new ArrayList<>();
      FailPoint.set((point, file) -> points.add(point + " " + bytesAfter(end)));
      store.put(bytes("editor"), bytes("vim"));
      assertEquals(List.of("CLEARED 0", "SYNC 0", "SYNCED 0"), points);
      FailPoint.set(null);
      assertEquals(Map.of("os", "mac", "editor", "vim"), stateAfterACrashNow());
    }

    assertEquals("[P* os=mac, P editor=vim]", log());
  }

  @Test
  void theBytesOfAFailedPutAreRemovedBeforeTheSeal() throws IOException {
    AtomicBoolean full = failWhile(FailPoint.WRITTEN);
    List<Map<String, String>> states = new ArrayList<>();
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      full.set(true);
      assertThrows(IOException.class, () -> store.put(bytes("os"), bytes("v".repeat(40_000))));
      FailPoint.set(
          (point, file) -> {
            if (point == FailPoint.SEALED) {
              // The file was not shortened yet.
              assertEquals(128 << 10, Files.size(file()));
              states.add(stateAfterACrashNow());
            }
          });
    }

    assertEquals(List.of(Map.of("os", "mac")), states);
  }

  /** Returns the number of non-zero bytes after an offset of the first segment. */
  private int bytesAfter(int end) throws IOException {
    byte[] bytes = Files.readAllBytes(file());
    int count = 0;
    for (int at = end; at < bytes.length; at++) {
      count += bytes[at] == 0 ? 0 : 1;
    }
    return count;
  }

  private static int countBytes(Path file, char wanted) throws IOException {
    int count = 0;
    for (byte b : Files.readAllBytes(file)) {
      count += b == wanted ? 1 : 0;
    }
    return count;
  }

  @Test
  void whenTheRemovalFailsTooTheStoreRefusesAllFurtherWrites() throws IOException {
    AtomicBoolean full = failWhile(FailPoint.WRITTEN);
    Store store = Store.open(directory, QUIET);
    store.put(bytes("os"), bytes("mac"));
    full.set(true);
    assertThrows(IOException.class, () -> store.put(bytes("os"), new byte[40_000]));
    failWhile(FailPoint.SYNC).set(true);
    assertThrows(IOException.class, () -> store.put(bytes("os"), bytes("linux")));
    FailPoint.set(null);

    assertRefusesAllFurtherWrites(store);
    assertEquals(Map.of("os", "mac"), reopenedState());
  }

  @Test
  void aFailedFsyncAnywhereEndsTheUseOfTheStoreAndLosesNothing() throws IOException {
    int fsyncs = 1;
    for (int failing = 0; failing < fsyncs; failing++) {
      restore(new TreeMap<>());
      int chosen = failing;
      AtomicInteger count = new AtomicInteger();
      AtomicBoolean open = new AtomicBoolean();
      // The store's own threads have the action that is set when it is opened.
      FailPoint.set(
          (point, file) -> {
            if (point == FailPoint.SYNC && open.get() && count.getAndIncrement() == chosen) {
              throw new IOException("the disk has failed");
            }
          });
      Store store = Store.open(directory, SMALL.withSync(Options.SyncPolicy.NEVER));
      open.set(true);
      Map<String, byte[]> acknowledged = new HashMap<>();
      IOException failure = null;
      for (int i = 0; i < 200 && failure == null; i++) {
        try {
          store.put(bytes("key " + i), new byte[1_000]);
          acknowledged.put("key " + i, new byte[1_000]);
          if (i % 50 == 20) {
            store.sync();
          }
        } catch (IOException e) {
          failure = e;
        }
      }
      if (failure != null) {
        // In the call itself, or in the thread that makes full segments durable.
        String reason = failure.getCause() == null ? failure.getMessage() : cause(failure);
        assertTrue(reason.endsWith("the disk has failed"), reason);
        open.set(false);
        assertRefusesAllFurtherWrites(store);
      } else {
        assertThrows(IOException.class, store::close);
        open.set(false);
        assertThrows(IllegalStateException.class, store::size);
      }

      fsyncs = Math.max(fsyncs, count.get() + (failure == null ? 0 : 1));
      SortedMap<String, String> state = reopenedState();
      assertTrue(state.keySet().containsAll(acknowledged.keySet()), "fsync " + failing);
      assertTrue(state.size() <= acknowledged.size() + 1, "fsync " + failing);
    }
    assertTrue(fsyncs > 10, "only " + fsyncs);
  }

  private static String cause(Throwable failure) {
    return failure.getCause().getMessage();
  }

  private static void assertRefusesAllFurtherWrites(Store store) {
    IOException e = assertThrows(IOException.class, () -> store.put(bytes("a"), bytes("b")));
    assertTrue(e.getMessage().contains("open it again"), e.getMessage());
    assertThrows(IOException.class, () -> store.delete(bytes("a")));
    assertThrows(IOException.class, store::sync);
    assertThrows(IOException.class, store::merge);
    assertThrows(IOException.class, store::close);
  }

  @Test
  void aRealLimitOfTheOperatingSystemLosesNothing() throws Exception {
    Path shell = Path.of("/bin/sh");
    assumeTrue(Files.isExecutable(shell), "needs a POSIX shell, for ulimit");
    List<String> command = new ArrayList<>(List.of(shell.toString(), "-c"));
    // In blocks of 512 or 1,024 bytes: the segments fit, and a large record does not.
    command.add("ulimit -f 100 && exec \"$0\" \"$@\"");
    command.addAll(ChildJvm.command(PutSmallAndLarge.class, directory));

    List<String> printed = ChildJvm.lines(ChildJvm.start(command));

    assertEquals(100 + 10, printed.size(), printed::toString);
    SortedMap<String, String> state = reopenedState();
    for (String line : printed) {
      if (line.startsWith("key ")) {
        assertEquals("\0".repeat(1000), state.remove(line), line);
      } else {
        assertTrue(line.startsWith("IOException: "), line);
      }
    }
    assertEquals(Map.of(), state);
  }

  /** Puts values that fit under the limit, and sometimes one that does not. */
  static final class PutSmallAndLarge {
    public static void main(String[] arguments) throws IOException {
      Path directory = Path.of(arguments[0]);
      try (Store store = Store.open(directory, QUIET.withSegmentSize(32 << 10))) {
        for (int i = 0; i < 100; i++) {
          store.put(bytes("key " + i), new byte[1000]);
          System.out.println("key " + i);
          if (i % 10 == 5) {
            try {
              store.put(bytes("large"), new byte[200_000]);
            } catch (IOException e) {
              System.out.println("IOException: " + e.getMessage());
            }
          }
        }
      }
    }
  }

  @Test
  void aRealFullDiskLosesNothingAndTheStoreContinuesOnceThereIsSpace() throws Exception {
    Path unshare = Path.of("/usr/bin/unshare");
    assumeTrue(Files.isExecutable(unshare), "needs Linux, to mount a disk");
    List<String> mount = List.of(unshare.toString(), "-rm", "/bin/sh", "-c");
    String script = "mount -t tmpfs -o size=1m none \"$0\" && exec \"$@\"";
    List<String> probe = new ArrayList<>(mount);
    probe.addAll(List.of(script, directory.toString(), "true"));
    Process process = new ProcessBuilder(probe).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String refused = ChildJvm.lines(process).toString();
    assumeTrue(process.waitFor() == 0, "this user cannot mount a disk: " + refused);
    List<String> command = new ArrayList<>(mount);
    command.addAll(List.of(script, directory.toString()));
    command.addAll(ChildJvm.command(FillADisk.class, directory));

    List<String> printed = ChildJvm.lines(ChildJvm.start(command));

    assertEquals(List.of("full", "all there", "the store continued", "full", "all there"), printed);
  }

  /** Fills a disk, frees some space, continues, fills it again, and closes and opens there. */
  static final class FillADisk {
    public static void main(String[] arguments) throws IOException {
      Path directory = Path.of(arguments[0]).resolve("store");
      Path ballast = Path.of(arguments[0]).resolve("ballast");
      Files.write(ballast, new byte[300 << 10]);
      Map<String, Integer> model = new HashMap<>();
      // With this segment size, a part of the disk remains for the end of the last segment.
      Options options = QUIET.withSegmentSize(200 << 10);
      try (Store store = Store.open(directory, options)) {
        fill(store, model);
        requireAll(store, model);
        Files.delete(ballast);
        for (int i = 0; i < 5; i++) {
          store.put(bytes("after " + i), new byte[i * 10_000]);
          model.put("after " + i, i * 10_000);
        }
        System.out.println("the store continued");
        fill(store, model);
      }
      try (Store store = Store.open(directory, options)) {
        requireAll(store, model);
      }
    }

    private static void fill(Store store, Map<String, Integer> model) {
      int refused = 0;
      for (int i = model.size(); refused < 20; i++) {
        int length = i % 5 == 0 ? 50_000 : 3_000;
        try {
          store.put(bytes("key " + i), new byte[length]);
          model.put("key " + i, length);
        } catch (IOException e) {
          refused++;
        }
      }
      System.out.println("full");
    }

    private static void requireAll(Store store, Map<String, Integer> model) throws IOException {
      store.checkInvariants();
      boolean all = store.size() == model.size();
      for (Map.Entry<String, Integer> pair : model.entrySet()) {
        byte[] value = store.get(bytes(pair.getKey()));
        all &= value != null && value.length == pair.getValue();
      }
      System.out.println(all ? "all there" : "a value is missing");
    }
  }

  /** Makes a fail point fail like a full disk while the returned flag is true. */
  private static AtomicBoolean failWhile(FailPoint failing) {
    AtomicBoolean full = new AtomicBoolean();
    FailPoint.set(
        (point, file) -> {
          if (point == failing && full.get()) {
            throw new IOException(FULL);
          }
        });
    return full;
  }

  /** Returns the state of a store opened from the current files, as after a crash now. */
  private SortedMap<String, String> stateAfterACrashNow() throws IOException {
    Path copy = Files.createDirectories(crashed.resolve("" + crashes++));
    for (Map.Entry<String, ByteBuffer> file : files().entrySet()) {
      Files.write(copy.resolve(file.getKey()), file.getValue().array());
    }
    try (Store store = Store.open(copy, QUIET)) {
      return state(store);
    }
  }
}
