package kv.step5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;

/** An empty directory for a store, and helper methods for its tests. */
abstract class StoreFixture {
  /** Size in bytes of a file with about 40 records, for tests that need many files. */
  static final long SMALL = 4096;

  @TempDir Path directory;

  /** Returns the last file of the log in {@link #directory}; for a new store, the first. */
  Path file() throws IOException {
    List<Path> files = files();
    return files.isEmpty() ? file("000001-000001.0.data") : files.get(files.size() - 1);
  }

  /** Returns the file with a name. */
  Path file(String name) {
    return directory.resolve(name);
  }

  /** Returns the files of the log in order, as long as no number has more than six digits. */
  List<Path> files() throws IOException {
    return names(".data").stream().map(this::file).toList();
  }

  /** Returns the names in the directory with the given ending, sorted. */
  List<String> names(String ending) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      Stream<String> names = files.map(file -> file.getFileName().toString());
      return names.filter(name -> name.endsWith(ending)).sorted().toList();
    }
  }

  /** Returns the records of each file of the log, in the form of {@link RawLog#text}. */
  List<String> log() throws IOException {
    List<String> log = new ArrayList<>();
    for (Path file : files()) {
      log.add(RawLog.text(file));
    }
    return log;
  }

  /** Returns the total size of all files in the directory. A merge may run concurrently. */
  long bytesOnDisk() throws IOException {
    long bytes = 0;
    for (String name : names("")) {
      try {
        bytes += Files.size(file(name));
      } catch (NoSuchFileException e) {
        // It was deleted after it was listed.
      }
    }
    return bytes;
  }

  /** Returns every file in the directory, by name, byte for byte. */
  SortedMap<String, String> contents() throws IOException {
    SortedMap<String, String> contents = new TreeMap<>();
    for (String name : names("")) {
      contents.put(name, new String(Files.readAllBytes(file(name)), StandardCharsets.ISO_8859_1));
    }
    return contents;
  }

  /** Opens the store in {@link #directory} on a disk that fails on demand. */
  Store openOn(FaultyChannel channel) throws IOException {
    DirectoryLock lock = DirectoryLock.acquire(directory);
    try {
      KeyDir keydir = new KeyDir();
      LogFile only = LogFile.open(file(), channel, true, keydir);
      return new Store(lock, Log.of(directory, lock, only), keydir, Store.FILE_SIZE);
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
