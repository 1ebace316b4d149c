package kv.step4;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SortedMap;
import java.util.TreeMap;
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
      KeyDir keydir = new KeyDir();
      return new Store(lock, LogFile.open(file(), channel, keydir), keydir);
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

  /**
   * Checks the invariants of an open store, and returns its contents in the form of {@link
   * RawLog#state}.
   */
  static SortedMap<String, String> state(Store store) throws IOException {
    store.checkInvariants();
    SortedMap<String, String> state = new TreeMap<>();
    store.forEach(
        (key, value) ->
            assertNull(
                state.put(
                    new String(key, StandardCharsets.ISO_8859_1),
                    new String(value, StandardCharsets.ISO_8859_1)),
                "a key was passed twice"));
    assertEquals(state.size(), store.size());
    return state;
  }

  /** Opens the store, returns its contents, and closes it. */
  SortedMap<String, String> reopenedState() throws IOException {
    try (Store store = Store.open(directory)) {
      return state(store);
    }
  }

  static String text(byte[] bytes) {
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
