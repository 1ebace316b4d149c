package kv.step5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Directories that contain files of other steps or programs. */
class DirectoryContentsTest extends StoreFixture {
  @ParameterizedTest
  @CsvSource({
    "000001-000001.0.data, engine",
    "000001-000001.0.hint, engine",
    "000001-000012.3.data.tmp, engine",
    "1000000-1000000.0.data, engine",
    "BALLAST, engine"
  })
  void aFileOfALaterStepIsRefusedNamingTheModuleThatOpensIt(String name, String module)
      throws IOException {
    Files.writeString(directory.resolve(name), "KVSTEPS\2");

    IOException e = assertThrows(IOException.class, () -> Store.open(directory));

    assertTrue(e.getMessage().contains(directory.resolve(name).toString()), e.getMessage());
    assertTrue(e.getMessage().contains(module), e.getMessage());
    assertEquals(Set.of(name), names());
  }

  @Test
  void aFileOfALaterStepNextToALogIsRefusedToo() throws IOException {
    putAndClose("os", "mac");
    Path first = file();
    Path second = Files.writeString(directory.resolve("000002-000002.0.data"), "KVSTEPS\2 salt");

    IOException e = assertThrows(IOException.class, () -> Store.open(directory));

    assertTrue(e.getMessage().contains(second + " is a file of a later module"), e.getMessage());
    assertEquals("[P* os=mac]", RawLog.text(first));
    assertEquals("KVSTEPS\2 salt", Files.readString(second));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "notes.txt",
        "notes.data.tmp",
        "1.data",
        "000001-000001.0.data.old",
        "LOCK.tmp",
        "000002-000001.0.data",
        "000001-000001.00.data",
        "000000-000000.0.data",
        "0000001-0000001.0.data"
      })
  void aForeignFileIsLeftAlone(String name) throws IOException {
    Files.writeString(directory.resolve(name), "Dear aunt,");

    putAndClose("os", "mac");
    try (Store store = Store.open(directory)) {
      store.merge();
    }

    assertEquals("[P* os=mac]", RawLog.text(directory.resolve("000001-000001.1.data")));
    assertEquals("Dear aunt,", Files.readString(directory.resolve(name)));
  }

  @Test
  void aFileThatALaterStepCreatesDuringTheOpenIsRefused() throws IOException {
    FragileDisk disk = new FragileDisk(directory);
    Path hint = directory.resolve("000001-000001.0.hint");
    // The first file that an open creates is LOCK.
    disk.observer = () -> createOnce(hint);

    assertThrows(IOException.class, () -> Store.open(disk.path()));

    assertEquals(Set.of("000001-000001.0.hint", DirectoryLock.FILE_NAME), names());
  }

  private void createOnce(Path file) throws IOException {
    if (!Files.exists(file) && names().isEmpty()) {
      Files.createFile(file);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        DirectoryLock.FILE_NAME,
        Log.OLD_FILE,
        "store.data.tmp",
        "000001-000001.0.data",
        "000001-000002.1.data.tmp"
      })
  void aDirectoryInThePlaceOfAFileIsRefused(String name) throws IOException {
    Files.createDirectory(directory.resolve(name));

    assertRefusedAsNotRegular(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        DirectoryLock.FILE_NAME,
        Log.OLD_FILE,
        "store.data.tmp",
        "000001-000001.0.data",
        "000001-000002.1.data.tmp"
      })
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aPipeInThePlaceOfAFileIsRefusedAndNeverOpened(String name) throws Exception {
    makePipe(directory.resolve(name));

    assertRefusedAsNotRegular(name);
  }

  private static void makePipe(Path path) throws InterruptedException {
    try {
      Process mkfifo = new ProcessBuilder("mkfifo", path.toString()).start();
      assumeTrue(mkfifo.waitFor() == 0, "mkfifo failed");
    } catch (IOException e) {
      assumeTrue(false, "no named pipes here: " + e);
    }
  }

  private void assertRefusedAsNotRegular(String name) throws IOException {
    IOException e = assertThrows(IOException.class, () -> Store.open(directory));

    String message = e.getMessage();
    assertTrue(message.contains(directory.resolve(name) + " is not a regular file"), message);
    assertEquals(Set.of(name), names());
  }

  @Test
  void aLinkToAFileIsAsGoodAsTheFile() throws IOException {
    putAndClose("os", "mac");
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    for (String name : Set.of(DirectoryLock.FILE_NAME, "000001-000001.0.data")) {
      Path moved = Files.move(directory.resolve(name), elsewhere.resolve(name));
      try {
        Files.createSymbolicLink(directory.resolve(name), moved);
      } catch (FileSystemException | UnsupportedOperationException e) {
        assumeTrue(false, "no symbolic links here: " + e);
      }
    }

    putAndClose("editor", "vim");

    assertEquals("[P* os=mac, P* editor=vim]", RawLog.text(file()));
  }

  @Test
  void aFailedListingNamesTheDirectory() throws IOException {
    FragileDisk disk = new FragileDisk(directory);
    disk.listing =
        () -> {
          throw new IOException("Input/output error");
        };

    IOException e = assertThrows(IOException.class, () -> Store.open(disk.path()));

    assertTrue(e.getMessage().contains(directory.toString()), e.getMessage());
    assertTrue(e.getMessage().contains("Input/output error"), e.getMessage());
    assertEquals(Set.of(), names());
  }

  /** Returns the names in the directory. */
  private Set<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return new TreeSet<>(files.map(file -> file.getFileName().toString()).toList());
    }
  }
}
