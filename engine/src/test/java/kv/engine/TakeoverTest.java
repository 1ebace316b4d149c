package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A directory of step 5, with files of version 1 without seals, becomes one of the engine. */
class TakeoverTest extends StoreFixture {
  private static final OldStore FIRST =
      new OldStore().put("os", "mac").put("editor", "vim").put("shell", "bash");

  private static final OldStore SECOND =
      new OldStore().putMarked("os", "linux").delete("editor").put("zeros", "\0".repeat(1100));

  private static final OldStore LAST = new OldStore().putMarked("shell", "zsh").put("", "");

  private static final SortedMap<String, String> CONTENT =
      new TreeMap<>(Map.of("os", "linux", "shell", "zsh", "zeros", "\0".repeat(1100), "", ""));

  private static final String MERGED = "000001-000004.1.data";
  private static final String FINISHED = "000005-000005.0.data";
  private static final String ACTIVE = "000006-000006.0.data";

  /** Writes a directory as step 5 does after a merge of four files. */
  private void writeStep5() throws IOException {
    writeStep5(directory);
  }

  private static void writeStep5(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.write(directory.resolve(MERGED), FIRST.bytes());
    Files.write(directory.resolve(FINISHED), SECOND.bytes());
    Files.write(directory.resolve(ACTIVE), LAST.bytes());
    Files.createFile(directory.resolve(DirectoryLock.FILE_NAME));
  }

