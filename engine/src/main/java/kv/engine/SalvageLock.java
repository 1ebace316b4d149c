/*
 * WHAT THIS FILE IS
 *
 * The lock of a salvage. A store that is open writes to its files, so a directory with an open
 * store is refused. LOCK need not be written for that: a shared lock is possible on a file that is
 * opened for reading, and stores request an exclusive one. The lock is held until the salvage is
 * complete, so that no store opens while it runs.
 */
package kv.engine;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Keeps stores out of a directory that is only read. */
final class SalvageLock implements Closeable {
  /** The number of the newest segment in LOCK. */
  private static final Pattern LAST_SEGMENT = Pattern.compile("last segment is (\\d{6,9})");

  /** Bytes of LOCK that are read. */
  private static final int READ_SIZE = 1024;

  /**
   * Channels of LOCK that must not be closed, because another store of this process holds the lock
   * that closing one would release: see DirectoryLock.
   */
  private static final Map<Path, FileChannel> KEPT_OPEN = new ConcurrentHashMap<>();

  /** The locked file, or null if there is none that can be read. */
  private final FileChannel channel;

  private SalvageLock(FileChannel channel) {
    this.channel = channel;
  }

  // ======== Opening ========

  /**
   * Locks a directory against stores, if it contains a LOCK.
   *
   * @param out receives a line if LOCK cannot be read
   * @throws IOException if a store has the directory open
   */
  static SalvageLock acquire(Path directory, Consumer<String> out) throws IOException {
    Path file = directory.resolve(DirectoryLock.FILE_NAME);
    if (!Files.isRegularFile(file)) {
      return new SalvageLock(null);
    }
    if (!Files.isReadable(file)) {
      out.accept("LOCK cannot be read: a store may have the directory open");
      return new SalvageLock(null);
    }
    FileChannel channel = KEPT_OPEN.remove(file);
    if (channel == null) {
      channel = FileChannel.open(file, StandardOpenOption.READ);
    }
    try {
      if (channel.tryLock(0, Long.MAX_VALUE, true) != null) {
        return new SalvageLock(channel);
      }
      channel.close();
    } catch (OverlappingFileLockException e) {
      KEPT_OPEN.put(file, channel);
    } catch (Throwable e) {
      channel.close();
      throw e;
    }
    throw new IOException("a store has " + directory + " open: close it first");
  }

  // ======== Reading ========

  /** Returns the number of a segment that existed, according to LOCK, or 0. */
  int lastSegment() throws IOException {
    ByteBuffer text = ByteBuffer.allocate(READ_SIZE);
    if (channel == null || channel.read(text, 0) <= 0) {
      return 0;
    }
    Matcher last =
        LAST_SEGMENT.matcher(
            new String(text.array(), 0, text.position(), StandardCharsets.ISO_8859_1));
    return last.find() ? Integer.parseInt(last.group(1)) : 0;
  }

  // ======== Closing ========

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }
}
