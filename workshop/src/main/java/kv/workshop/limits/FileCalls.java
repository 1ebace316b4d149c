package kv.workshop.limits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/**
 * The calls that this JVM made on the files of a directory. The JVM's own Flight Recorder counts
 * them, so the store need not be changed for it.
 */
record FileCalls(long reads, long bytesRead, long writes, long fsyncs) {
  private static final String READ = "jdk.FileRead";
  private static final String WRITE = "jdk.FileWrite";
  private static final String FSYNC = "jdk.FileForce";

  /** A part of a program. */
  interface Work {
    void run() throws Exception;
  }

  /** Returns the calls on the files of a directory during some work. */
  static FileCalls during(Path directory, Work work) throws Exception {
    Path file = Files.createTempFile(directory.toAbsolutePath().getParent(), "calls", ".jfr");
    try (Recording recording = new Recording()) {
      for (String event : List.of(READ, WRITE, FSYNC)) {
        recording.enable(event).withThreshold(Duration.ZERO).withoutStackTrace();
      }
      recording.start();
      work.run();
      recording.stop();
      recording.dump(file);
      return of(directory, RecordingFile.readAllEvents(file));
    } finally {
      Files.delete(file);
    }
  }

  private static FileCalls of(Path directory, List<RecordedEvent> events) throws IOException {
    List<RecordedEvent> own = events.stream().filter(event -> isIn(directory, event)).toList();
    return new FileCalls(
        count(READ, own),
        own.stream().filter(event -> is(READ, event)).mapToLong(e -> e.getLong("bytesRead")).sum(),
        count(WRITE, own),
        count(FSYNC, own));
  }

  private static boolean isIn(Path directory, RecordedEvent event) {
    String path = event.getString("path");
    return path != null && Path.of(path).startsWith(directory);
  }

  private static long count(String name, List<RecordedEvent> events) {
    return events.stream().filter(event -> is(name, event)).count();
  }

  private static boolean is(String name, RecordedEvent event) {
    return event.getEventType().getName().equals(name);
  }
}
