package kv.step5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Cuts the power before every fsync, before every new name, and after every call. The recovered
 * store is as it was after one of the calls, and not after a call before the last sync (I6, I10).
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "it cannot fsync a directory")
class PowerLossTest extends StoreFixture {
  /** Size in bytes at which a file is finished, after about six records. */
  private static final long FILE_SIZE = 200;

  /** The state of the store after each call, in order; the last call may still be running. */
  private final List<Object> history = new ArrayList<>();

  /** Index in the history of the last call covered by a completed sync. */
  private int synced;

  private final SortedMap<String, String> model = new TreeMap<>();
  private FragileDisk disk;
  private int images;

  /** True while this thread checks an image, and does not use the store. */
  private boolean judging;

  /** The state found in an image, by the content of its files: many images are equal. */
  private final Map<Map<String, String>, Object> found = new HashMap<>();

  @BeforeEach
  void plugIn() throws IOException {
    Reports.of(directory);
    disk = new FragileDisk(Files.createDirectory(directory.resolve("disk")));
    disk.observer = this::losePower;
    history.add(Map.of());
  }

  @AfterEach
  void disarm() {
    FailPoint.set(null);
  }

  @RepeatedTest(3)
  void nothingThatWasSyncedIsLost() throws IOException {
    long seed = System.nanoTime();
    try {
      useAStore(disk.path().resolve("new").resolve("data"), new Random(seed), 25);
    } catch (Throwable e) {
      throw new AssertionError("seed " + seed, e);
    }
    assertTrue(images > 400, "only " + images);
  }

  @Test
  void nothingOfAStoreOfStepFourIsLostWhenItIsAdopted() throws IOException {
    long seed = System.nanoTime();
    Path parent = disk.path().resolve("new");
    Path data = parent.resolve("data");
    disk.observer = () -> {};
    Files.createDirectory(parent);
    Files.createDirectory(data);
    byte[] torn = RawLog.bytesOf("torn", "value");
    write(data.resolve("store.data"), LogFile.FILE_HEADER, RawLog.bytesOf("os", "mac"), torn);
    try (FileChannel log = FileChannel.open(data.resolve("store.data"), StandardOpenOption.WRITE)) {
      log.truncate(log.size() - 3);
      log.force(true);
    }
    write(data.resolve("store.data.tmp"), LogFile.FILE_HEADER, torn);
    Directories.sync(data);
    Directories.sync(parent);
    Directories.sync(disk.path());
    model.put("os", "mac");
    history.set(0, Map.of("os", "mac"));
    losePower();
    disk.observer = this::losePower;
    try {
      useAStore(data, new Random(seed), 10);
    } catch (Throwable e) {
      throw new AssertionError("seed " + seed, e);
    }
  }

  @Test
  void aValueIsNotDroppedForOneThatAPowerLossLoses() throws IOException {
    Path data = disk.path().resolve("new").resolve("data");
    try (Store store = Store.open(data, FILE_SIZE)) {
      put(store, "os", "mac");
      store.sync();
      synced = history.size() - 1;
      FailPoint.set(
          point -> {
            if (!judging && point == FailPoint.COPY_STARTED) {
              put(store, "os", "linux");
            }
          });
      store.merge();
      FailPoint.set(null);
      losePower();
    }
  }

  private void put(Store store, String key, String value) throws IOException {
    model.put(key, value);
    history.add(new TreeMap<>(model));
    store.put(bytes(key), bytes(value));
  }

  private static void write(Path file, byte[]... pieces) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (byte[] piece : pieces) {
        channel.write(ByteBuffer.wrap(piece));
      }
      channel.force(true);
    }
  }

  private void useAStore(Path data, Random random, int calls) throws IOException {
    Store store = Store.open(data, FILE_SIZE);
    for (int i = 0; i < calls; i++) {
      switch (random.nextInt(12)) {
        case 0, 1 -> {
          store.sync();
          synced = history.size() - 1;
        }
        case 2 -> {
          store.close();
          synced = history.size() - 1;
          store = Store.open(data, FILE_SIZE);
        }
        case 3 -> merge(store, random);
        default -> putOrDelete(store, random);
      }
      losePower();
    }
    merge(store, random);
    losePower();
    store.close();
    synced = history.size() - 1;
    losePower();
  }

  private void putOrDelete(Store store, Random random) throws IOException {
    String key = "key " + random.nextInt(8);
    if (random.nextInt(4) == 0) {
      model.remove(key);
      history.add(new TreeMap<>(model));
      store.delete(bytes(key));
    } else {
      put(store, key, "value " + history.size());
    }
  }

  /** Merges, and puts and deletes at some of the merge's fail points. */
  private void merge(Store store, Random random) throws IOException {
    int before = history.size() - 1;
    FailPoint.set(
        point -> {
          if (!judging && !Thread.holdsLock(store) && random.nextInt(3) == 0) {
            putOrDelete(store, random);
            losePower();
          }
        });
    store.merge();
    FailPoint.set(null);
    synced = before;
  }

  private void losePower() throws IOException {
    for (FragileDisk.Unsynced entries : FragileDisk.Unsynced.values()) {
      for (boolean unsyncedBytes : new boolean[] {false, true}) {
        Path image = directory.resolve("image " + images++);
        disk.imageAfterPowerLoss(image, entries, unsyncedBytes);
        Path data = image.resolve("new").resolve("data");
        Map<String, String> content = contents(data);
        if (!found.containsKey(content)) {
          judging = true;
          found.put(content, stateOf(data));
          judging = false;
        }
        assertTrue(
            history.subList(synced, history.size()).contains(found.get(content)),
            () -> "found " + found.get(content) + "; synced was " + history.get(synced));
      }
    }
  }

  private static Map<String, String> contents(Path data) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    if (Files.exists(data)) {
      try (Stream<Path> files = Files.list(data)) {
        for (Path file : files.toList()) {
          contents.put(
              file.getFileName().toString(),
              new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
        }
      }
    }
    return contents;
  }

  /** Returns the state that the next open finds, and that a merge keeps. */
  private static Object stateOf(Path data) throws IOException {
    Object state;
    try (Store store = Store.open(data, FILE_SIZE)) {
      state = state(store);
      store.merge();
      assertEquals(state, state(store));
    }
    try (Store store = Store.open(data, FILE_SIZE)) {
      assertEquals(state, state(store));
    }
    return state;
  }
}
