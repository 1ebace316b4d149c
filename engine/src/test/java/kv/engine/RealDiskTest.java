package kv.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Real full disks, with file systems on which reserved space does not suffice for a write to a
 * mapped file (see Segment). Needs root. For more than one round of each: {@code mvn -pl
 * engine test -Dtest=RealDiskTest -Drealdisk.rounds=20}.
 */
class RealDiskTest extends StoreFixture {
  private static final int ROUNDS = Integer.getInteger("realdisk.rounds", 1);

  private static final int VALUE_SIZE = 1_000;

  /** Size of a value that is written by calls, in bytes. */
  private static final int LARGE_VALUE_SIZE = 50_000;

  /** Number of bytes left to the store before it fills the disk itself. */
  private static final int ROOM = 1 << 20;

  /** Number of changes that are refused before there is space again. */
  private static final int REFUSED = 100;

  /** Enough changes to fill the disk. */
  private static final int MAX_CHANGES = 20_000;

  private Random random;
  private Store store;

  /** The expected contents of the store. */
  private final Map<String, byte[]> model = new HashMap<>();

  /** All keys that were put, including deleted ones. */
  private final List<String> keys = new ArrayList<>();

  private int crashes;

  @ParameterizedTest
  @CsvSource({
    "BTRFS, EVERY_SECOND",
    "BTRFS, NEVER",
    "BTRFS, ALWAYS",
    "XFS, EVERY_SECOND",
    "XFS, NEVER",
    "XFS, ALWAYS"
  })
  void aFullDiskIsAnIOExceptionAndNothingAcknowledgedIsLost(
      LoopDisk.Kind kind, Options.SyncPolicy policy) throws IOException {
    for (int round = 0; round < ROUNDS; round++) {
      long seed = System.nanoTime();
      random = new Random(seed);
      Path folder = Files.createDirectory(directory.resolve("round " + round));
      try (LoopDisk disk = new LoopDisk(folder, kind)) {
        try {
          fillAndFree(
              disk,
              Options.DEFAULT
                  .withSync(policy)
                  .withSegmentSize(random.nextBoolean() ? 64 << 10 : 1 << 20)
                  .withAutomaticMerge(random.nextBoolean()));
        } catch (Throwable e) {
          throw new AssertionError("round " + round + ", seed " + seed, e);
        }
      }
      Files.delete(folder.resolve("image"));
    }
  }

  private void fillAndFree(LoopDisk disk, Options options) throws IOException {
    model.clear();
    keys.clear();
    Path folder = disk.resolve("store");
    store = Store.open(folder, options);
    succeed(200);

    // The reserved space of the newest segment is shared with the copy, and no other is free.
    disk.share(folder);
    disk.fill();
    changeUntilRefused();
    checkAfterCrash(folder, options);
    disk.free();
    succeed(200);
    store.sync();

    // The store fills the disk itself.
    disk.fillAllBut(ROOM);
    changeUntilRefused();
    checkAfterCrash(folder, options);
    disk.free();
    succeed(200);
    store.sync();
    store.close();
    checkReopened(folder, options);

    // The store is closed while the disk is full.
    disk.fill();
    changeUntilRefused();
    try {
      store.close();
    } catch (IOException e) {
      // The seal may find no space. The records exist.
    }
    disk.free();
    checkReopened(folder, options);
    succeed(50);
    store.close();
    checkReopened(folder, options);
    store.close();
  }

  /** Changes the store. Every change must succeed. */
  private void succeed(int changes) throws IOException {
    for (int i = 0; i < changes; i++) {
      change();
    }
    check(store);
  }

  /** Changes the store until many changes were refused. Others may succeed in between. */
  private void changeUntilRefused() throws IOException {
    int refused = 0;
    for (int i = 0; i < MAX_CHANGES && refused < REFUSED; i++) {
      try {
        change();
      } catch (IOException e) {
        refused++;
      }
      if (i % 100 == 0) {
        check(store);
      }
    }
    assertEquals(REFUSED, refused, "the disk is not full");
    check(store);
  }

  /** Puts a new key in most cases, or replaces or deletes an old one. */
  private void change() throws IOException {
    int kind = random.nextInt(10);
    String key;
    if (kind < 7 || keys.isEmpty()) {
      key = "key " + random.nextLong();
    } else {
      key = keys.get(random.nextInt(keys.size()));
    }
    if (kind < 9) {
      byte[] value = new byte[random.nextInt(50) == 0 ? LARGE_VALUE_SIZE : VALUE_SIZE];
      random.nextBytes(value);
      store.put(bytes(key), value);
      if (model.put(key, value) == null) {
        keys.add(key);
      }
    } else {
      assertEquals(model.containsKey(key), store.delete(bytes(key)));
      model.remove(key);
    }
  }

  private void check(Store checked) throws IOException {
    for (Map.Entry<String, byte[]> expected : model.entrySet()) {
      String key = expected.getKey();
      assertArrayEquals(expected.getValue(), checked.get(bytes(key)), key);
    }
    assertEquals(model.size(), checked.size());
  }

  private void checkReopened(Path folder, Options options) throws IOException {
    store = Store.open(folder, options);
    check(store);
  }

  /** Checks the store that an open would find after the death of this process. */
  private void checkAfterCrash(Path folder, Options options) throws IOException {
    if (options.automaticMerge()) {
      // A merge would delete files while they are copied.
      return;
    }
    Path crashed = Files.createDirectory(directory.resolve("crashed " + crashes++));
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (!file.endsWith(DirectoryLock.FILE_NAME)) {
          Files.copy(file, crashed.resolve(file.getFileName()));
        }
      }
    }
    try (Store reopened = Store.open(crashed, options)) {
      check(reopened);
    }
  }
}
