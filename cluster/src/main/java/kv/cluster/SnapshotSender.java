/*
 * WHAT THIS FILE IS
 *
 * The files of a shard for a node that needs entries older than the log. The node asks for them over
 * the connection that Ratis has already, in questions that only this class understands:
 *
 *     question                          answer
 *     02 'B' id                         term, index, then for each file its name and length
 *     02 'R' id, name, offset (8)       up to PIECE bytes of the file from the offset on
 *     02 'E' id                         nothing: the node has all, or gives up
 *
 * The node chooses the id, a random number, and asks again if an answer does not come in time. A copy
 * is made once for an id.
 *
 * A copy is a folder of hard links to the engine's segments, made in O(files) time. A name in a
 * question is looked up in the list of the copy, and is never a path.
 *
 * A copy keeps files on the disk that the engine has merged since. So it is deleted when there was no
 * question for it for a minute or two: the node that read it has died.
 */
package kv.cluster;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends copies of a shard's store to other nodes. */
final class SnapshotSender {
  /** The most bytes of a file in an answer. */
  static final int PIECE = 1 << 20;

  /** The first byte of a question. */
  static final byte MARK = 2;

  static final char BEGIN = 'B';
  static final char READ = 'R';
  static final char END = 'E';

  /** Time without a question after which a copy is deleted, by default. */
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private static final Logger LOGGER = LoggerFactory.getLogger(SnapshotSender.class);

  private final Path folder;
  private final long idleNanos;
  private final Executor later;
  private final Map<Long, Copy> copies = new HashMap<>();

  /** A copy that a node reads. */
  private static final class Copy {
    final Path folder;
    final TermIndex last;
    final Map<String, Path> files = new HashMap<>();
    long usedAt = System.nanoTime();

    Copy(Path folder, TermIndex last) throws IOException {
      this.folder = folder;
      this.last = last;
      try (Stream<Path> all = Files.list(folder)) {
        all.forEach(file -> files.put(file.getFileName().toString(), file));
      }
    }
  }

  /** Makes a copy of the store in a new folder; returns the last entry in it. */
  interface Copier {
    TermIndex copyTo(Path folder) throws IOException;
  }

  /** Keeps copies in a folder, which is created when it is needed. */
  SnapshotSender(Path folder) {
    this(folder, IDLE_NANOS, CompletableFuture.delayedExecutor(IDLE_NANOS, TimeUnit.NANOSECONDS));
  }

  /**
   * Keeps copies in a folder, with a clock of its own.
   *
   * @param idleNanos time without a question after which a copy is deleted
   * @param later runs a task when that time is over
   */
  SnapshotSender(Path folder, long idleNanos, Executor later) {
    this.folder = folder;
    this.idleNanos = idleNanos;
    this.later = later;
  }

  /** Answers a question. */
  synchronized ByteString answer(ByteString question, Copier copier) throws IOException {
    DataInputStream in = new DataInputStream(question.newInput());
    if (in.readByte() != MARK) {
      throw new IOException("not a question for files");
    }
    return switch ((char) in.readByte()) {
      case BEGIN -> begin(in.readLong(), copier);
      case READ -> read(copy(in.readLong()), in.readUTF(), in.readLong());
      case END -> end(in.readLong());
      default -> throw new IOException("not a question for files");
    };
  }

  private Copy copy(long id) throws IOException {
    Copy copy = copies.get(id);
    if (copy == null) {
      throw new IOException("the copy " + id + " is gone: begin again");
    }
    copy.usedAt = System.nanoTime();
    return copy;
  }

  private ByteString begin(long id, Copier copier) throws IOException {
    Copy copy = copies.containsKey(id) ? copy(id) : make(id, copier);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeLong(copy.last.getTerm());
    out.writeLong(copy.last.getIndex());
    for (Map.Entry<String, Path> file : copy.files.entrySet()) {
      out.writeUTF(file.getKey());
      out.writeLong(Files.size(file.getValue()));
    }
    return ByteString.copyFrom(bytes.toByteArray());
  }

  private Copy make(long id, Copier copier) throws IOException {
    Path its = Files.createDirectories(folder).resolve(String.valueOf(id));
    try {
      Copy copy = new Copy(its, copier.copyTo(its));
      copies.put(id, copy);
      later.execute(() -> deleteIfIdle(id));
      return copy;
    } catch (IOException | RuntimeException | Error e) {
      ShardFiles.delete(its);
      throw e;
    }
  }

  private static ByteString read(Copy copy, String name, long offset) throws IOException {
    Path file = copy.files.get(name);
    if (file == null) {
      throw new IOException("the copy has no file " + name);
    }
    try (FileChannel channel = FileChannel.open(file)) {
      int length = (int) Math.min(PIECE, Math.max(0, channel.size() - offset));
      ByteBuffer piece = ByteBuffer.allocate(length);
      while (piece.hasRemaining() && channel.read(piece, offset + piece.position()) >= 0) {
        // Reads on.
      }
      return UnsafeByteOperations.unsafeWrap(piece.flip());
    }
  }

  private ByteString end(long id) throws IOException {
    Copy copy = copies.remove(id);
    if (copy != null) {
      ShardFiles.delete(copy.folder);
    }
    return ByteString.EMPTY;
  }

  /** Deletes a copy, or looks at it again later. */
  private synchronized void deleteIfIdle(long id) {
    Copy copy = copies.get(id);
    if (copy == null) {
      return;
    }
    if (System.nanoTime() - copy.usedAt < idleNanos) {
      later.execute(() -> deleteIfIdle(id));
      return;
    }
    try {
      end(id);
    } catch (IOException | UncheckedIOException e) {
      LOGGER.warn("could not delete {}: it is deleted at the next start", copy.folder, e);
    }
  }

  /** Returns a question for files. A name and an offset are for {@link #READ} only. */
  static ByteString question(char kind, long id, String name, long offset) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(MARK);
      out.writeByte(kind);
      out.writeLong(id);
      if (kind == READ) {
        out.writeUTF(name);
        out.writeLong(offset);
      }
    } catch (IOException e) {
      throw new AssertionError("an array accepts all bytes", e);
    }
    return ByteString.copyFrom(bytes.toByteArray());
  }
}
