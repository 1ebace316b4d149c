/*
 * WHAT THIS FILE IS
 *
 * One writer. Two stores that append to one log would write over each other, each at the offset
 * that it takes for the end. So an open store holds a lock on its directory: the operating
 * system's lock on a file named LOCK, which is gone when the process is, however it died. The
 * file itself stays: if a closing store deleted it, a second process could lock the deleted file
 * while a third creates and locks a new one. A line of text in LOCK asks people not to delete it
 * either.
 *
 * That keeps other processes out, but not this one. POSIX locks belong to the process, not to
 * the open file, and close() on *any* descriptor of a file drops all of the process's locks on
 * it. A second open in this process must therefore be turned away before it opens LOCK: its own
 * failure would close LOCK, and with it unlock the first store.
 *
 *     open A  ->  LOCK opened, locked
 *     open A  ->  LOCK opened, found locked, closed     <- the naive way: now nobody has a lock
 *
 * The lock belongs to an open file, and the store's files are found by their path. While a store is
 * open, its directory can be moved away and another one can take its place. From then on the path
 * leads to another store's files. So a store that is about to use the path checks first that it
 * still leads to the directory and the LOCK that were locked. The operating system tells one file
 * from another by a key, on Unix the numbers of the device and of the inode.
 *
 * THE LAST SEGMENT
 *
 * LOCK has a second line. Where a directory's newest files are missing, no other file says so (see
 * Listing), but LOCK can:
 *
 *     The lock of a key-value store. Do not delete it: two stores could then write to one log.
 *     The last segment is 000000003 or a later one.
 *
 * An open and a close note the number of the last segment, whose name is durable by then. Numbers
 * only grow, so the line stays true. It need not be the newest truth, and is not fsynced. (If each
 * new segment were noted, the line would not be true of copies: a program that copies the files of
 * an open store lists them first, and may copy LOCK later.)
 *
 * INVARIANTS
 *
 * At most one DirectoryLock is held for a directory, over all processes of this machine.
 *
 * NOT HERE, AND WHY
 *
 * Several class loaders. The set of what this process has locked is a static field, and each class
 * loader that loads this class has its own. An open by another one is still refused, since Java
 * knows of the lock; but nothing is safe while one of them closes and another opens.
 *
 * Noticing at once that the directory was moved or LOCK deleted. A put goes to the open file,
 * wherever its directory is by now, and does not look at the path. Where LOCK is deleted, a second
 * store can be opened, and both append to one log until one of them uses the path.
 *
 * Network file systems: whether a lock there holds on every machine is for the file system to say.
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

/** The right to use a directory, held by one open store. */
final class DirectoryLock implements Closeable {
  /** The file that is locked, in the store's directory. Created once, kept. */
  static final String FILE_NAME = "LOCK";

  /** The first line of LOCK, for people: the lock needs no byte of it. */
  private static final String TEXT =
      "The lock of a key-value store. Do not delete it: two stores could then write to one log.\n";

  /** The second line, with the number of a segment. */
  private static final String LAST = "The last segment is %09d or a later one.\n";

  private static final Pattern LAST_PATTERN =
      Pattern.compile(Pattern.quote(TEXT) + LAST.replace("%09d", "(\\d{9})"));

  private static final System.Logger LOGGER = System.getLogger(Store.class.getName());

  /** The real paths of the directories that this class has locked. */
  private static final Set<Path> LOCKED = ConcurrentHashMap.newKeySet();

  /** Channels that must not be closed, by what they would have locked: see {@link #lock}. */
  static final Map<Path, FileChannel> KEPT_OPEN = new ConcurrentHashMap<>();

  private final Path directory;
  private final Path real;
  private final FileChannel channel;

  /** The keys of the directory and of LOCK, as they were when LOCK was locked. */
  private final List<Object> keys;

  private DirectoryLock(Path directory, Path real, FileChannel channel) throws IOException {
    this.directory = directory;
    this.real = real;
    this.channel = channel;
    this.keys = keys(directory);
  }

  // ======== Opening ========

  /**
   * Locks a directory, which must exist.
   *
   * @throws IOException naming the directory, if a store has it open, here or in another process;
   *     or naming LOCK, if that is not a regular file
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
    // To open a pipe would be to wait for a program that opens its other end.
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
            "the store in " + directory + " is open in another process: only one may use it");
      }
      return new DirectoryLock(directory, real, channel);
    } catch (OverlappingFileLockException e) {
      // The lock is this process's all the same: this class was loaded twice, or one of the steps
      // has the directory open. To close the channel would be to unlock them.
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
   * To be called before a file of the store is opened, created, renamed or deleted by its path.
   * Notices nothing on Windows, where files have no keys; a directory with an open file cannot be
   * moved there.
   *
   * @throws IOException naming the directory, if it was moved or deleted, or its LOCK was
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
            + " is no longer the directory that this store has locked, or its LOCK was deleted:"
            + " close the store, move the directory back if it was moved, and open it again",
        missing);
  }

  /** The keys of the directory and of its LOCK; nulls where files have no keys. */
  private static List<Object> keys(Path directory) throws IOException {
    return Arrays.asList(key(directory), key(directory.resolve(FILE_NAME)));
  }

  private static Object key(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }

  /** Notes the number of the last segment, whose name must be durable. */
  void noteLastSegment(int number) {
    byte[] bytes =
        (TEXT + String.format(Locale.ROOT, LAST, number)).getBytes(StandardCharsets.US_ASCII);
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
      // A help, and not needed: a full disk, or the lack of a thread, must not fail an open or a
      // close.
      LOGGER.log(System.Logger.Level.DEBUG, "could not write to LOCK in " + real, e);
    }
  }

  // ======== Reading ========

  /** Returns the number of a segment that the directory has had, or 0 if none is known. */
  int lastSegment() throws IOException {
    return lastSegment(read(channel));
  }

  /**
   * Returns the number of a segment that a directory has had, or 0 if none is known: for a store
   * that does not lock the directory. Reads LOCK, unless this process has locked it.
   */
  static synchronized int lastSegmentOf(Path real) {
    Path file = real.resolve(FILE_NAME);
    // To close any descriptor of a locked file would be to unlock it.
    if (LOCKED.contains(real) || KEPT_OPEN.containsKey(file) || !Files.isRegularFile(file)) {
      return 0;
    }
    try (FileChannel channel =
        Uninterruptible.call(() -> FileChannel.open(file, StandardOpenOption.READ))) {
      return lastSegment(read(channel));
    } catch (IOException e) {
      // Windows does not read what another process has locked.
      LOGGER.log(System.Logger.Level.DEBUG, "could not read " + file, e);
      return 0;
    }
  }

  private static int lastSegment(byte[] content) {
    Matcher matcher = LAST_PATTERN.matcher(new String(content, StandardCharsets.US_ASCII));
    return matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  /** Returns the content of LOCK, or as much as it may have. */
  private static byte[] read(FileChannel channel) throws IOException {
    ByteBuffer content = ByteBuffer.allocate(2 * TEXT.length());
    Uninterruptible.call(() -> channel.read(content, 0));
    return Arrays.copyOf(content.array(), content.position());
  }

  // ======== Closing ========

  /** Gives the directory free. The file stays. */
  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      // Only now: whoever finds the directory free here may open LOCK and close it again.
      LOCKED.remove(real);
    }
  }
}
