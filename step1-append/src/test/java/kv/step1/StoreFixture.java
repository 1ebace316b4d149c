package kv.step1;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.io.TempDir;

/** What every test needs: an empty directory for a store, and short words for common things. */
abstract class StoreFixture {
  @TempDir Path directory;

  /** The log of the store in {@link #directory}. */
  Path file() {
    return directory.resolve(Store.FILE_NAME);
  }

  /** Opens the store in {@link #directory} on a disk that fails on demand. */
  Store openOn(FaultyChannel channel) throws IOException {
    DirectoryLock lock = DirectoryLock.acquire(directory);
    try {
      return new Store(lock, LogFile.open(file(), channel));
    } catch (Throwable e) {
      lock.close();
      throw e;
    }
  }

  /** A disk for {@link #openOn}, in order until it is told otherwise. */
  FaultyChannel disk() throws IOException {
    return new FaultyChannel(
        FileChannel.open(
            file(), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  /** Puts some pairs, and leaves the store closed. */
  void putAndClose(String... keysAndValues) throws IOException {
    try (Store store = Store.open(directory)) {
      for (int i = 0; i < keysAndValues.length; i += 2) {
        store.put(bytes(keysAndValues[i]), bytes(keysAndValues[i + 1]));
      }
    }
  }

  /** Adds bytes to the log behind the store's back, as a crash or a careless hand does. */
  void append(byte[] bytes) throws IOException {
    Files.write(file(), bytes, StandardOpenOption.APPEND);
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
