package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class MappedFilesTest extends StoreFixture {
  @Test
  void aFileIsMappedForAnInterruptedThread() throws IOException {
    Files.writeString(file(), "linux");
    Thread.currentThread().interrupt();

    MappedByteBuffer map = MappedFiles.map(file(), MapMode.READ_ONLY, 5);

    assertTrue(Thread.interrupted(), "the caller's interrupt flag stays set");
    assertEquals('l', map.get(0));
  }

  @Test
  void aFileIsMappedDespiteContinuousInterrupts() throws Exception {
    Files.writeString(file(), "linux");
    Thread caller = Thread.currentThread();
    AtomicBoolean done = new AtomicBoolean();
    Thread interrupter =
        Uninterruptible.start(
            "kv-test",
            () -> {
              while (!done.get()) {
                caller.interrupt();
              }
            });
    for (int i = 0; i < 1000; i++) {
      assertEquals('l', MappedFiles.map(file(), MapMode.READ_WRITE, 5).get(0));
    }
    done.set(true);
    Uninterruptible.join(interrupter);
    Thread.interrupted();
  }

  @Test
  void theErrorBlamesTheFileSystemOnlyForARefusedMap() throws IOException {
    IOException absent =
        assertThrows(IOException.class, () -> MappedFiles.map(file(), MapMode.READ_ONLY, 5));
    assertFalse(absent.getMessage().contains("shared maps"), absent.getMessage());

    Files.writeString(file(), "linux");
    IOException refused =
        assertThrows(
            IOException.class,
            () ->
                MappedFiles.map(
                    file(),
                    MapMode.READ_ONLY,
                    channel -> {
                      throw new IOException("No such device");
                    }));
    assertTrue(refused.getMessage().contains("shared maps"), refused.getMessage());
  }

  /** A map is counted as long as it is in use. */
  @Test
  void mapsAreCountedUntilTheyAreCollected() throws Exception {
    Files.writeString(file(), "linux");
    MappedByteBuffer[] maps = new MappedByteBuffer[500];
    for (int i = 0; i < maps.length; i++) {
      maps[i] = MappedFiles.map(file(), MapMode.READ_ONLY, 5);
    }
    // At least: other tests run concurrently, and have maps of their own.
    assertTrue(MappedFiles.count() >= maps.length);
    assertEquals('l', maps[maps.length - 1].get(0));
  }
}
