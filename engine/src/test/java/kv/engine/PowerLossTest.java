package kv.engine;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Power losses at every fail point, and after every call. Each time the store is in its state after
 * some call, and that call is not before the last sync (I6, I10).
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "it has no fsync of directories to observe")
class PowerLossTest extends StoreFixture {
  private static final Options TINY = SMALL.withSegmentSize(4 << 10);

  /** The state of the store after each call, in order; the last call may still be running. */
  private final List<Object> history = new ArrayList<>(List.of(Map.of()));

  /** Index in the history of the last durable call. */
  private int synced;

  private final SortedMap<String, String> model = new TreeMap<>();
  private final Thread thread = Thread.currentThread();
  private Random random;
  private DurableDisk disk;
  private int images;
  private Options options;

  @ParameterizedTest
  @EnumSource(
      value = Options.SyncPolicy.class,
      names = {"ALWAYS", "NEVER"})
  void nothingThatWasSyncedIsLost(Options.SyncPolicy policy) throws IOException {
    long seed = System.nanoTime();
    options = TINY.withSync(policy);
    random = new Random(seed);
    Path data = directory.resolve("data");
    disk = new DurableDisk(data);
    try {
      FailPoint.set(this::at);
      Store store = Store.open(data, options);
      for (int i = 0; i < 90; i++) {
        switch (random.nextInt(12)) {
          case 0 -> {
            store.sync();
            synced = history.size() - 1;
          }
          case 1 -> {
            store.close();
            synced = history.size() - 1;
            store = Store.open(data, options);
          }
          case 2, 3 -> {
            String key = "key " + random.nextInt(10);
            boolean there = model.remove(key) != null;
            history.add(new TreeMap<>(model));
            store.delete(bytes(key));
            syncedBy(policy, there);
          }
          case 4 -> store.merge();
          case 6 -> {
            if (random.nextInt(3) == 0) {
              model.clear();
              history.add(new TreeMap<>(model));
              store.clear();
              synced = history.size() - 1;
              // Waits for the deletion of files, which could otherwise vanish during a copy.
              store.checkInvariants();
            }
          }
          case 5 -> {
            letDie(store);
            store = Store.open(data, options);
            // The state at an open is durable (I9).
            synced = history.size() - 1;
          }
          default -> {
            String key = "key " + random.nextInt(10);
            String value =
                "value " + i + "v".repeat(random.nextInt(random.nextInt(20) == 0 ? 50_000 : 900));
            model.put(key, value);
            history.add(new TreeMap<>(model));
            store.put(bytes(key), bytes(value));
            syncedBy(policy, true);
          }
        }
        losePower();
      }
      store.close();
      synced = history.size() - 1;
      losePower();
    } catch (Throwable e) {
      throw new AssertionError("seed " + seed, e);
    }
    assertTrue(images > 300, "only " + images);
  }

  /** Leaves the files as a dying process does: with all of its writes, and no further fsync. */
  private void letDie(Store store) {
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.SYNC) {
            throw new IOException("the process is dead");
          }
        });
    try {
      store.close();
    } catch (IOException e) {
      // Expected: the process can no longer sync anything.
    }
    FailPoint.set(this::at);
  }

  @Test
  void anOpenThatCutsOffATornTailCanBeInterrupted() throws IOException {
    long seed = System.nanoTime();
    random = new Random(seed);
    options = TINY;
    Path data = directory.resolve("data");
    try (Store store = Store.open(data, options)) {
      store.put(bytes("os"), bytes("mac"));
    }
    Path segment = SegmentName.fresh(1).data(data);
    byte[] log = Files.readAllBytes(segment);
    byte[] torn = new byte[20_000];
    random.nextBytes(torn);
    Arrays.fill(torn, 0, log.length, (byte) 0);
    System.arraycopy(log, 0, torn, 0, (int) RawLog.end(log));
    Files.delete(SegmentName.fresh(1).hint(data));
    history.add(Map.of("os", "mac"));
    synced = 1;
    try {
      for (int i = 0; i < 50; i++) {
        Files.write(segment, torn);
        disk = new DurableDisk(data);
        disk.everythingIsDurable();
        FailPoint.set(this::at);
        Store.open(data, options).close();
        FailPoint.set(null);
        Files.delete(SegmentName.fresh(1).hint(data));
      }
    } catch (Throwable e) {
      throw new AssertionError("seed " + seed, e);
    }
    assertTrue(images > 200, "only " + images);
  }

  @Test
  void anOpenMakesARenameDurableBeforeItDeletes() throws IOException {
    long seed = System.nanoTime();
    random = new Random(seed);
    options = TINY;
    history.add(Map.of("os", "linux"));
    synced = 1;
    try {
      for (int i = 0; i < 20; i++) {
        Path data = directory.resolve("data");
        Store store = Store.open(data, options);
        store.put(bytes("os"), bytes("mac"));
        store.put(bytes("os"), bytes("linux"));
        store.sync();
        disk = new DurableDisk(data);
        disk.everythingIsDurable();
        FailPoint.set(
            (point, file) -> {
              disk.at(point, file);
              if (point == FailPoint.RENAMED) {
                throw new IOException("the process is dead");
              }
            });
        assertThrows(IOException.class, store::merge);
        assertThrows(IOException.class, store::close);

        FailPoint.set(this::at);
        Store.open(data, options).close();
        FailPoint.set(null);
        delete(data);
      }
    } catch (Throwable e) {
      throw new AssertionError("seed " + seed, e);
    }
    assertTrue(images > 100, "only " + images);
  }

  private void syncedBy(Options.SyncPolicy policy, boolean written) {
    if (policy == Options.SyncPolicy.ALWAYS && written) {
      synced = history.size() - 1;
    }
  }

  private void at(FailPoint point, Path file) throws IOException {
    disk.at(point, file);
    // In the store's own threads the power loss would interrupt a call of the test's thread.
    if (Thread.currentThread() == thread) {
      losePower();
    }
  }

  private void losePower() throws IOException {
    if (!Files.exists(directory.resolve("data"))) {
      return;
    }
    FailPoint.set(null);
    try {
      Path image = directory.resolve("image " + images++);
      disk.losePower(image, random);
      Object found = contentsOf(image);
      assertTrue(
          history.subList(synced, history.size()).contains(found),
          () ->
              String.format(
                  Locale.ROOT,
                  "the state is that after call %d of %d (-1: none of them), and %d was synced:"
                      + " %s",
                  history.indexOf(found),
                  history.size() - 1,
                  synced,
                  found));
      delete(image);
    } finally {
      FailPoint.set(this::at);
    }
  }

  private Object contentsOf(Path image) throws IOException {
    try (Store store = Store.open(image, options.withSync(Options.SyncPolicy.NEVER))) {
      return state(store);
    }
  }

  private static void delete(Path image) throws IOException {
    try (Stream<Path> files = Files.list(image)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(image);
  }
}
