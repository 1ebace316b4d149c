package kv.step4;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Cuts the power before every fsync, before every new name, and after every call. The recovered
 * store is as it was after one of the calls, and not after a call before the last sync (I6, I10).
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "it cannot fsync a directory")
class PowerLossTest extends StoreFixture {
  /** The state of the store after each call, in order; the last call may still be running. */
  private final List<Object> history = new ArrayList<>();

  /** Index in the history of the last call covered by a completed sync. */
  private int synced;

  private FragileDisk disk;
  private int images;

  @BeforeEach
  void plugIn() throws IOException {
    disk = new FragileDisk(Files.createDirectory(directory.resolve("disk")));
    disk.observer = this::losePower;
    history.add(Map.of());
  }

  @RepeatedTest(5)
  void nothingThatWasSyncedIsLost() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    SortedMap<String, String> model = new TreeMap<>();
    try {
      Path data = disk.path().resolve("new").resolve("data");
      Store store = Store.open(data);
      for (int i = 0; i < 40; i++) {
        switch (random.nextInt(8)) {
          case 0, 1 -> {
            store.sync();
            synced = history.size() - 1;
          }
          case 2 -> {
            store.close();
            synced = history.size() - 1;
            store = Store.open(data);
          }
          case 3 -> {
            String key = "key " + random.nextInt(10);
            model.remove(key);
            history.add(new TreeMap<>(model));
            store.delete(bytes(key));
          }
          case 4 -> {
            store.compact();
            synced = history.size() - 1;
          }
          default -> {
            String key = "key " + random.nextInt(10);
            model.put(key, "value " + i);
            history.add(new TreeMap<>(model));
            store.put(bytes(key), bytes("value " + i));
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
    assertTrue(images > 160, "only " + images);
  }

  private void losePower() throws IOException {
    for (boolean unsyncedEntries : new boolean[] {false, true}) {
      for (boolean unsyncedBytes : new boolean[] {false, true}) {
        Path image = directory.resolve("image " + images++);
        disk.imageAfterPowerLoss(image, unsyncedEntries, unsyncedBytes);
        Object found = stateOf(image.resolve("new").resolve("data"));
        assertTrue(
            history.subList(synced, history.size()).contains(found),
            () -> "found " + found + "; synced was " + history.get(synced));
      }
    }
  }

  private static Object stateOf(Path data) throws IOException {
    try (Store store = Store.open(data)) {
      return state(store);
    }
  }
}
