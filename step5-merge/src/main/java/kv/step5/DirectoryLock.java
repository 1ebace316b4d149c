/*
 * WHAT THIS FILE IS
 *
 * One writer. Two stores that append to one log would write over each other, each at the offset
 * that it takes for the end. So an open store holds a lock on its directory: the operating
 * system's lock on a file named LOCK, which is gone when the process is, however it died. The
 * file itself stays: if a closing store deleted it, a second process could lock the deleted file
 * while a third creates and locks a new one.
 *
 * That keeps other processes out, but not this one. POSIX locks belong to the process, not to
 * the open file, and close() on *any* descriptor of a file drops all of the process's locks on
 * it. A second open in this process must therefore be turned away before it opens LOCK: its own
 * failure would close LOCK, and with it unlock the first store.
 *
 *     open A  ->  LOCK opened, locked
 *     open A  ->  LOCK opened, found locked, closed     <- the naive way: now nobody has a lock
 *
 * THE DIRECTORY MOVES, OR LOCK IS DELETED
 *
 * The lock is on a file, not on a name. If the directory is renamed while a store has it open, and
 * another one is created under its old name, a second store can lock that. The first one would
 * then create its next file among the second one's. So a store asks before it creates or renames
 * a file: are the directory and LOCK under their names still the ones that were locked?
 *
 *     open  data          directory 17, LOCK 18, locked
 *     mv    data old      directory 17 has another name
 *     mkdir data          directory 23 has this one
 *     requireUnmoved      17 was locked, and 23 is found: IOException
 *
 * THE LAST SEGMENT
 *
 * Where a directory's newest files are missing, no other file says so: see Listing. LOCK can. An
 * open and a close write into it the number of the last segment that is durable by then, the name
 * too. Numbers only grow, so this is true for all time; and since it need not be the newest truth,
 * it is not fsynced. (If every new segment were noted, it would not be true of copies: who copies
 * the files of an open store has a list of them first, and copies LOCK later.)
 *
 *     A store locks this file while it is open. Do not delete it.
 *     The last segment is 000000003 or a later one.
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
 * Network file systems: whether a lock there holds on every machine is for the file system to say.
 */
package kv.step5;

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
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The right to use a directory, held by one open store. */
final class DirectoryLock implements Closeable {
  /** The file that is locked, in the store's directory. Created once, kept. */
  static final String FILE_NAME = "LOCK";

  /** The content of the file, for people who find it. */
  private static final String TEXT =
      "A store locks this file while it is open. Do not delete it.\n";

  /** The second line, with the number of a segment. */
  private static final String LAST = "The last segment is %09d or a later one.\n";

  private static final Pattern LAST_PATTERN =
      Pattern.compile(Pattern.quote(TEXT) + LAST.replace("%09d", "(\\d{9})"));

  /** The real paths of the directories that this class has locked. */
  private static final Set<Path> LOCKED = ConcurrentHashMap.newKeySet();

  /** Channels that must not be closed, by what they would have locked: see {@link #lock}. */
  static final Map<Path, FileChannel> KEPT_OPEN = new ConcurrentHashMap<>();

  private static final System.Logger LOGGER = System.getLogger(Store.class.getName());

  private final Path real;
  private final FileChannel channel;

  /** What tells the locked directory and its LOCK from others; null if the system has no such. */
  private final Object directoryKey;

  private final Object fileKey;

  private DirectoryLock(Path real, FileChannel channel) throws IOException {
    this.real = real;
    this.channel = channel;
    directoryKey = key(real);
    fileKey = key(real.resolve(FILE_NAME));
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
    FileChannel channel = null;
    try {
      channel = lock(real.resolve(FILE_NAME), directory);
      DirectoryLock lock = new DirectoryLock(real, channel);
      lock.write(TEXT, 0);
      return lock;
    } catch (Throwable e) {
      if (channel != null) {
        channel.close();
      }
      LOCKED.remove(real);
      throw e;
    }
  }

  private static FileChannel lock(Path file, Path directory) throws IOException {
    // To open a pipe would wait for a program at its other end.
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file)) {
      throw new IOException(file + " is not a regular file: move it away");
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
      return channel;
    } catch (OverlappingFileLockException e) {
      // The lock is this process's all the same: this class was loaded twice, or another step has
      // the directory open. To close the channel would be to unlock them.
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

  // ======== Writing ========

  /**
   * Writes a text to LOCK, if it is not there. It is a help and not needed: a disk that is full
   * keeps no store from being opened.
   */
  private void write(String text, int offset) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    try {
      Uninterruptible.call(
          () -> {
            ByteBuffer found = ByteBuffer.allocate(bytes.length);
            channel.read(found, offset);
            if (!Arrays.equals(found.array(), bytes)) {
              FailPoint.WRITE.hit(real.resolve(FILE_NAME));
              channel.write(ByteBuffer.wrap(bytes), offset);
            }
            return null;
          });
    } catch (IOException e) {
      LOGGER.log(System.Logger.Level.DEBUG, "could not write to " + FILE_NAME + " in " + real, e);
    }
  }

  /** Notes the number of the last segment, which must be durable. */
  void noteLastSegment(int number) {
    write(String.format(Locale.ROOT, LAST, number), TEXT.length());
  }

  /**
   * Checks that the directory, and LOCK in it, are still found under their names. Two look-ups: for
   * a store that is about to create or rename a file.
   *
   * @throws IOException naming the directory, if it was moved, or if LOCK was
   */
  void requireUnmoved() throws IOException {
    boolean unmoved =
        Objects.equals(directoryKey, key(real))
            && Objects.equals(fileKey, key(real.resolve(FILE_NAME)));
    if (!unmoved) {
      throw new IOException(
          real
              + " is not the directory that this store has locked: it was moved, or the file LOCK in"
              + " it was deleted, while the store was open (close the store, and open it where its"
              + " files are)");
    }
  }

  /** What identifies a file or a directory under whatever name; null if it does not exist. */
  private static Object key(Path path) throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  // ======== Reading ========

  /** Returns the number of a segment that was in this directory once, or 0 if none is known. */
  int lastSegment() throws IOException {
    ByteBuffer found = ByteBuffer.allocate(TEXT.length() + LAST.length() + 9);
    Uninterruptible.call(() -> channel.read(found, 0));
    String text = new String(found.array(), 0, found.position(), StandardCharsets.US_ASCII);
    Matcher matcher = LAST_PATTERN.matcher(text);
    return matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
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
