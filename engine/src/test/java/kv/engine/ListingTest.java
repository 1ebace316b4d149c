package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The files that belong to the store, and their required types. */
class ListingTest extends StoreFixture {
  @Test
  void aFailedListingNamesTheDirectory() {
    IOException cause = new IOException("Input/output error");
    Iterable<Path> failing =
        () -> {
          throw new DirectoryIteratorException(cause);
        };

    IOException e = assertThrows(IOException.class, () -> Listing.of(directory, failing));

    assertTrue(e.getMessage().contains(directory.toString()), e.getMessage());
    assertSame(cause, e.getCause());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "000002-000002.0.data",
        "000001-000001.0.hint",
        "000001-000001.1.data.tmp",
        "000003-000003.0.hint"
      })
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aPipeWithTheNameOfAStoreFileIsRefused(String name) throws Exception {
    putAndClose("os", "mac");
    Files.deleteIfExists(directory.resolve(name));
    Path pipe = makePipe(name);

    assertRefused(pipe);

    Files.delete(pipe);
    assertEquals(Map.of("os", "mac"), reopenedState());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"000002-000002.0.data", "000001-000001.0.hint", "000001-000001.1.data.tmp"})
  void aDirectoryWithTheNameOfAStoreFileIsRefused(String name) throws IOException {
    putAndClose("os", "mac");
    Files.deleteIfExists(directory.resolve(name));

    assertRefused(Files.createDirectory(directory.resolve(name)));
  }

  private void assertRefused(Path file) throws IOException {
    List<String> before = names("");

    IOException e = assertThrows(IOException.class, () -> Store.open(directory, QUIET));

    assertTrue(e.getMessage().contains(file + " is not a regular file"), e.getMessage());
    assertEquals(before, names(""));
  }

  @Test
  void aLinkToASegmentIsASegment() throws IOException {
    putAndClose("os", "mac");
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere")).resolve("segment");
    Files.move(file(), elsewhere);
    try {
      Files.createSymbolicLink(file(), elsewhere);
    } catch (FileSystemException | UnsupportedOperationException e) {
      assumeTrue(false, "there are no symbolic links here: " + e);
    }

    try (Store store = Store.open(directory, QUIET)) {
      assertEquals("mac", text(store.get(bytes("os"))));
    }
  }

  /** A pipe that appears while the store is open does not block the thread that writes hints. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aHintFileReplacesAnyFileOfItsName() throws Exception {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      makePipe("000001-000001.0.hint");
    }

    assertTrue(Files.size(directory.resolve("000001-000001.0.hint")) > 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"000001-999999999.1", "999999999-999999999.0"})
  void aPutAfterTheLastNumberIsRefusedAndCreatesNothing(String last) throws IOException {
    putAndClose("os", "mac");
    renameTo(last);
    if (last.startsWith("9")) {
      Files.copy(directory.resolve(last + ".data"), directory.resolve("000001-999999998.1.data"));
    }
    try (Store store = Store.open(directory, QUIET)) {
      List<String> before = names(".data");

      IOException e = assertThrows(IOException.class, () -> store.put(bytes("os"), bytes("linux")));

      assertTrue(e.getMessage().contains("1000000000-1000000000.0"), e.getMessage());
      assertEquals(before, names(".data"));
      assertEquals("mac", text(store.get(bytes("os"))));
    }
    assertEquals(Map.of("os", "mac"), reopenedState());
  }

  @Test
  void aMergeAfterTheLastGenerationIsRefusedAndCreatesNothing() throws IOException {
    putAndClose("os", "mac", "os", "linux");
    renameTo("000001-000001.999999999");
    try (Store store = Store.open(directory, QUIET)) {
      List<String> before = names(".data");

      IOException e =
          assertInstanceOf(IOException.class, assertThrows(Exception.class, store::merge));

      assertTrue(e.getMessage().contains("000001-000001.1000000000"), e.getMessage());
      assertEquals(before, names(".data"));
      assertEquals(List.of(), names(".tmp"));
      assertEquals("linux", text(store.get(bytes("os"))));
      store.put(bytes("os"), bytes("bsd"));
    }
    assertEquals(Map.of("os", "bsd"), reopenedState());
  }

  /** Renames the first segment. */
  private void renameTo(String name) throws IOException {
    Files.move(file(), directory.resolve(name + SegmentName.DATA));
    Files.delete(SegmentName.fresh(1).hint(directory));
  }
}
