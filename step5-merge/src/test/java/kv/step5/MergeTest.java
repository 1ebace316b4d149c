package kv.step5;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.CountDownLatch;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MergeTest extends StoreFixture {
  @AfterEach
  void disarm() {
    FailPoint.set(null);
  }

  @Test
  void removesDeadRecordsAndKeepsTheOrderOfTheRest() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.put(bytes("shell"), bytes("zsh"));
      store.put(bytes("os"), bytes("linux"));
      store.delete(bytes("editor"));

      store.merge();

      assertEquals(List.of("[P* shell=zsh, P* os=linux]", "[]"), log());
      assertEquals(Map.of("shell", "zsh", "os", "linux"), state(store));
    }
    assertEquals(Map.of("shell", "zsh", "os", "linux"), reopenedState());
  }

  @Test
  void namesItsOutputAfterTheFilesThatItReplaces() throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      for (int i = 0; i < 4; i++) {
        store.put(bytes("key " + i), new byte[4000]);
      }
      store.merge();
      assertEquals(List.of("000001-000004.1.data", "000005-000005.0.data"), names(".data"));
      store.put(bytes("key 4"), new byte[4000]);
      store.merge();
      assertEquals(List.of("000001-000005.2.data", "000006-000006.0.data"), names(".data"));
    }
    assertEquals(5, reopenedState().size());
  }

  @Test
  void aDeletedKeyStaysDeleted() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("editor"), bytes("vim"));
      store.delete(bytes("editor"));
      store.merge();
      assertEquals(List.of("[]", "[]"), log());
    }
    assertEquals(Map.of(), reopenedState());
  }

  @Test
  void aKeyDeletedAfterAMergeStaysDeletedAfterTheNext() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("editor"), bytes("vim"));
      store.put(bytes("os"), bytes("mac"));
      store.merge();
      store.delete(bytes("editor"));
      store.merge();
      assertEquals(List.of("[P* os=mac]", "[]"), log());
    }
    assertEquals(Map.of("os", "mac"), reopenedState());
  }

  @Test
  void laterPutsAreThereAfterReopening() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("os"), bytes("linux"));
      store.merge();
      store.put(bytes("editor"), bytes("vim"));
      store.delete(bytes("os"));
      assertEquals(List.of("[P* os=linux]", "[P* editor=vim, D os]"), log());
    }
    assertEquals(Map.of("editor", "vim"), reopenedState());
  }

  @Test
  void aSecondRunChangesNothing() throws IOException {
    try (Store store = Store.open(directory)) {
      store.merge();
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("os"), bytes("linux"));
      store.merge();
      List<String> once = log();
      store.merge();
      assertEquals(once, log());
      assertEquals(Map.of("os", "linux"), state(store));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, 65_000, 65_519, 65_520, 65_536, 200_000, 2_500_000})
  void copiesRecordsOfEveryLengthToTheByte(int length) throws IOException {
    Random random = new Random(length);
    byte[] value = new byte[length];
    try (Store store = Store.open(directory)) {
      for (int i = 0; i < 12; i++) {
        random.nextBytes(value);
        store.put(bytes("key " + i % 9), value);
      }
      SortedMap<String, String> before = state(store);
      List<String> live = contents(RawLog.read(file())).subList(3, 12);

      store.merge();

      assertEquals(before, state(store));
      assertEquals(live, contents(RawLog.read(files().get(0))));
    }
  }

  private static List<String> contents(List<RawLog.Entry> log) {
    return log.stream().map(one -> text(one.key()) + Arrays.hashCode(one.value())).toList();
  }

  @Test
  void damageToTheCopyIsRefused() throws IOException {
    try (Store store = Store.open(directory)) {
      for (int i = 0; i < 10; i++) {
        store.put(bytes("key " + i % 5), Arrays.copyOf(bytes("text"), 4096));
      }
      store.merge();
    }
    Path output = files().get(0);
    byte[] log = Files.readAllBytes(output);
    // In the middle of the zeros of the second value: at the end of the log it would look torn.
    log[8 + 4096 + 2000] ^= 1;
    Files.write(output, log);

    assertThrows(CorruptStoreException.class, () -> Store.open(directory));
    assertArrayEquals(log, Files.readAllBytes(output));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "rw-rw-rw-"})
  void theCopyHasThePermissionsOfTheLog(String permissions) throws IOException {
    assumeTrue(file().getFileSystem().supportedFileAttributeViews().contains("posix"));
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      Set<PosixFilePermission> expected = PosixFilePermissions.fromString(permissions);
      Files.setPosixFilePermissions(file(), expected);
      store.merge();
      assertEquals(expected, Files.getPosixFilePermissions(files().get(0)));
    }
  }

  @Test
  void aRunningForEachContinuesWithTheStoreAsItWas() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("a"), bytes("old"));
      store.put(bytes("a"), bytes("1"));
      store.put(bytes("large"), new byte[200_000]);
      store.put(bytes("b"), bytes("2"));
      List<String> seen = new ArrayList<>();

      store.forEach(
          (key, value) -> {
            seen.add(text(key) + ":" + value.length);
            try {
              store.put(bytes("b"), bytes("later"));
              store.merge();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });

      assertEquals(List.of("a:1", "large:200000", "b:1"), seen);
      assertEquals("later", text(store.get(bytes("b"))));
    }
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void startsByItselfWhenTenMebibytesAndHalfOfTheLogAreDead() throws IOException {
    byte[] value = new byte[1024 * 1024 - 16 - 1];
    try (Store store = Store.open(directory)) {
      for (int i = 0; i < 10; i++) {
        store.put(bytes("a"), value);
      }
      assertEquals(9 << 20, store.stats().deadBytes());
      store.put(bytes("a"), value);
      awaitNoDeadBytes(store);
      assertEquals(List.of("000001-000001.1.data", "000002-000002.0.data"), names(".data"));

      for (int i = 0; i < 14; i++) {
        store.put(bytes("" + (char) ('b' + i)), value);
      }
      for (int i = 0; i < 16; i++) {
        assertEquals(i << 20, store.stats().deadBytes());
        store.put(bytes("a"), value);
      }
      // 15 MiB live, 15 dead, and the file header: less than half. One more dead record makes it
      // half.
      awaitNoDeadBytes(store);
      assertEquals(15, store.size());
    }
    assertEquals(15, reopenedState().size());
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void startsAgainWhenHalfOfTheLogDiedDuringAMerge() throws IOException {
    byte[] value = new byte[1024 * 1024];
    CountDownLatch hold = new CountDownLatch(1);
    FailPoint.set(
        point -> {
          if (point == FailPoint.PUBLISHED) {
            awaitUninterruptibly(hold);
          }
        });
    try (Store store = Store.open(directory)) {
      for (int i = 0; i < 12; i++) {
        store.put(bytes("a"), value);
      }
      awaitNoDeadBytes(store);
      // That merge has not ended, and no put follows these.
      for (int i = 0; i < 12; i++) {
        store.put(bytes("a"), value);
      }
      hold.countDown();
      awaitNoDeadBytes(store);
    }
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aDeleteStartsItToo() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("a"), new byte[11 << 20]);
      assertTrue(store.delete(bytes("a")));
      awaitNoDeadBytes(store);
    }
    assertTrue(bytesOnDisk() < 1000);
  }

  @Test
  void aDamagedRecordIsNotCopiedAndTheStoreIsUnchanged() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      Path first = file();
      byte[] damaged = Files.readAllBytes(first);
      damaged[damaged.length - 1] ^= 1;
      Files.write(first, damaged, StandardOpenOption.WRITE);

      assertThrows(CorruptStoreException.class, store::merge);

      assertArrayEquals(damaged, Files.readAllBytes(first));
      assertEquals("mac", text(store.get(bytes("os"))));
      assertNoCopyIsLeft();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      names = {
        "FILE_FINISHED",
        "FILE_CREATED",
        "COPY_STARTED",
        "BATCH_WRITTEN",
        "COPY_WRITTEN",
        "COPY_DURABLE"
      })
  void aFailureBeforeTheRenameLeavesTheStoreUnchanged(FailPoint failing) throws IOException {
    try (Store store = Store.open(directory)) {
      fill(store);
      SortedMap<String, String> before = state(store);
      long size = bytesOnDisk();

      failAt(failing);
      IOException e = assertThrows(IOException.class, store::merge);

      assertEquals("No space left on device", e.getMessage());
      assertTrue(
          bytesOnDisk() == size || bytesOnDisk() == size + 8, "at most an empty file was added");
      assertNoCopyIsLeft();
      assertEquals(before, state(store));
      store.put(bytes("next"), bytes("value"));
      before.put("next", "value");

      // Once there is space again, it works.
      FailPoint.set(null);
      store.merge();
      assertEquals(0, store.stats().deadBytes());
      assertTrue(bytesOnDisk() < size);
      assertEquals(before, state(store));
    }
    assertEquals(201, reopenedState().size());
  }

  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      names = {"RENAMED", "DIRECTORY_DURABLE", "PUBLISHED"})
  void aFailureAfterTheRenameEndsTheUseOfTheStoreAndLosesNothing(FailPoint failing)
      throws IOException {
    Store store = Store.open(directory);
    fill(store);
    SortedMap<String, String> before = state(store);

    failAt(failing);
    assertThrows(IOException.class, store::merge);

    FailPoint.set(null);
    assertThrows(IOException.class, () -> store.get(bytes("key 1")));
    assertThrows(IOException.class, () -> store.put(bytes("key 1"), bytes("value")));
    assertThrows(IOException.class, store::merge);
    assertThrows(IOException.class, store::close);
    assertEquals(before, reopenedState());
    assertNoCopyIsLeft();
    assertEquals(List.of("000001-000001.1.data", "000002-000002.0.data"), names(".data"));
  }

  @Test
  void aFailureInTheSecondRunLeavesTheFirstMergedAndNoKeyReappears() throws IOException {
    SortedMap<String, String> before;
    try (Store store = Store.open(directory, SMALL)) {
      twoRuns(store);
      before = state(store);
      failAtTime(2, FailPoint.COPY_STARTED);

      assertThrows(IOException.class, store::merge);

      FailPoint.set(null);
      assertEquals(before, state(store));
      assertEquals(List.of("000001-000016.1.data"), names(".1.data"));
      assertNoCopyIsLeft();
    }
    assertEquals(before, reopenedState());
    try (Store store = Store.open(directory, SMALL)) {
      store.merge();
      assertEquals(0, store.stats().deadBytes());
      assertEquals(before, state(store));
    }
    assertEquals(before, reopenedState());
  }

  @Test
  void aMergeReachesEveryFailPoint() throws IOException {
    Set<FailPoint> passed = EnumSet.noneOf(FailPoint.class);
    try (Store store = Store.open(directory)) {
      fill(store);
      FailPoint.set(passed::add);
      store.merge();
    }
    assertEquals(
        EnumSet.complementOf(
            EnumSet.of(FailPoint.ADOPTED, FailPoint.LEFTOVER_FOUND, FailPoint.LEFTOVER_DELETED)),
        passed);
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aFailureOfOneThatAPutStartedIsLoggedAndNotRetriedAtOnce() throws IOException {
    List<LogRecord> reported = Reports.of(directory);
    byte[] value = new byte[1024 * 1024 - 16 - 1];
    try (Store store = Store.open(directory)) {
      // A non-empty directory takes the place of each copy.
      for (int last = 1; last <= 3; last++) {
        Files.createDirectories(file(new SegmentName(1, last, 1) + ".tmp").resolve("folder"));
      }
      store.put(bytes("a"), value);
      // At 10 MiB of dead bytes, and at 20.
      for (int failures = 1; failures <= 2; failures++) {
        for (int i = 0; i < 10; i++) {
          assertEquals(failures - 1, reported.size());
          value[0]++;
          store.put(bytes("a"), value);
        }
        while (reported.size() < failures) {
          Thread.onSpinWait();
        }
        assertInstanceOf(FileSystemException.class, reported.get(failures - 1).getThrown());
        assertArrayEquals(value, store.get(bytes("a")));
      }

      for (int last = 1; last <= 3; last++) {
        Path copy = file(new SegmentName(1, last, 1) + ".tmp");
        Files.deleteIfExists(copy.resolve("folder"));
        Files.deleteIfExists(copy);
      }
      for (int i = 0; i < 10; i++) {
        store.put(bytes("a"), value);
      }
      awaitNoDeadBytes(store);
      assertEquals(2, reported.size());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 8, 30, 1000})
  void theNextOpenDeletesAnIncompleteCopy(int length) throws IOException {
    putAndClose("os", "mac");
    byte[] copy = Arrays.copyOf(Files.readAllBytes(file()), length);
    Files.write(file("000001-000001.1.data.tmp"), copy);

    assertEquals(Map.of("os", "mac"), reopenedState());
    assertNoCopyIsLeft();
  }

  @Test
  void aCopyThatTheOpenCouldNotDeleteIsReplaced() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      Files.write(file("000001-000001.1.data.tmp"), new byte[10_000]);
      store.merge();
      assertEquals(8 + 16 + 2 + 3, Files.size(files().get(0)));
    }
    assertEquals(Map.of("os", "mac"), reopenedState());
  }

  @Test
  void aFileThatTheCopysNameLinksToIsNotWrittenTo() throws IOException {
    Path letter = Files.writeString(directory.resolve("letter"), "Dear aunt,");
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      try {
        Files.createSymbolicLink(file("000001-000001.1.data.tmp"), letter);
      } catch (FileSystemException | UnsupportedOperationException e) {
        assumeTrue(false, "no symbolic links here: " + e);
      }

      store.merge();

      assertEquals("Dear aunt,", Files.readString(letter));
      assertFalse(Files.isSymbolicLink(files().get(0)));
    }
    assertEquals(Map.of("os", "mac"), reopenedState());
  }

  @Test
  void aRefusedStoreKeepsItsCopyAndItsCoveredFiles() throws IOException {
    putAndClose("os", "mac");
    Path input = file();
    Path copy = Files.copy(input, file("000001-000001.2.data.tmp"));
    Path output = Files.copy(input, file("000001-000001.1.data"));
    Files.write(file("000002-000002.0.data"), LogFile.FILE_HEADER);
    byte[] damaged = Files.readAllBytes(output);
    damaged[20] ^= 1;
    Files.write(output, damaged);

    CorruptStoreException e =
        assertThrows(CorruptStoreException.class, () -> Store.open(directory));

    assertEquals(output.toString(), e.file());
    assertTrue(Files.exists(copy));
    assertTrue(Files.exists(input));
  }

  @ParameterizedTest
  @ValueSource(strings = {"000001-000001.0.data", "000002-000002.0.data", "000001-000002.1.data"})
  void theNextOpenDeletesAFileThatTheOutputCovers(String covered) throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      store.put(bytes("deleted"), new byte[4060]);
      store.delete(bytes("deleted"));
      store.put(bytes("os"), bytes("mac"));
      store.merge();
      store.put(bytes("editor"), bytes("vim"));
      store.merge();
      assertEquals(List.of("000001-000003.2.data", "000004-000004.0.data"), names(".data"));
    }
    // It contains a key that must not reappear.
    Files.write(file(covered), LogFile.FILE_HEADER);
    Files.write(file(covered), RawLog.bytesOf("deleted", "reappeared"), StandardOpenOption.APPEND);

    assertEquals(Map.of("os", "mac", "editor", "vim"), reopenedState());
    assertEquals(List.of("000001-000003.2.data", "000004-000004.0.data"), names(".data"));
  }

  @Test
  void afterCloseItIsRefused() throws IOException {
    Store store = Store.open(directory);
    store.put(bytes("os"), bytes("mac"));
    store.close();
    assertThrows(IllegalStateException.class, store::merge);
    assertEquals(List.of("000001-000001.0.data"), names(".data"));
  }

  @Test
  void afterAFailureItIsRefusedEvenIfThereIsNothingToDo() throws IOException {
    FaultyChannel disk = disk();
    Store store = openOn(disk);
    disk.space = 18;
    disk.truncateFails = true;
    assertThrows(IOException.class, () -> store.put(bytes("os"), bytes("linux")));

    assertThrows(IOException.class, store::merge);
    assertThrows(IOException.class, store::close);
  }

  @Test
  void anErrorAfterTheRenameEndsTheUseOfTheStoreToo() throws IOException {
    Store store = Store.open(directory);
    fill(store);
    SortedMap<String, String> before = state(store);
    FailPoint.set(
        point -> {
          if (point == FailPoint.RENAMED) {
            throw new OutOfMemoryError();
          }
        });
    assertThrows(OutOfMemoryError.class, store::merge);
    FailPoint.set(null);

    assertThrows(IOException.class, store::merge);
    assertThrows(IOException.class, store::close);
    assertEquals(before, reopenedState());
  }

  @Test
  void aRenameThatWorksButReportsAFailureEndsTheUseOfTheStore() throws IOException {
    FragileDisk disk = new FragileDisk(directory);
    Store store = Store.open(disk.path());
    fill(store);
    SortedMap<String, String> before = state(store);
    disk.moveFails = true;
    assertThrows(IOException.class, store::merge);

    assertThrows(IOException.class, () -> store.put(bytes("key 1"), bytes("value")));
    assertThrows(IOException.class, store::close);
    assertEquals(before, reopenedState());
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void anExplicitMergeResetsTheLimitToTenMebibytes() throws IOException {
    byte[] value = new byte[1024 * 1024 - 16 - 1];
    List<LogRecord> reported = Reports.of(directory);
    try (Store store = Store.open(directory)) {
      Path inTheWay = file("000001-000001.1.data.tmp");
      Files.createDirectories(inTheWay.resolve("folder"));
      for (int i = 0; i < 11; i++) {
        store.put(bytes("a"), value);
      }
      while (reported.isEmpty()) {
        Thread.onSpinWait();
      }
      Files.delete(inTheWay.resolve("folder"));
      Files.delete(inTheWay);
      store.merge();
      for (int i = 0; i < 9; i++) {
        store.put(bytes("a"), value);
      }
      assertEquals(9 << 20, store.stats().deadBytes());
      store.put(bytes("a"), value);
      awaitNoDeadBytes(store);
    }
  }

  @Test
  void aKeyWhosePutIsInAnOlderRunThanItsTombstoneStaysDeleted() throws IOException {
    SortedMap<String, String> before;
    try (Store store = Store.open(directory, SMALL)) {
      twoRuns(store);
      before = state(store);
      assertFalse(before.containsKey("deleted"));

      store.merge();

      assertEquals(
          List.of("000001-000016.1.data", "000017-000021.1.data", "000022-000022.0.data"),
          names(".data"));
      assertEquals(before, state(store));
      assertEquals(0, store.stats().deadBytes());
    }
    assertEquals(before, reopenedState());
  }

  /**
   * Creates a log of 21 files. The key "deleted" is put in the first and deleted in the last but
   * one.
   */
  static void twoRuns(Store store) throws IOException {
    store.put(bytes("deleted"), new byte[4000]);
    for (int i = 1; i < 20; i++) {
      store.put(bytes("key " + i % 12), bytes(i + " ".repeat(4000)));
    }
    store.delete(bytes("deleted"));
    store.put(bytes("last"), bytes(" ".repeat(4000)));
  }

  private static void failAt(FailPoint failing) {
    failAtTime(1, failing);
  }

  /** Fails like a full disk, from the given time that this thread reaches a fail point. */
  private static void failAtTime(int time, FailPoint failing) {
    int[] times = {0};
    FailPoint.set(
        point -> {
          if (point == failing && ++times[0] >= time) {
            throw new IOException("No space left on device");
          }
        });
  }

  /** Puts enough for more than one batch, and half of it is dead. */
  private static void fill(Store store) throws IOException {
    for (int i = 0; i < 400; i++) {
      store.put(bytes("key " + i % 200), bytes(i + " ".repeat(1000)));
    }
  }

  /** Waits until a background merge has ended. Without one, this would wait forever. */
  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void awaitNoDeadBytes(Store store) throws IOException {
    while (store.stats().deadBytes() > 0) {
      // The merge needs the store's lock too.
      Thread.yield();
    }
  }

  private void assertNoCopyIsLeft() throws IOException {
    assertEquals(List.of(), names(".tmp"));
  }
}
