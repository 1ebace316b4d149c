/*
 * WHAT THIS FILE IS
 *
 * Allows one writer. Two stores that append to one log would overwrite each other's records, since
 * each writes at the offset that it takes for the end. So an open store holds a lock on its
 * directory: the operating system's lock on a file named LOCK, which ends with the process, however
 * it dies. The file itself stays: if a closing store deleted it, a second process could lock the
 * deleted file while a third creates and locks a new one. A line of text in LOCK asks people not to
 * delete it either.
 *
 * The lock excludes other processes, but not this one. POSIX locks belong to the process, not to
 * the open file, and close() on *any* descriptor of a file releases all of the process's locks on
 * it. So a second open in this process must be refused before it opens LOCK. Otherwise its failure
 * would close LOCK and unlock the first store.
 *
 *     open A  ->  LOCK opened, locked
 *     open A  ->  LOCK opened, found locked, closed     <- the naive way: now no store holds a lock
 *
 * The lock belongs to an open file, but the store's files are opened by path. While a store is
 * open, its directory can be moved, and another directory can take its place. From then on the
 * path leads to another store's files. So before a store uses the path, it checks that the path
 * still leads to the directory and the LOCK that were locked. The operating system identifies a
 * file by a key, on Unix the numbers of the device and of the inode.
 *
 * THE LAST SEGMENT
 *
 * LOCK has a second line. If a directory's newest files are missing, the other files may not show
 * it (see Listing), but LOCK can:
 *
 *     The lock of a key-value store. Do not delete it: two stores could then write to one log.
 *     The last segment is 000000003 or a later one.
 *
 * An open and a close write the number of the last segment, whose name is durable by then. Numbers
 * only grow, so the line remains true. It may be out of date, and is not fsynced. (If each new
 * segment were written there, the line could be false in copies: a program that copies the files
 * of an open store lists them first, and may copy LOCK later.)
 *
 * INVARIANTS
 *
 * At most one DirectoryLock is held for a directory, in all processes of this machine.
 *
 * NOT HERE, AND WHY
 *
 * Several class loaders. The set of directories that this process has locked is a static field,
 * and each class loader that loads this class has its own. Java itself refuses a second lock by
 * another class loader. But nothing is safe while one of them closes and another opens.
 *
 * Noticing at once that the directory was moved or LOCK deleted. A put writes to the open file,
 * wherever its directory is, and does not use the path. If LOCK is deleted, a second store can be
 * opened, and both append to one log until one of them uses the path.
 *
 * Network file systems: whether a lock excludes other machines depends on the file system.
 */
package kv.engine;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The exclusive right to use a directory. */
final class DirectoryLock implements Closeable {
  /** The locked file in the store's directory. Created once, never deleted. */
  static final String FILE_NAME = "LOCK";

  /** First line of LOCK, for people who find the file. */
  private static final String FIRST_LINE =
      "The lock of a key-value store. Do not delete it: two stores could then write to one log.\n";

  /** Second line, with the number of a segment. */
  private static final String SECOND_LINE = "The last segment is %09d or a later one.\n";

  private static final Pattern CONTENT =
      Pattern.compile(Pattern.quote(FIRST_LINE) + SECOND_LINE.replace("%09d", "(\\d{9})"));

  /** Maximum number of bytes of LOCK that are read: more than the two lines have. */
  private static final int READ_SIZE = 2 * FIRST_LINE.length();

  /** Real paths of the directories that this class has locked. */
  private static final Set<Path> LOCKED = ConcurrentHashMap.newKeySet();

  /** Channels that must not be closed, by the file that they failed to lock: see {@link #lock}. */
  static final Map<Path, FileChannel> KEPT_OPEN = new ConcurrentHashMap<>();

  private final Path directory;
  private final Path real;
  private final FileChannel channel;

  /** Keys of the directory and of LOCK when LOCK was locked. */
  private final List<Object> keys;

  private DirectoryLock(Path directory, Path real, FileChannel channel) throws IOException {
    this.directory = directory;
    this.real = real;
    this.channel = channel;
    this.keys = keys(directory);
  }

  // ======== Opening ========

  /**
   * Locks an existing directory.
   *
   * @throws IOException naming the directory, if a store has it open in this or another process; or
   *     naming LOCK, if LOCK is not a regular file
   */
  static synchronized DirectoryLock acquire(Path directory) throws IOException {
    // The real path, because one directory can be reached by many names.
    Path real = directory.toRealPath();
    if (!LOCKED.add(real)) {
      throw openHere(directory);
    }
    try {
      return lock(directory, real);
    } catch (Throwable e) {
      LOCKED.remove(real);
      throw e;
    }
  }

