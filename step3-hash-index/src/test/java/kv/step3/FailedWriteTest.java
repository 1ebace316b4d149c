package kv.step3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Disks that write fewer bytes than requested, and disks that are full. */
class FailedWriteTest extends StoreFixture {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 16, 17})
  void aShortWriteIsContinued(int longestWrite) throws IOException {
    FaultyChannel disk = disk();
    disk.longestWrite = longestWrite;
    try (Store store = openOn(disk)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
    }

    assertEquals("[P* os=mac, P editor=vim]", RawLog.text(file()));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 15, 16, 17, 20})
  void theBytesOfAFailedPutAreCutOff(int written) throws IOException {
    FaultyChannel disk = disk();
    try (Store store = openOn(disk)) {
      store.put(bytes("os"), bytes("mac"));
      long end = Files.size(file());
      disk.space = written;
      disk.calls.clear();
      assertThrows(IOException.class, () -> store.put(bytes("os"), bytes("linux")));
      assertEquals(end, Files.size(file()));
      // The cut is durable: otherwise a power loss could restore some of these bytes.
      assertEquals(List.of("truncate", "force"), lastTwo(disk.calls));
    }
  }

  @Test
  void putWorksAgainOnceThereIsSpace() throws IOException {
    FaultyChannel disk = disk();
    try (Store store = openOn(disk)) {
      store.put(bytes("os"), bytes("mac"));
      disk.space = 18;
      assertThrows(IOException.class, () -> store.put(bytes("os"), bytes("linux")));
      disk.space = Long.MAX_VALUE;
      store.put(bytes("editor"), bytes("vim"));
    }

    assertEquals("[P* os=mac, P* editor=vim]", RawLog.text(file()));
  }

  @Test
  void aFailedDeleteLeavesTheKey() throws IOException {
    FaultyChannel disk = disk();
    try (Store store = openOn(disk)) {
      store.put(bytes("os"), bytes("mac"));
      disk.space = 5;
      assertThrows(IOException.class, () -> store.delete(bytes("os")));
      assertEquals("mac", text(store.get(bytes("os"))));
    }

    assertEquals(Map.of("os", "mac"), reopenedState());
  }

  @Test
  void aFailedPutLeavesTheOldValue() throws IOException {
    FaultyChannel disk = disk();
    try (Store store = openOn(disk)) {
      store.put(bytes("os"), bytes("mac"));
      disk.space = 18;
      assertThrows(IOException.class, () -> store.put(bytes("os"), bytes("linux")));
      assertEquals("mac", text(store.get(bytes("os"))));
    }

    assertEquals(Map.of("os", "mac"), reopenedState());
  }

  @Test
  void whenTheCutFailsTooTheStoreRefusesAllFurtherUse() throws IOException {
    FaultyChannel disk = disk();
    Store store = openOn(disk);
    store.put(bytes("os"), bytes("mac"));
    disk.space = 18;
    disk.truncateFails = true;
    assertThrows(IOException.class, () -> store.put(bytes("os"), bytes("linux")));

    // A shorter record written over the torn one would be followed by the end of the torn one.
    disk.space = Long.MAX_VALUE;
    disk.truncateFails = false;
    assertThrows(IOException.class, () -> store.put(bytes("a"), bytes("b")));
    assertThrows(IOException.class, store::close);
    assertEquals(Map.of("os", "mac"), reopenedState());
  }

  private static List<String> lastTwo(List<String> calls) {
    return calls.subList(calls.size() - 2, calls.size());
  }

  @Test
  void whenTheKeydirCannotBeUpdatedTheStoreRefusesAllFurtherUse() throws IOException {
    DirectoryLock lock = DirectoryLock.acquire(directory);
    // A missing keydir fails at the same place as one that runs out of memory.
    Store store = new Store(lock, LogFile.open(file(), new KeyDir()), null);
    assertThrows(NullPointerException.class, () -> store.put(bytes("os"), bytes("mac")));

    IOException e = assertThrows(IOException.class, () -> store.put(bytes("os"), bytes("linux")));
    assertTrue(e.getMessage().contains("open it again"), e.getMessage());
    assertThrows(IOException.class, store::close);
    assertEquals(Map.of("os", "mac"), reopenedState());
  }

  @Test
  void aRealLimitOfTheOperatingSystemLosesNothing() throws Exception {
    Path shell = Path.of("/bin/sh");
    assumeTrue(Files.isExecutable(shell), "needs a POSIX shell, for ulimit");
    List<String> command = new ArrayList<>(List.of(shell.toString(), "-c"));
    // In blocks of 512 or 1,024 bytes: room for about fifty records of 1 KiB, or twice that.
    command.add("ulimit -f 100 && exec \"$0\" \"$@\"");
    command.addAll(ChildJvm.command(PutUntilFull.class, directory));

    List<String> printed = ChildJvm.lines(ChildJvm.start(command));

    String last = printed.get(printed.size() - 1);
    assertTrue(last.startsWith("IOException"), last);
    List<String> acknowledged = printed.subList(0, printed.size() - 1);
    assertTrue(acknowledged.size() > 40, "only " + acknowledged.size());
    assertEquals(
        acknowledged, RawLog.read(file()).stream().map(entry -> text(entry.key())).toList());
  }

  /** Puts until the file can grow no further, then puts a smaller record that still fits. */
  static final class PutUntilFull {
    public static void main(String[] arguments) throws IOException {
      try (Store store = Store.open(Path.of(arguments[0]))) {
        IOException full = null;
        for (int i = 0; full == null; i++) {
          try {
            store.put(bytes("key " + i), new byte[1000]);
            System.out.println("key " + i);
          } catch (IOException e) {
            full = e;
          }
        }
        store.put(bytes("last"), bytes(""));
        System.out.println("last");
        System.out.println("IOException: " + full.getMessage());
      }
    }
  }
}