  private static boolean isSealed(Path file, OldStore records) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int end = records.bytes().length;
    return bytes.length == end + Record.SEAL_SIZE
        && bytes[end] == 'S'
        && Arrays.equals(Arrays.copyOf(bytes, end), records.bytes());
  }

  // ======== Opening ========

  @Test
  void eachFileGetsItsSeal() throws IOException {
    writeStep5();

    Store.open(directory, QUIET).close();

    assertTrue(isSealed(directory.resolve(MERGED), FIRST));
    assertTrue(isSealed(directory.resolve(FINISHED), SECOND));
    assertTrue(isSealed(directory.resolve(ACTIVE), LAST));
  }

  /** Step 5 recognizes the engine by version 2 in a data file, even without a hint file. */
  @Test
  void aSegmentOfVersion2ExistsBeforeTheFirstSeal() throws IOException {
    writeStep5();
    List<String> found = new ArrayList<>();
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.SEALED && !file.equals(segment(7))) {
            found.add(file.getFileName() + ": " + Files.readAllBytes(segment(7))[7]);
          }
        });

    Store.open(directory, QUIET).close();

    assertEquals(List.of(MERGED + ": 2", FINISHED + ": 2", ACTIVE + ": 2"), found);
  }

  @Test
  void aFileWhoseCreationStep5DidNotFinishIsEmpty() throws IOException {
    for (int length = 0; length <= 8; length++) {
      byte[] part = Arrays.copyOf(LAST.bytes(), Math.min(length, 7));
      for (byte[] start :
          List.of(
              new byte[length],
              Arrays.copyOf(LAST.bytes(), length),
              Arrays.copyOf(part, 8),
              Arrays.copyOf(part, 40))) {
        restore(new TreeMap<>());
        writeStep5();
        Files.write(segment(7), start);

        assertEquals(CONTENT, reopenedState(), length + " bytes");
        assertEquals(CONTENT, reopenedState(), length + " bytes");
      }
    }
  }

  @Test
  void aReadOnlyOpenChangesNothing() throws IOException {
    writeStep5();
    append(ACTIVE, new byte[] {'P', 1, 2});
    SortedMap<String, ByteBuffer> before = files();

    try (Store store = Store.open(directory, QUIET.withReadOnly(true))) {
      assertEquals(CONTENT, state(store));
    }

    assertEquals(before, files());
  }

  @Test
  void aFileTooLongToBeMappedIsRefusedNamingSalvage() throws IOException {
    writeStep5();
    try (RandomAccessFile file = new RandomAccessFile(segment(6).toFile(), "rw")) {
      file.setLength(1L << 31);
    }

    IOException refused = assertThrows(IOException.class, () -> Store.open(directory, QUIET));

    assertTrue(refused.getMessage().contains("2147483648 bytes long"), refused.getMessage());
    assertTrue(refused.getMessage().contains("salvage FROM TO"), refused.getMessage());
  }

  // ======== Damage ========

  @Test
  void zerosAfterAFinishedFileAreRefused() throws IOException {
    for (int count = 1; count <= Record.SEAL_SIZE; count++) {
      restore(new TreeMap<>());
      writeStep5();
      append(FINISHED, new byte[count]);

      assertThrows(CorruptStoreException.class, () -> Store.open(directory, QUIET).close());
    }
  }

  @Test
  void aLostSealIsDetected() throws IOException {
    writeStep5();
    Store.open(directory, QUIET).close();
    SortedMap<String, ByteBuffer> sealed = files();
    sealed.keySet().removeIf(name -> name.endsWith(SegmentName.HINT));
    for (Map.Entry<String, OldStore> file : Map.of(MERGED, FIRST, FINISHED, SECOND).entrySet()) {
      SortedMap<String, ByteBuffer> damaged = new TreeMap<>(sealed);
      damaged.put(file.getKey(), ByteBuffer.wrap(file.getValue().bytes()));
      restore(damaged);

      assertThrows(CorruptStoreException.class, () -> Store.open(directory, QUIET).close());
      assertEquals(damaged, files());
    }
  }

  @Test
  void aSealLostAfterTheFirstPutIsDetectedByTheNumberInLock() throws IOException {
    writeStep5();
    Store.open(directory, QUIET).close();
    for (String name : names(SegmentName.HINT)) {
      Files.delete(directory.resolve(name));
    }
    Files.write(directory.resolve(ACTIVE), LAST.bytes());

    assertThrows(CorruptStoreException.class, () -> Store.open(directory, QUIET).close());
  }

  /**
   * The files before this one have their seals, and no takeover has begun: so it had a seal too.
   */
  @Test
  void aSealLostBetweenOthersIsDetectedWithoutHintsAndLock() throws IOException {
    writeStep5();
    Store.open(directory, QUIET).close();
    SortedMap<String, ByteBuffer> damaged = files();
    damaged.keySet().retainAll(List.of(MERGED));
    damaged.put(FINISHED, ByteBuffer.wrap(Arrays.copyOf(SECOND.bytes(), 8)));
    damaged.put(ACTIVE, ByteBuffer.wrap(LAST.bytes()));
    restore(damaged);

    assertThrows(CorruptStoreException.class, () -> Store.open(directory, QUIET).close());
    assertEquals(damaged, files());
  }

  // ======== Crashes ========

  /** For each state of the disk that a crash in part c leaves, with any part of any seal. */
  @Test
  void anOpenCompletesASealCutAtAnyByte() throws IOException {
    writeStep5();
    SortedMap<String, ByteBuffer> step5 = files();
    Store.open(directory, QUIET).close();
    SortedMap<String, ByteBuffer> sealed = files();
    sealed.keySet().removeIf(name -> name.endsWith(SegmentName.HINT));
    List<String> order = List.of(MERGED, FINISHED, ACTIVE);
    for (int i = 0; i < order.size(); i++) {
      for (int length = 0; length <= Record.SEAL_SIZE; length++) {
        for (int written = 0; written <= length; written += 8) {
          SortedMap<String, ByteBuffer> crashed = new TreeMap<>(sealed);
          order.subList(i, 3).forEach(name -> crashed.put(name, step5.get(name)));
          byte[] whole = sealed.get(order.get(i)).array();
          int end = whole.length - Record.SEAL_SIZE;
          byte[] part = Arrays.copyOf(Arrays.copyOf(whole, end + written), end + length);
          crashed.put(order.get(i), ByteBuffer.wrap(part));
          restore(crashed);

          assertEquals(CONTENT, reopenedState());
          assertTrue(isSealed(directory.resolve(MERGED), FIRST));
          assertTrue(isSealed(directory.resolve(FINISHED), SECOND));
          assertTrue(isSealed(directory.resolve(ACTIVE), LAST));
        }
      }
    }
  }

  @Test
  void aPartOfASealIsRefusedWithoutTheSegmentOfVersion2() throws IOException {
    writeStep5();
    Store.open(directory, QUIET).close();
    SortedMap<String, ByteBuffer> crashed = files();
    crashed.keySet().removeIf(name -> !name.equals(MERGED));
    crashed.put(
        MERGED,
        ByteBuffer.wrap(Arrays.copyOf(crashed.get(MERGED).array(), FIRST.bytes().length + 9)));
    crashed.put(FINISHED, ByteBuffer.wrap(SECOND.bytes()));
    crashed.put(ACTIVE, ByteBuffer.wrap(LAST.bytes()));
    restore(crashed);

    assertThrows(CorruptStoreException.class, () -> Store.open(directory, QUIET).close());
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it has no fsync of directories to observe")
  void aPowerLossAtAnyTimeInTheFirstOpenLosesNothing() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int[] images = {0};
    try {
      for (int i = 0; i < 2; i++) {
        Path data = directory.resolve("data " + i);
        writeStep5(data);
        DurableDisk disk = new DurableDisk(data);
        disk.everythingIsDurable();
        Thread thread = Thread.currentThread();
        FailPoint.set((point, file) -> losePower(disk, point, file, random, images, 2, thread));
        try (Store store = Store.open(data, QUIET)) {
          FailPoint.set(null);
          assertEquals(CONTENT, state(store));
        }
        FailPoint.set(null);
      }
    } catch (Throwable e) {
      throw new AssertionError("seed " + seed, e);
    }
    assertTrue(images[0] > 60, "only " + images[0]);
  }

  /** Loses the power, and then again at each point of the next open. */
  private void losePower(
      DurableDisk disk,
      FailPoint point,
      Path file,
      Random random,
      int[] images,
      int times,
      Thread thread)
      throws IOException {
    disk.at(point, file);
    // The store's own threads write hint files, which only save time.
    if (Thread.currentThread() != thread) {
      return;
    }
    FailPoint.set(null);
    Path image = directory.resolve("image " + images[0]++);
    disk.losePower(image, random);
    if (times > 1 && random.nextInt(6) == 0) {
      DurableDisk second = new DurableDisk(image);
      second.everythingIsDurable();
      FailPoint.set((p, f) -> losePower(second, p, f, random, images, times - 1, thread));
    }
    try (Store store = Store.open(image, QUIET)) {
      FailPoint.set(null);
      assertEquals(CONTENT, state(store));
      store.put(bytes("next"), bytes("value"));
    }
    try (Store store = Store.open(image, QUIET)) {
      assertEquals(CONTENT.size() + 1, store.size());
    }
    FailPoint.set((p, f) -> losePower(disk, p, f, random, images, times, thread));
  }

  @Test
  void aCrashAtEachFailPointOfTheFirstOpenLosesNothing() throws Exception {
    for (FailPoint point : List.of(FailPoint.TAIL_CUT, FailPoint.CREATED, FailPoint.SEALED)) {
      for (int time = 1; time <= 2; time++) {
        restore(new TreeMap<>());
        writeStep5();
        for (int twice = 0; twice < 2; twice++) {
          Process process =
              ChildJvm.start(ChildJvm.command(OpenAndHalt.class, directory, point, time));
          ChildJvm.lines(process);
          process.waitFor();
        }
        assertEquals(CONTENT, reopenedState(), point + " " + time);
      }
    }
  }

  /** Opens a store, and halts at a fail point. */
  static final class OpenAndHalt {
    private static int times;

    public static void main(String[] arguments) throws IOException {
      FailPoint last = FailPoint.valueOf(arguments[1]);
      int time = Integer.parseInt(arguments[2]);
      FailPoint.set((point, file) -> haltAt(point, last, time));
      Store.open(Path.of(arguments[0]), QUIET).close();
    }

    private static synchronized void haltAt(FailPoint point, FailPoint last, int time) {
      if (point == last && ++times == time) {
        Runtime.getRuntime().halt(42);
      }
    }
  }

  private void append(String name, byte[] bytes) throws IOException {
    Files.write(directory.resolve(name), bytes, StandardOpenOption.APPEND);
  }
}
