package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

class LockTest extends StoreFixture {
  @Test
  void aSecondOpenInThisProcessIsRefused() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));

      IOException e = assertThrows(IOException.class, () -> Store.open(directory, QUIET));

      assertTrue(e.getMessage().contains(directory.toString()), e.getMessage());
    }
  }

  @Test
  void aSecondOpenUnderAnotherNameIsRefused() throws IOException {
    Path data = directory.resolve("data");
    try (Store store = Store.open(data)) {
      store.put(bytes("os"), bytes("mac"));
      assertThrows(IOException.class, () -> Store.open(data.resolve("..").resolve("data")));

      Path link = directory.resolve("link");
      try {
        Files.createSymbolicLink(link, data);
      } catch (FileSystemException | UnsupportedOperationException e) {
        assumeTrue(false, "no symbolic links here: " + e);
      }
      assertThrows(IOException.class, () -> Store.open(link));

      // All opens were refused before they opened the LOCK file.
      assertTrue(DirectoryLock.KEPT_OPEN.isEmpty());
    }
  }

  @Test
  void anOpenInAnotherProcessIsRefused() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));

      assertRefusedElsewhere();
    }
    assertEquals(List.of("opened"), ChildJvm.run(OpenAndClose.class, directory));
  }

  @Test
  void theDirectoryCanBeOpenedAfterTheOtherProcessEnds() throws IOException {
    Process other = ChildJvm.start(ChildJvm.command(OpenAndWait.class, directory));
    try (BufferedReader reader = other.inputReader()) {
      assertEquals("opened", reader.readLine());
      IOException e = assertThrows(IOException.class, () -> Store.open(directory, QUIET));
      assertTrue(e.getMessage().contains(directory.toString()), e.getMessage());

      other.getOutputStream().close();
      assertEquals("closed", reader.readLine());
    }

    putAndClose("os", "mac");
    assertEquals("[P* os=mac]", log());
  }

  @Test
  void aRefusedOpenDoesNotUnlockTheOpenStore() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      assertThrows(IOException.class, () -> Store.open(directory, QUIET));

      assertRefusedElsewhere();
    }
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "its locks belong to the open file")
  void anOpenByTheSameClassLoadedTwiceIsRefusedAndUnlocksNothing() throws Exception {
    URL code = Store.class.getProtectionDomain().getCodeSource().getLocation();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {code}, null);
        Store store = Store.open(directory, QUIET)) {
      Method open = loader.loadClass(Store.class.getName()).getMethod("open", Path.class);

      InvocationTargetException e =
          assertThrows(InvocationTargetException.class, () -> open.invoke(null, directory));

      assertInstanceOf(IOException.class, e.getCause());
      assertTrue(e.getCause().getMessage().contains(directory.toString()));
      assertThrows(InvocationTargetException.class, () -> open.invoke(null, directory));
      store.put(bytes("os"), bytes("mac"));
      assertRefusedElsewhere();
    }
  }

  @Test
  void closeReleasesTheDirectoryAndKeepsTheLockFile() throws IOException {
    putAndClose("os", "mac");
    assertTrue(Files.exists(directory.resolve(DirectoryLock.FILE_NAME)));

    putAndClose("editor", "vim");

    assertEquals("[P* os=mac] [P* editor=vim]", log());
  }

  @Test
  void theLockFileStatesItsPurpose() throws IOException {
    putAndClose("os", "mac");

    String text = Files.readString(directory.resolve(DirectoryLock.FILE_NAME));
    assertTrue(text.contains(" Do not delete it: two stores could then write to one log.\n"), text);
  }

  @Test
  void aLockFileThatCannotBeWrittenToDoesNotPreventAnOpen() throws IOException {
    Path lock = Files.writeString(directory.resolve(DirectoryLock.FILE_NAME), "");
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.WRITE && file.equals(lock)) {
            throw new IOException("No space left on device");
          }
        });

    Store.open(directory, QUIET).close();

    assertEquals(0, Files.size(lock));
  }

  @Test
  void aDirectoryInPlaceOfTheLockFileIsRefused() throws IOException {
    Path lock = Files.createDirectory(directory.resolve(DirectoryLock.FILE_NAME));

    IOException e = assertThrows(IOException.class, () -> Store.open(directory, QUIET));

    assertTrue(e.getMessage().contains(lock + " is not a regular file"), e.getMessage());
    Files.delete(lock);
    putAndClose("os", "mac");
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aPipeInPlaceOfTheLockFileIsRefused() throws Exception {
    Path lock = makePipe(DirectoryLock.FILE_NAME);

    IOException e = assertThrows(IOException.class, () -> Store.open(directory, QUIET));

    assertTrue(e.getMessage().contains(lock + " is not a regular file"), e.getMessage());
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it moves no directory with an open file")
  void aLockDetectsThatItsDirectoryWasMoved() throws IOException {
    Path data = Files.createDirectory(directory.resolve("data"));
    try (DirectoryLock lock = DirectoryLock.acquire(data)) {
      lock.requireInPlace();
      Files.move(data, directory.resolve("data.old"));
      assertMoved(data, lock);
      Files.createDirectory(data);
      assertMoved(data, lock);
      Files.createFile(data.resolve(DirectoryLock.FILE_NAME));
      assertMoved(data, lock);
    }
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it deletes no open file")
  void aLockDetectsThatItsFileWasDeleted() throws IOException {
    try (DirectoryLock lock = DirectoryLock.acquire(directory)) {
      Path file = directory.resolve(DirectoryLock.FILE_NAME);
      Files.delete(file);
      assertMoved(directory, lock);
      Files.createFile(file);
      assertMoved(directory, lock);
    }
  }

  private static void assertMoved(Path directory, DirectoryLock lock) {
    IOException e = assertThrows(IOException.class, lock::requireInPlace);
    assertTrue(e.getMessage().contains(directory.toString()), e.getMessage());
  }

  private void assertRefusedElsewhere() throws IOException {
    String printed = ChildJvm.run(OpenAndClose.class, directory).get(0);
    assertTrue(printed.startsWith("IOException: "), printed);
    assertTrue(printed.contains(directory.toString()), printed);
  }

  /** Opens and closes a store, and prints the outcome. */
  static final class OpenAndClose {
    public static void main(String[] arguments) {
      try {
        Store.open(Path.of(arguments[0])).close();
        System.out.println("opened");
      } catch (IOException e) {
        System.out.println("IOException: " + e.getMessage());
      }
    }
  }

  /** Opens a store, and closes it at the end of the standard input. */
  static final class OpenAndWait {
    public static void main(String[] arguments) throws IOException {
      try (Store store = Store.open(Path.of(arguments[0]))) {
        System.out.println("opened");
        while (System.in.read() >= 0) {
          store.sync();
        }
      }
      System.out.println("closed");
    }
  }
}
