package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** An empty directory for a store, and helper methods for its tests. */
abstract class StoreFixture {
  /** Segments of 64 KiB, so that a test creates many, and no automatic merges. */
  static final Options SMALL = Options.DEFAULT.withSegmentSize(64 << 10).withAutomaticMerge(false);

  /** No automatic syncs and merges: the files do not depend on time. */
  static final Options QUIET =
      Options.DEFAULT.withSync(Options.SyncPolicy.NEVER).withAutomaticMerge(false);

  /** Logger of the store. Tests provoke failures, which must not clutter the console. */
  static final Logger REPORTS = Logger.getLogger(Store.class.getName());

  static {
    REPORTS.setUseParentHandlers(false);
  }

  @TempDir Path directory;

  @AfterEach
  void forgetFailPoints() {
    FailPoint.set(null);
  }

  /** Returns the first segment of the store in {@link #directory}, if it was not merged. */
  Path file() {
    return segment(1);
  }

  /** Returns a segment that was not merged. */
  Path segment(int number) {
    return SegmentName.fresh(number).data(directory);
  }

  /** Returns the names of the files in {@link #directory} with an ending, sorted. */
  List<String> names(String ending) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(ending))
          .sorted()
          .toList();
    }
  }

  /** Returns the records of all unmerged segments: {@code [P* os=mac] [P* editor=vim]}. */
  String log() throws IOException {
    StringJoiner segments = new StringJoiner(" ");
    for (String name : names(SegmentName.DATA)) {
      segments.add(RawLog.text(directory.resolve(name)));
    }
    return segments.toString();
  }

  /** Returns all files in {@link #directory} with their contents, except LOCK. */
  SortedMap<String, ByteBuffer> files() throws IOException {
    SortedMap<String, ByteBuffer> files = new TreeMap<>();
    for (String name : names("")) {
      if (!name.equals(DirectoryLock.FILE_NAME)) {
        files.put(name, ByteBuffer.wrap(Files.readAllBytes(directory.resolve(name))));
      }
    }
    return files;
  }

  /** Restores {@link #directory} to the files that {@link #files} returned. */
  void restore(SortedMap<String, ByteBuffer> files) throws IOException {
    for (String name : names("")) {
      // LOCK too: it may name a segment that the restored store does not have.
      Files.delete(directory.resolve(name));
    }
    for (Map.Entry<String, ByteBuffer> file : files.entrySet()) {
      Files.write(directory.resolve(file.getKey()), file.getValue().array());
    }
  }

  /** Opens the store, puts some pairs, and closes it. */
  void putAndClose(String... keysAndValues) throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      for (int i = 0; i < keysAndValues.length; i += 2) {
        store.put(bytes(keysAndValues[i]), bytes(keysAndValues[i + 1]));
      }
    }
  }

  /**
   * Puts some pairs into a new store, and leaves its only segment as a dying process does: without
   * a seal and without a hint file. No reserved zeros follow the records.
   */
  void putAndDie(String... keysAndValues) throws IOException {
    putAndClose(keysAndValues);
    removeSealFrom(1);
  }

  /** Removes the seal and the hint file of a segment that was not merged. */
  void removeSealFrom(int number) throws IOException {
    byte[] bytes = Files.readAllBytes(segment(number));
    Files.write(segment(number), Arrays.copyOf(bytes, (int) RawLog.end(bytes)));
    Files.deleteIfExists(SegmentName.fresh(number).hint(directory));
  }

  /** Appends bytes to the first segment without the store. */
  void append(byte[] bytes) throws IOException {
    Files.write(file(), bytes, StandardOpenOption.APPEND);
  }

  /** Sets the header checksum of a record for the end of the first segment. */
  byte[] placedAtTheEnd(byte[] record) throws IOException {
    byte[] bytes = Files.readAllBytes(file());
    return RawLog.place(record, bytes, bytes.length);
  }

  /** Creates a pipe in {@link #directory}. Opening it waits for a program at its other end. */
  Path makePipe(String name) throws Exception {
    Path pipe = directory.resolve(name);
    int exit;
    try {
      exit = new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor();
    } catch (IOException e) {
      exit = -1;
    }
    assumeTrue(exit == 0, "this system has no named pipes");
    return pipe;
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

  /** Waits until the test releases this thread. */
  static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  static String text(byte[] bytes) {
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
