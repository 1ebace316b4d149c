package kv.cluster;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.server.storage.RaftStorage;

/**
 * The folders of one shard on one node, beside the log of Raft.
 *
 * <pre>
 * engine     the store
 * copies     what other nodes are reading: hard links to the store's files
 * receiving  a copy of the leader's store that is not whole yet
 * received   a whole one, which is durable, and replaces the store
 * </pre>
 */
final class ShardFiles {
  private final Path engine;
  private final Path copies;
  private final Path receiving;
  private final Path received;
  private final SnapshotSender sender;

  ShardFiles(RaftStorage storage) throws IOException {
    this(storage.getStorageDir().getRoot().toPath());
  }

  ShardFiles(Path folder) throws IOException {
    this.engine = folder.resolve("engine");
    this.copies = folder.resolve("copies");
    this.receiving = folder.resolve("receiving");
    this.received = folder.resolve("received");
    delete(copies);
    delete(receiving);
    this.sender = new SnapshotSender(copies);
  }

  Path engine() {
    return engine;
  }

  /** Returns what answers other nodes that read the store. */
  SnapshotSender sender() {
    return sender;
  }

  /** Returns a new empty folder for a copy that is being received. */
  Path beginReceiving() throws IOException {
    delete(receiving);
    return Files.createDirectories(receiving);
  }

  /** Deletes what was received of a copy that is not whole. */
  void abandonReceiving() throws IOException {
    delete(receiving);
  }

  /** Makes the received copy durable. It replaces the store when the store is opened next. */
  void endReceiving() throws IOException {
    for (Path file : list(receiving)) {
      sync(file, StandardOpenOption.WRITE);
    }
    syncDirectory(receiving);
    delete(received);
    Files.move(receiving, received, StandardCopyOption.ATOMIC_MOVE);
    syncDirectory(received.getParent());
  }

  /** Returns whether there is a whole received copy, which has not replaced the store yet. */
  boolean hasReceived() {
    return Files.exists(received);
  }

  /** Puts a whole received copy in the store's place, if there is one. The store must be closed. */
  void finishInstall() throws IOException {
    if (hasReceived()) {
      delete(engine);
      Files.move(received, engine, StandardCopyOption.ATOMIC_MOVE);
      syncDirectory(engine.getParent());
    }
  }

  /**
   * Deletes the log of Raft if it ends before an entry of the store. After a crash it can: the store
   * was received from the leader, and Ratis had not yet replaced its log. Ratis would refuse the next
   * entry then, because of the gap.
   *
   * @param applied the last entry in the store, which is durable
   */
  static void deleteOldLog(RaftStorage storage, long applied) throws IOException {
    List<LogSegmentPath> segments = LogSegmentPath.getLogSegmentPaths(storage);
    long last = -1;
    for (int i = segments.size() - 1; i >= 0 && last < 0; i--) {
      last = lastEntry(segments.get(i));
    }
    if (last < applied) {
      for (LogSegmentPath segment : segments) {
        Files.delete(segment.getPath());
      }
      syncDirectory(storage.getStorageDir().getCurrentDir().toPath());
    }
  }

  /** Returns the index of the last entry of a segment; -1 if it has none. */
  private static long lastEntry(LogSegmentPath segment) throws IOException {
    long[] last = {-1};
    LogSegment.readSegmentFile(
        segment.getPath().toFile(),
        segment.getStartEnd(),
        Properties.MOST_ENTRY,
        RaftServerConfigKeys.Log.CorruptionPolicy.WARN_AND_RETURN,
        null,
        entry -> last[0] = entry.getIndex());
    return last[0];
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  /** Makes the content of a file durable. */
  static void sync(Path file, StandardOpenOption option) throws IOException {
    try (FileChannel channel = FileChannel.open(file, option)) {
      channel.force(true);
    }
  }

  /** Makes the names in a folder durable. */
  static void syncDirectory(Path folder) throws IOException {
    try {
      sync(folder, StandardOpenOption.READ);
    } catch (java.nio.file.AccessDeniedException e) {
      // Windows has no fsync of directories.
    }
  }

  /** Deletes a folder and everything in it, if it exists. */
  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
