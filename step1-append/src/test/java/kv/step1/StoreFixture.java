package kv.step1;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.io.TempDir;

/** An empty directory for a store, and helper methods for its tests. */
abstract class StoreFixture {
  @TempDir Path directory;

  /** Returns the log of the store in {@link #directory}. */
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

  /** Returns a disk for {@link #openOn}, which works until a test makes it fail. */
  FaultyChannel disk() throws IOException {
    return new FaultyChannel(
        FileChannel.open(
            file(), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  /** Opens the store, puts some pairs, and closes it. */
  void putAndClose(String... keysAndValues) throws IOException {
    try (Store store = Store.open(directory)) {
      for (int i = 0; i < keysAndValues.length; i += 2) {
        store.put(bytes(keysAndValues[i]), bytes(keysAndValues[i + 1]));
      }
    }
  }

  /** Appends bytes to the log without the store's knowledge, like a crash or a stray write. */
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
