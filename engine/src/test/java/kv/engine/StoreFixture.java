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

/** What every test needs: an empty directory for a store, and short words for common things. */
abstract class StoreFixture {
  /** Segments of 64 KiB, so that many come together, and no merge that was not asked for. */
  static final Options SMALL = Options.DEFAULT.withSegmentSize(64 << 10).withAutomaticMerge(false);

  /** No sync and no merge that was not asked for: what is written does not depend on time. */
  static final Options QUIET =
      Options.DEFAULT.withSync(Options.SyncPolicy.NEVER).withAutomaticMerge(false);

  /** What a store reports, which here is of failures that were asked for: not for the console. */
  static final Logger REPORTS = Logger.getLogger(Store.class.getName());

  static {
    REPORTS.setUseParentHandlers(false);
  }

  @TempDir Path directory;

  @AfterEach
  void forgetFailPoints() {
    FailPoint.set(null);
  }

  /** The first segment of the store in {@link #directory}, as long as it was not merged. */
  Path file() {
    return segment(1);
  }

  /** A segment that was not merged. */
  Path segment(int number) {
    return SegmentName.fresh(number).data(directory);
  }

  /** The names of the files in {@link #directory} with an ending, sorted. */
  List<String> names(String ending) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(ending))
          .sorted()
          .toList();
    }
  }

  /** The records of all segments, if none was merged: {@code [P* os=mac] [P* editor=vim]}. */
  String log() throws IOException {
    StringJoiner segments = new StringJoiner(" ");
    for (String name : names(SegmentName.DATA)) {
      segments.add(RawLog.text(directory.resolve(name)));
    }
    return segments.toString();
  }

  /** All files in {@link #directory} and what is in them, but for the one that is locked. */
  SortedMap<String, ByteBuffer> files() throws IOException {
    SortedMap<String, ByteBuffer> files = new TreeMap<>();
    for (String name : names("")) {
      if (!name.equals(DirectoryLock.FILE_NAME)) {
        files.put(name, ByteBuffer.wrap(Files.readAllBytes(directory.resolve(name))));
      }
    }
    return files;
  }

  /** Brings {@link #directory} back to what {@link #files} has returned. */
  void restore(SortedMap<String, ByteBuffer> files) throws IOException {
    for (String name : names("")) {
      // LOCK too: it may speak of segments that the store will not have.
      Files.delete(directory.resolve(name));
    }
    for (Map.Entry<String, ByteBuffer> file : files.entrySet()) {
      Files.write(directory.resolve(file.getKey()), file.getValue().array());
    }
  }

  /** Puts some pairs, and leaves the store closed. */
  void putAndClose(String... keysAndValues) throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      for (int i = 0; i < keysAndValues.length; i += 2) {
        store.put(bytes(keysAndValues[i]), bytes(keysAndValues[i + 1]));
      }
    }
  }

  /**
   * Puts some pairs into a new store, and leaves its only segment as the death of the process would
   * have: not sealed, and without a hint file. There are no reserved zeros behind the records.
   */
  void putAndDie(String... keysAndValues) throws IOException {
    putAndClose(keysAndValues);
    removeSealFrom(1);
  }

  /** Takes the seal and the hint file from a segment that was not merged. */
  void removeSealFrom(int number) throws IOException {
    byte[] bytes = Files.readAllBytes(segment(number));
    Files.write(segment(number), Arrays.copyOf(bytes, (int) RawLog.end(bytes)));
    Files.deleteIfExists(SegmentName.fresh(number).hint(directory));
  }

  /** Adds bytes to the first segment behind the store's back, as a careless hand does. */
  void append(byte[] bytes) throws IOException {
    Files.write(file(), bytes, StandardOpenOption.APPEND);
  }

  /** Sets the header checksum of a record, as it is right at the end of the first segment. */
  byte[] placedAtTheEnd(byte[] record) throws IOException {
    byte[] bytes = Files.readAllBytes(file());
    return RawLog.place(record, bytes, bytes.length);
  }

  /** Makes a pipe in {@link #directory}: to open it waits for a program at its other end. */
  Path makePipe(String name) throws Exception {
    Path pipe = directory.resolve(name);
    int exit;
    try {
      exit = new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor();
    } catch (IOException e) {
      exit = -1;
    }
    assumeTrue(exit == 0, "there are no pipes with names here");
    return pipe;
  }

  /** Everything in an open store, whose invariants hold, in the form of {@link RawLog#state}. */
  static SortedMap<String, String> state(Store store) throws IOException {
    store.checkInvariants();
    SortedMap<String, String> state = new TreeMap<>();
    store.forEach(
        (key, value) ->
            assertNull(
                state.put(
                    new String(key, StandardCharsets.ISO_8859_1),
                    new String(value, StandardCharsets.ISO_8859_1)),
                "a key came twice"));
    assertEquals(state.size(), store.size());
    return state;
  }

  /** Opens the store, returns everything in it, and closes it. */
  SortedMap<String, String> reopenedState() throws IOException {
    try (Store store = Store.open(directory)) {
      return state(store);
    }
  }

  /** Waits until the test lets this thread go on. */
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
