package kv.step1;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
    "store.data.tmp, step4-compaction",
    "000001-000001.0.data, step5-merge",
    "000001-000001.0.hint, engine",
    "000001-000012.3.data.tmp, step5-merge",
    "1000000-1000000.0.data, step5-merge",
    "BALLAST, engine"
  })
  void aFileOfALaterStepIsRefusedNamingTheModuleThatOpensIt(String name, String module)
      throws IOException {
    Files.createFile(directory.resolve(name));

    IOException e = assertThrows(IOException.class, () -> Store.open(directory));

    assertTrue(e.getMessage().contains(directory.resolve(name).toString()), e.getMessage());
    assertTrue(e.getMessage().contains(module), e.getMessage());
    assertEquals(Set.of(name), names());
  }

  @ParameterizedTest
  @CsvSource({"1, step5-merge", "2, engine"})
  void theVersionOfAFileDecidesWhichLaterModuleIsNamed(int version, String module)
      throws IOException {
    String name = "000001-000001.0.data";
    byte[] header = {'K', 'V', 'S', 'T', 'E', 'P', 'S', (byte) version, 1, 2, 3, 4};
    Files.write(directory.resolve(name), header);

    IOException e = assertThrows(IOException.class, () -> Store.open(directory));

    assertTrue(e.getMessage().contains("with " + module + ","), e.getMessage());
    assertEquals(Set.of(name), names());
    assertArrayEquals(header, Files.readAllBytes(directory.resolve(name)));
  }

  @Test
  void aFileOfALaterStepNextToALogIsRefusedToo() throws IOException {
    putAndClose("os", "mac");
    Files.createFile(directory.resolve("000001-000001.0.data"));

    assertThrows(IOException.class, () -> Store.open(directory));

    assertEquals("[P* os=mac]", RawLog.text(file()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"notes.txt", "notes.data.tmp", "1.data", "000001-000001.0.data.old", "LOCK.tmp"})
  void aForeignFileIsLeftAlone(String name) throws IOException {
    Files.writeString(directory.resolve(name), "Dear aunt,");

    putAndClose("os", "mac");

    assertEquals("[P* os=mac]", RawLog.text(file()));
    assertEquals("Dear aunt,", Files.readString(directory.resolve(name)));
  }

  @Test
  void aFileThatALaterStepCreatesDuringTheOpenIsRefused() throws IOException {
    FragileDisk disk = new FragileDisk(directory);
    Path segment = directory.resolve("000001-000001.0.data");
    // The first file that an open creates is LOCK.
    disk.observer = () -> createOnce(segment);

    assertThrows(IOException.class, () -> Store.open(disk.path()));

    assertEquals(Set.of("000001-000001.0.data", DirectoryLock.FILE_NAME), names());
  }

  private void createOnce(Path file) throws IOException {
    if (!Files.exists(file) && names().isEmpty()) {
      Files.createFile(file);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {DirectoryLock.FILE_NAME, Store.FILE_NAME})
  void aDirectoryInThePlaceOfAFileIsRefused(String name) throws IOException {
    Files.createDirectory(directory.resolve(name));

    assertRefusedAsNotRegular(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {DirectoryLock.FILE_NAME, Store.FILE_NAME})
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
    for (String name : Set.of(DirectoryLock.FILE_NAME, Store.FILE_NAME)) {
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
