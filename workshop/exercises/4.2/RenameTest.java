package kv.step4;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The rename of a copy over the log, when it works and when it fails. */
class RenameTest extends StoreFixture {
  /** Runs a compaction on a disk that calls an observer before the rename, and before no other. */
  private static void compact(Store store, FragileDisk disk, FragileDisk.Observer observer)
      throws IOException {
    FailPoint.set(
        point -> {
          if (point == FailPoint.COPY_DURABLE) {
            disk.observer =
                () -> {
                  disk.observer = () -> {};
                  observer.beforeChange();
                };
          }
        });
    try {
      store.compact();
    } finally {
      FailPoint.set(null);
    }
  }

  private static void fill(Store store) throws IOException {
    store.put(bytes("os"), bytes("mac"));
    store.put(bytes("os"), bytes("linux"));
  }

  @Test
  void theCopyHasTheNameOfTheLogAndNoOtherName() throws IOException {
    try (Store store = Store.open(directory)) {
      fill(store);

      store.compact();

      assertEquals("[P* os=linux]", RawLog.text(file()));
      assertFalse(Files.exists(directory.resolve("store.data.tmp")));
    }
  }

  /** Windows does not rename over an open file. */
  @Test
  void theLogIsClosedBeforeTheRename() throws IOException {
    FragileDisk disk = new FragileDisk(directory);
    Path file = disk.path().resolve(Store.FILE_NAME);
    Path copy = Files.write(directory.resolve("copy"), LogFile.FILE_HEADER);
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      LogFile log = LogFile.open(file, channel, new KeyDir());
      boolean[] open = {true};
      disk.observer =
          () -> {
            disk.observer = () -> {};
            open[0] = channel.isOpen();
            throw new IOException("Operation not permitted");
          };

      assertThrows(IOException.class, () -> log.replaceBy(disk.path().resolve(copy.getFileName())));

      assertFalse(open[0], "the log was still open when it was renamed");
      log.close();
    }
  }

  @Test
  void aFailedRenameIsReportedAndLeavesTheStoreUnchanged() throws IOException {
    FragileDisk disk = new FragileDisk(directory);
    try (Store store = Store.open(disk.path())) {
      fill(store);

      IOException e =
          assertThrows(
              IOException.class,
              () -> compact(store, disk, () -> fail(new IOException("Operation not permitted"))));

      assertEquals("Operation not permitted", e.getMessage());
      assertEquals("[P* os=mac, P os=linux]", RawLog.text(file()));
      assertEquals(Map.of("os", "linux"), state(store));
    }
  }

  @Test
  void afterAFailedRenamePutsAndTheNextCompactionWork() throws IOException {
    FragileDisk disk = new FragileDisk(directory);
    try (Store store = Store.open(disk.path())) {
      fill(store);
      assertThrows(
          IOException.class,
          () -> compact(store, disk, () -> fail(new IOException("Operation not permitted"))));

      store.put(bytes("editor"), bytes("vim"));
      store.compact();

      assertEquals("[P* os=linux, P* editor=vim]", RawLog.text(file()));
    }
    assertEquals(Map.of("os", "linux", "editor", "vim"), reopenedState());
  }

  @Test
  void afterAnErrorInTheRenameTheStoreIsUsableToo() throws IOException {
    FragileDisk disk = new FragileDisk(directory);
    try (Store store = Store.open(disk.path())) {
      fill(store);
      Error error = new OutOfMemoryError("no memory for a message");

      Error thrown = assertThrows(Error.class, () -> compact(store, disk, () -> fail(error)));

      assertSame(error, thrown);
      assertEquals(Map.of("os", "linux"), state(store));
    }
  }

  @Test
  void aRenameThatHappenedInSpiteOfItsFailureEndsTheUseOfTheStore() throws IOException {
    FragileDisk disk = new FragileDisk(directory);
    Store store = Store.open(disk.path());
    fill(store);
    disk.moveFails = true;

    assertThrows(IOException.class, store::compact);

    IOException e = assertThrows(IOException.class, () -> store.get(bytes("os")));
    assertTrue(e.getMessage().contains("failed: close the store"), e.getMessage());
    assertThrows(IOException.class, store::close);
    assertEquals(Map.of("os", "linux"), reopenedState());
  }

  private static void fail(Throwable failure) throws IOException {
    if (failure instanceof IOException e) {
      throw e;
    }
    throw (Error) failure;
  }
}
