package kv.step4;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompactTest extends StoreFixture {
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

      store.compact();

      assertEquals("[P* shell=zsh, P* os=linux]", RawLog.text(file()));
      assertEquals(Map.of("shell", "zsh", "os", "linux"), state(store));
    }
    assertEquals(Map.of("shell", "zsh", "os", "linux"), reopenedState());
  }

  @Test
  void aDeletedKeyStaysDeleted() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("editor"), bytes("vim"));
      store.delete(bytes("editor"));
      store.compact();
      assertEquals(8, Files.size(file()));
    }
    assertEquals(Map.of(), reopenedState());
  }

  @Test
  void laterPutsAreThereAfterReopening() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("os"), bytes("linux"));
      store.compact();
      store.put(bytes("editor"), bytes("vim"));
      store.delete(bytes("os"));
      assertEquals("[P* os=linux, P* editor=vim, D os]", RawLog.text(file()));
    }
    assertEquals(Map.of("editor", "vim"), reopenedState());
  }

  @Test
  void aSecondRunChangesNothing() throws IOException {
    try (Store store = Store.open(directory)) {
      store.compact();
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("os"), bytes("linux"));
      store.compact();
      byte[] once = Files.readAllBytes(file());
      store.compact();
      assertArrayEquals(once, Files.readAllBytes(file()));
      assertEquals(Map.of("os", "linux"), state(store));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, 65_000, 65_519, 65_520, 65_536, 200_000, 3_000_000})
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

      store.compact();

      assertEquals(before, state(store));
      assertEquals(live, contents(RawLog.read(file())));
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
      store.compact();
    }
    byte[] log = Files.readAllBytes(file());
    // In the middle of the zeros of the second value: without a later sync mark, it looks torn.
    log[8 + 4096 + 2000] ^= 1;
    Files.write(file(), log);

    assertThrows(CorruptStoreException.class, () -> Store.open(directory));
    assertArrayEquals(log, Files.readAllBytes(file()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "rw-rw-rw-"})
  void theCopyHasThePermissionsOfTheLog(String permissions) throws IOException {
    assumeTrue(file().getFileSystem().supportedFileAttributeViews().contains("posix"));
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      Set<PosixFilePermission> expected = PosixFilePermissions.fromString(permissions);
      Files.setPosixFilePermissions(file(), expected);
      store.compact();
      assertEquals(expected, Files.getPosixFilePermissions(file()));
    }
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it does not replace an open file")
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
              store.compact();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });

      assertEquals(List.of("a:1", "large:200000", "b:1"), seen);
      assertEquals("later", text(store.get(bytes("b"))));
    }
  }

  @Test
  void startsByItselfWhenTenMebibytesAndHalfOfTheLogAreDead() throws IOException {
    byte[] value = new byte[1024 * 1024 - 16 - 1];
    try (Store store = Store.open(directory)) {
      for (int i = 0; i < 10; i++) {
        store.put(bytes("a"), value);
      }
      assertEquals(9 << 20, store.stats().deadBytes());
      store.put(bytes("a"), value);
      assertEquals(0, store.stats().deadBytes());
      assertEquals(8 + (1 << 20), Files.size(file()));

      for (int i = 0; i < 14; i++) {
        store.put(bytes("" + (char) ('b' + i)), value);
      }
      for (int i = 0; i < 16; i++) {
        assertEquals(i << 20, store.stats().deadBytes());
        store.put(bytes("a"), value);
      }
      // 15 MiB live, 15 dead, and the file header: less than half. One more dead record makes it
      // half.
      assertEquals(0, store.stats().deadBytes());
      assertEquals(15, store.size());
      store.checkInvariants();
    }
  }

  @Test
  void aDeleteStartsItToo() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("a"), new byte[11 << 20]);
      assertTrue(store.delete(bytes("a")));
      assertEquals(8, Files.size(file()));
    }
  }

  @Test
  void oneKeyOverwrittenAMillionTimesNeverTakesMoreThan32MebibytesOfDisk() throws IOException {
    AtomicInteger compactions = new AtomicInteger();
    try (Store store = Store.open(directory)) {
      FailPoint.set(
          point -> {
            // At this point both files are whole.
            if (point == FailPoint.COPY_DURABLE) {
              compactions.incrementAndGet();
              assertTrue(bytesOnDisk() <= 32 << 20);
            }
          });
      byte[] key = bytes("the only key");
      byte[] value = new byte[100];
      for (int i = 0; i < 1_000_000; i++) {
        value[0] = (byte) i;
        store.put(key, value);
        if (i % 1000 == 0) {
          assertTrue(bytesOnDisk() <= 32 << 20);
        }
      }
      assertArrayEquals(value, store.get(key));
    }
    assertTrue(compactions.get() >= 10, "only " + compactions);
    assertTrue(bytesOnDisk() <= 32 << 20);
  }

  @Test
  void aDamagedRecordIsNotCopiedAndTheStoreIsUnchanged() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      byte[] damaged = Files.readAllBytes(file());
      damaged[damaged.length - 1] ^= 1;
      Files.write(file(), damaged, StandardOpenOption.WRITE);

      assertThrows(CorruptStoreException.class, store::compact);

      assertArrayEquals(damaged, Files.readAllBytes(file()));
      assertEquals("mac", text(store.get(bytes("os"))));
      assertNoCopyIsLeft();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      names = {"COPY_STARTED", "BATCH_WRITTEN", "COPY_WRITTEN", "COPY_DURABLE"})
  void aFailureBeforeTheRenameLeavesTheStoreUnchanged(FailPoint failing) throws IOException {
    try (Store store = Store.open(directory)) {
      fill(store);
      SortedMap<String, String> before = state(store);
      long size = Files.size(file());

      failAt(failing);
      IOException e = assertThrows(IOException.class, store::compact);

      assertEquals("No space left on device", e.getMessage());
      assertEquals(size, Files.size(file()));
      assertNoCopyIsLeft();
      assertEquals(before, state(store));
      store.put(bytes("next"), bytes("value"));
      before.put("next", "value");

      // Once there is space again, it works.
      FailPoint.set(null);
      store.compact();
      assertTrue(Files.size(file()) < size);
      assertEquals(before, state(store));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      names = {"RENAMED", "DIRECTORY_DURABLE"})
  void aFailureAfterTheRenameEndsTheUseOfTheStoreAndLosesNothing(FailPoint failing)
      throws IOException {
    Store store = Store.open(directory);
    fill(store);
    SortedMap<String, String> before = state(store);

    failAt(failing);
    assertThrows(IOException.class, store::compact);

    FailPoint.set(null);
    assertThrows(IOException.class, () -> store.get(bytes("key 1")));
    assertThrows(IOException.class, () -> store.put(bytes("key 1"), bytes("value")));
    assertThrows(IOException.class, store::close);
    assertEquals(before, reopenedState());
    assertNoCopyIsLeft();
  }

  @Test
  void aCompactionReachesEveryFailPoint() throws IOException {
    Set<FailPoint> passed = EnumSet.noneOf(FailPoint.class);
    try (Store store = Store.open(directory)) {
      fill(store);
      FailPoint.set(passed::add);
      store.compact();
    }
    assertEquals(
        EnumSet.complementOf(EnumSet.of(FailPoint.LEFTOVER_FOUND, FailPoint.LEFTOVER_DELETED)),
        passed);
  }

  @Test
  void aFailureOfOneThatAPutStartedIsLoggedAndNotRetriedAtOnce() throws IOException {
    Logger logger = Logger.getLogger(Store.class.getName());
    List<LogRecord> reported = new ArrayList<>();
    logger.setFilter(entry -> !reported.add(entry));
    AtomicInteger tries = new AtomicInteger();
    byte[] value = new byte[1024 * 1024 - 16 - 1];
    try (Store store = Store.open(directory)) {
      FailPoint.set(
          point -> {
            if (tries.incrementAndGet() == 2) {
              throw new OutOfMemoryError("No memory left either");
            }
            throw new IOException("No space left on device");
          });
      for (int i = 0; i < 25; i++) {
        value[0] = (byte) i;
        store.put(bytes("a"), value);
      }
      // At 10 MiB of dead bytes, and at 20.
      assertEquals(2, tries.get());
      assertEquals(2, reported.size());
      assertEquals("No space left on device", reported.get(0).getThrown().getMessage());
      assertArrayEquals(value, store.get(bytes("a")));

      FailPoint.set(null);
      for (int i = 0; i < 6; i++) {
        store.put(bytes("a"), value);
      }
      assertEquals(0, store.stats().deadBytes());
    } finally {
      logger.setFilter(null);
    }
  }

  @Test
  void anInterruptedThreadCompactsNothingAndHarmsNothing() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("os"), bytes("linux"));

      Thread.currentThread().interrupt();
      assertThrows(IOException.class, store::compact);
      assertTrue(Thread.interrupted(), "the interrupt flag stays set");

      assertNoCopyIsLeft();
      assertEquals(Map.of("os", "linux"), state(store));
    }
    assertEquals(Map.of("os", "linux"), reopenedState());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 8, 30, 1000})
  void theNextOpenDeletesAnIncompleteCopy(int length) throws IOException {
    putAndClose("os", "mac");
    byte[] copy = Arrays.copyOf(Files.readAllBytes(file()), length);
    Files.write(directory.resolve("store.data.tmp"), copy);

    assertEquals(Map.of("os", "mac"), reopenedState());
    assertNoCopyIsLeft();
  }

  @Test
  void aCopyThatTheOpenCouldNotDeleteIsReplaced() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      Files.write(directory.resolve("store.data.tmp"), new byte[10_000]);
      store.compact();
      assertEquals(8 + 16 + 2 + 3, Files.size(file()));
    }
    assertEquals(Map.of("os", "mac"), reopenedState());
  }

  @Test
  void aFileThatTheCopysNameLinksToIsNotWrittenTo() throws IOException {
    Path letter = Files.writeString(directory.resolve("letter"), "Dear aunt,");
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      try {
        Files.createSymbolicLink(directory.resolve("store.data.tmp"), letter);
      } catch (FileSystemException | UnsupportedOperationException e) {
        assumeTrue(false, "no symbolic links here: " + e);
      }

      store.compact();

      assertEquals("Dear aunt,", Files.readString(letter));
      assertFalse(Files.isSymbolicLink(file()));
    }
    assertEquals(Map.of("os", "mac"), reopenedState());
  }

  @Test
  void aRefusedStoreKeepsItsCopy() throws IOException {
    putAndClose("os", "mac");
    Path copy = Files.copy(file(), directory.resolve("store.data.tmp"));
    byte[] damaged = Files.readAllBytes(file());
    damaged[20] ^= 1;
    Files.write(file(), damaged);

    assertThrows(CorruptStoreException.class, () -> Store.open(directory));
    assertTrue(Files.exists(copy));
  }

  @Test
  void aCopyNextToAnEmptyLogIsNotDeleted() throws IOException {
    putAndClose("os", "mac");
    Path copy = Files.copy(file(), directory.resolve("store.data.tmp"));
    Files.write(file(), new byte[0]);

    assertThrows(CorruptStoreException.class, () -> Store.open(directory));

    assertTrue(Files.exists(copy));
  }

  @Test
  void aCopyWithoutItsLogIsNotDeleted() throws IOException {
    putAndClose("os", "mac");
    Path copy = Files.move(file(), directory.resolve("store.data.tmp"));

    CorruptStoreException e =
        assertThrows(CorruptStoreException.class, () -> Store.open(directory));

    assertTrue(e.getMessage().contains("store.data.tmp"), e.getMessage());
    assertFalse(Files.exists(file()));
    assertTrue(Files.exists(copy));
  }

  @Test
  void afterCloseItIsRefused() throws IOException {
    Store store = Store.open(directory);
    store.close();
    assertThrows(IllegalStateException.class, store::compact);
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
    assertThrows(OutOfMemoryError.class, store::compact);
    FailPoint.set(null);

    assertThrows(IOException.class, store::compact);
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
    assertThrows(IOException.class, store::compact);

    assertThrows(IOException.class, () -> store.put(bytes("key 1"), bytes("value")));
    assertThrows(IOException.class, store::close);
    assertEquals(before, reopenedState());
  }

  @Test
  void theFailureOfTheRenameIsReportedEvenIfTheLogCannotBeOpenedAgain() throws IOException {
    FragileDisk disk = new FragileDisk(directory);
    Store store = Store.open(disk.path());
    fill(store);
    SortedMap<String, String> before = state(store);
    AtomicInteger failures = new AtomicInteger();
    FailPoint.set(
        point -> {
          if (point == FailPoint.COPY_DURABLE) {
            disk.observer =
                () -> {
                  throw new IOException("failure " + failures.incrementAndGet());
                };
          }
        });
    IOException e = assertThrows(IOException.class, store::compact);
    FailPoint.set(null);
    disk.observer = () -> {};

    assertEquals("failure 1", e.getMessage());
    assertEquals("failure 2", e.getSuppressed()[0].getMessage());
    assertThrows(IOException.class, () -> store.put(bytes("key 1"), bytes("value")));
    assertThrows(IOException.class, store::close);
    assertEquals(before, reopenedState());
  }

  @Test
  void anExplicitCompactionResetsTheLimitToTenMebibytes() throws IOException {
    byte[] value = new byte[1024 * 1024 - 16 - 1];
    Logger logger = Logger.getLogger(Store.class.getName());
    logger.setFilter(entry -> false);
    try (Store store = Store.open(directory)) {
      failAt(FailPoint.COPY_STARTED);
      for (int i = 0; i < 35; i++) {
        store.put(bytes("a"), value);
      }
      FailPoint.set(null);
      store.compact();
      for (int i = 0; i < 9; i++) {
        store.put(bytes("a"), value);
      }
      assertEquals(9 << 20, store.stats().deadBytes());
      store.put(bytes("a"), value);
      assertEquals(0, store.stats().deadBytes());
    } finally {
      logger.setFilter(null);
    }
  }

  private static void failAt(FailPoint failing) {
    FailPoint.set(
        point -> {
          if (point == failing) {
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

  private long bytesOnDisk() throws IOException {
    long bytes = 0;
    try (var files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }

  private void assertNoCopyIsLeft() {
    assertFalse(Files.exists(directory.resolve("store.data.tmp")));
  }
}