  private static DirectoryLock lock(Path directory, Path real) throws IOException {
    Path file = real.resolve(FILE_NAME);
    // Opening a pipe would wait for a program at its other end.
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file)) {
      throw new IOException(
          file + " is not a regular file: move it away, or open another directory");
    }
    FileChannel channel = KEPT_OPEN.remove(file);
    if (channel == null) {
      channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }
    try {
      if (channel.tryLock() == null) {
        throw new IOException(
            "the store in " + directory + " is open in another process: close it there first");
      }
      return new DirectoryLock(directory, real, channel);
    } catch (OverlappingFileLockException e) {
      // This process has the lock: this class was loaded twice, or a store of one of the steps is
      // open. Closing the channel would unlock that store.
      KEPT_OPEN.put(file, channel);
      throw openHere(directory);
    } catch (Throwable e) {
      channel.close();
      throw e;
    }
  }

  private static IOException openHere(Path directory) {
    return new IOException(
        "the store in " + directory + " is already open in this process: close it first");
  }

  /**
   * Checks that the directory's path still leads to the directory that was locked, and to its LOCK.
   * Must be called before a file of the store is opened, created, renamed or deleted by path.
   * Checks nothing on Windows, where files have no keys and a directory with an open file cannot be
   * moved.
   *
   * @throws IOException naming the directory, if it or its LOCK was moved or deleted
   */
  void requireInPlace() throws IOException {
    NoSuchFileException missing = null;
    try {
      if (keys.equals(keys(directory))) {
        return;
      }
    } catch (NoSuchFileException e) {
      missing = e;
    }
    throw new IOException(
        directory
            + " is no longer the directory that this store locked, or its LOCK was deleted:"
            + " close the store, move the directory back if it was moved, and open it again",
        missing);
  }

  /** Returns the file keys (inodes) of the directory and of LOCK; nulls where there are none. */
  private static List<Object> keys(Path directory) throws IOException {
    return Arrays.asList(key(directory), key(directory.resolve(FILE_NAME)));
  }

  private static Object key(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }

  /**
   * Writes the number of the last segment to LOCK, if that is possible. Requires: the segment's
   * name is durable.
   */
  void noteLastSegment(int number) {
    byte[] bytes =
        (FIRST_LINE + String.format(Locale.ROOT, SECOND_LINE, number))
            .getBytes(StandardCharsets.US_ASCII);
    try {
      if (!Arrays.equals(read(channel), bytes)) {
        FailPoint.WRITE.hit(real.resolve(FILE_NAME));
        Uninterruptible.call(
            () -> {
              channel.write(ByteBuffer.wrap(bytes), 0);
              return channel.truncate(bytes.length);
            });
      }
    } catch (IOException | OutOfMemoryError e) {
      // The number is not required: a full disk, or a lack of threads, must not fail an open or a
      // close.
      Logs.LOGGER.log(System.Logger.Level.DEBUG, "could not write to LOCK in " + real, e);
    }
  }

  // ======== Reading ========

  /** Returns the number of the newest segment noted in LOCK, or 0. */
  int lastSegment() throws IOException {
    return lastSegment(read(channel));
  }

  /**
   * Returns the number of the newest segment noted in a directory's LOCK, or 0. For a read-only
   * store, which does not lock the directory. Returns 0 if this process has locked LOCK, which a
   * second descriptor would unlock when it is closed.
   */
  static synchronized int lastSegmentOf(Path real) {
    Path file = real.resolve(FILE_NAME);
    // Closing any descriptor of a locked file would unlock it.
    if (LOCKED.contains(real) || KEPT_OPEN.containsKey(file) || !Files.isRegularFile(file)) {
      return 0;
    }
    try (FileChannel channel =
        Uninterruptible.call(() -> FileChannel.open(file, StandardOpenOption.READ))) {
      return lastSegment(read(channel));
    } catch (IOException e) {
      // Windows cannot read a file that another process has locked.
      Logs.LOGGER.log(System.Logger.Level.DEBUG, "could not read " + file, e);
      return 0;
    }
  }

  private static int lastSegment(byte[] content) {
    Matcher matcher = CONTENT.matcher(new String(content, StandardCharsets.US_ASCII));
    return matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  /** Returns the content of LOCK, up to the maximum. */
  private static byte[] read(FileChannel channel) throws IOException {
    ByteBuffer content = ByteBuffer.allocate(READ_SIZE);
    Uninterruptible.call(() -> channel.read(content, 0));
    return Arrays.copyOf(content.array(), content.position());
  }

  // ======== Closing ========

  /** Unlocks the directory. Does not delete LOCK. */
  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      // After the close: another thread that finds the directory unlocked may open and close LOCK.
      LOCKED.remove(real);
    }
  }
}
