/*
 * WHAT THIS FILE IS
 *
 * The log: a sequence of segments, of which the last is written to. To the store it is what it was
 * in all steps, one sequence of records with an end. That it is in many files is seen here, by
 * merges, and by whoever opens it.
 *
 * COMPARED WITH STEP 5
 *
 * A segment knows more than a file of step 5 (see Segment). Here is which segment, and when the
 * next.
 *
 * PICTURE
 *
 *     000001-000003.1.data      000004-000004.0.data      000005-000005.0.data
 *     | ... | seal |            | ... | seal |            | ... | 000000
 *       sealed                    sealed                    active
 *
 * ROTATION
 *
 * When a record does not fit, the active segment n is sealed, and n+1 begun. The order matters:
 *
 *     fsync n, seal it, fsync it    n is durable, and whole
 *     create n+1, fsync it, and fsync the directory
 *     append to n+1
 *
 * So if n+1 exists, all before it is durable: only the last segment can be torn, and to sync the
 * log is to sync the active segment. A crash leaves n torn, or n sealed and no n+1, or n+1 empty.
 *
 * WHAT CAN FAIL, AND WHAT FOLLOWS
 *
 *     a full disk, no descriptor: space for a record or     the call fails, and nothing has changed
 *     for the seal, or the file of the next segment
 *     the directory was moved or replaced                   the same, until it is back in its place
 *     an fsync, the name of a new segment                   the log cannot be written any longer
 *     a mapped page that is gone                            the same
 *
 * A log that cannot be written can still be read. What is in memory then may be more than what the
 * disk has, so nothing is acknowledged again (I12), and the next open decides.
 *
 * LOCATIONS
 *
 * A record's place is one number, so that the keydir can change it in one store: the segment's
 * number in memory, times 2^32, plus the offset. Segments get these numbers as they come, merged
 * ones too, and none twice: a location never means another record later.
 *
 * ACCOUNTING
 *
 * For each segment, how many bytes of it are live. A put adds, whatever takes a record's place
 * subtracts, and what is not live is dead. It is exact: merges rely on a segment without dead
 * bytes having none (I8), so this is done under the lock, with what it counts.
 *
 * INVARIANTS
 *
 * I1   The order of the log is the truth: a key's state is its last record.
 * I3   Sealed segments never change; only the last may be unsealed.
 * I6   What was acknowledged with a sync is durable, bytes and directory entry both.
 * I12  After a failed fsync nothing is acknowledged again.
 */
package kv.engine;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The records of a store, in the order in which they were written. The log is its own lock for
 * appending: whoever changes it, or the keydir, holds its monitor, and so does whoever calls a
 * method that does not say otherwise. Readers do not.
 */
final class Log implements KeyDir.Records {
  private static final VarHandle POSITION;

  static {
    try {
      POSITION = MethodHandles.lookup().findVarHandle(Log.class, "position", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** While a merge runs, the log may grow to so many times its live bytes; then writers wait. */
  private static final int MAX_SPACE = 3;

  /** Or to so many segments, if that is more. */
  private static final int MIN_SPACE = 4;

  /** Dropped bytes after which the garbage collector is asked to unmap them. */
  private static final long MAX_DROPPED_BYTES = 256 << 20;

  /** How often, and how long at a time, a merge on a full disk waits for space to be given back. */
  private static final int MAX_WAITS = 5;

  private static final long WAIT_MILLIS = 50;

  private static final System.Logger LOGGER = System.getLogger(Store.class.getName());

  private final DirectoryHandle directory;
  private final Options options;

  /** How this log becomes durable. */
  private final GroupCommit commit = new GroupCommit(this);

  /** The segments by their number in memory; null where a merge has dropped one. */
  private volatile Segment[] byId = new Segment[16];

  /** From 1, so that no location is as small as what the keydir marks its slots with. */
  private int nextId = 1;

  /** The sealed segments, in log order. The list is never changed, but replaced. */
  private List<Segment> sealed = List.of();

  /** How often the list was replaced. */
  private int changes;

  /** Space for deletes and merges on a full disk; null if the store is only read. */
  private final Ballast ballast;

  /** The segment that is written to, if there is one. */
  private volatile Segment active;

  /** The number of the next segment. */
  private int nextNumber = 1;

  /**
   * How many bytes were appended since the store was opened, over all segments. Written after
   * {@link #active}, and so that whoever reads it, reads that or a later one: then the leader of a
   * group commit needs no lock.
   */
  @SuppressWarnings("unused") // by name, in POSITION
  private long position;

  /** Bytes of live records, in all segments. */
  private long liveBytes;

  /** Bytes of all records in sealed segments, and of the dead ones there: what merges look at. */
  private long sealedBytes;

  private long sealedDeadBytes;

  /** What the running merge needs for its output, in bytes; negative if none is running. */
  private long mergeNeeds = -1;

  /** Bytes that were dropped since the garbage collector was asked last. */
  private long droppedBytes;

  /** Why this log cannot be used any more, or null. */
  private volatile Throwable failure;

  /** Whether the store is closed, or about to be. */
  private volatile boolean closed;

  Log(DirectoryHandle directory, Options options) {
    this.directory = directory;
    this.options = options;
    ballast = options.readOnly() ? null : new Ballast(directory, options.segmentSize());
  }

  // ======== Opening ========

  /** Adds a segment that is there already, behind those that were added before. */
  Segment addFound(SegmentName name) throws IOException {
    Segment segment = Segment.open(nextId, name, directory.path());
    register(segment);
    setSealed(with(sealed, sealed.size(), segment));
    nextNumber = name.last() + 1;
    return segment;
  }

  /** Counts what was found, once the segments know where they end. */
  void countFound() {
    for (Segment segment : sealed) {
      sealedBytes += segment.size();
      // What is live was subtracted as it was found, and so this was negative until here.
      sealedDeadBytes += segment.size();
    }
  }

  /** Makes a segment known by its number in memory, which is the next one. */
  private void register(Segment segment) {
    if (nextId == byId.length) {
      byId = Arrays.copyOf(byId, 2 * nextId);
    }
    byId[nextId++] = segment;
  }

  // ======== Writing ========

  /** What makes this log durable. Called without the lock. */
  GroupCommit commit() {
    return commit;
  }

  /**
   * Makes room for a record of so many bytes, in this segment or the next. May let go of the lock
   * in between, to wait for a merge: after this, and not before, look at the keydir.
   *
   * @throws IOException if the disk is full, and nothing is lost; or if it failed
   */
  void makeRoom(int length) throws IOException {
    requireOpen();
    while (active == null || !active.hasRoomFor(length)) {
      if (mergeIsBehind()) {
        // Without this wait, puts that outrun a merge fill up the disk.
        Uninterruptible.await(this, () -> closed || failure != null || !mergeIsBehind());
      } else {
        sealActive();
        create(FileHeader.SIZE + length + Record.SEAL_SIZE);
      }
      requireOpen();
    }
    cleanActive();
  }

  /** Tells whether one more segment would be too much until the running merge has deleted some. */
  private boolean mergeIsBehind() {
    long segmentSize = options.segmentSize();
    return mergeNeeds >= 0
        && sealedBytes + activeBytes() + mergeNeeds + segmentSize
            > Math.max(MAX_SPACE * liveBytes, MIN_SPACE * segmentSize);
  }

  /** Begins a segment before there is a record for it. On return its name is durable. */
  void beginSegment() throws IOException {
    create(FileHeader.SIZE + Record.SEAL_SIZE);
  }

  /** Begins a segment that has room for so many bytes. */
  private void create(int atLeast) throws IOException {
    directory.requireInPlace();
    SegmentName name = SegmentName.fresh(nextNumber).requireReadable();
    int capacity = Math.max(options.segmentSize(), atLeast);
    Segment segment;
    try {
      segment = directory.open(() -> Segment.create(nextId, name, directory.path(), capacity));
    } catch (IOException e) {
      unmapDropped();
      throw e;
    }
    try {
      // CRASH HERE: a file without a record, which is not missed, and not minded.
      segment.sync();
      directory.sync();
      requireInPlace(segment);
    } catch (Throwable e) {
      fail(e);
      segment.close();
      throw e;
    }
    register(segment);
    nextNumber++;
    active = segment;
  }

  /** Checks once more, since the directory may have been moved before the segment was created. */
  private void requireInPlace(Segment segment) throws IOException {
    try {
      directory.requireInPlace();
    } catch (IOException e) {
      // It is in the directory that took the place.
      Files.deleteIfExists(segment.file());
      throw e;
    }
  }

  /**
   * Appends a record, for which there is room. On return it is the operating system's: it survives
   * {@code kill -9}, and it survives power loss only after a sync. Returns where the record is.
   *
   * @throws IOException if the disk is full, and nothing has changed
   */
  long append(ByteBuffer record) throws IOException {
    long start = position();
    if (commit.covers(start)) {
      Record.setSyncMark(record);
    }
    try {
      if (record.get(0) == Record.PUT && active.needsSpaceFor(record.limit())) {
        fillBallast();
      }
      active.prepare(record);
      long location = location(active, active.append(record));
      POSITION.setRelease(this, start + record.limit());
      return location;
    } catch (IOException e) {
      unmapDropped();
      throw e;
    } catch (Throwable e) {
      fail(e);
      throw e;
    }
  }

  /** Lets the ballast shrink with the log. */
  void trimBallast() throws IOException {
    ballast.trim(sealedBytes + activeBytes());
  }

  /** Takes some space from the ballast for a tombstone: false if there is none for that. */
  boolean releaseBallast() throws IOException {
    return ballast.release(sealedBytes + activeBytes());
  }

  /** Fills the ballast up, so that a put does not take the space that is kept for deletes. */
  void fillBallast() throws IOException {
    ballast.fill(sealedBytes + activeBytes());
  }

  /** How many bytes were appended since the store was opened. May be called without the lock. */
  long position() {
    return (long) POSITION.getAcquire(this);
  }

  /** Makes the active segment durable, and with it the log. Called without the lock. */
  void syncActive() throws IOException {
    Segment segment = active;
    if (segment != null) {
      segment.sync();
    }
  }

  /**
   * Seals the active segment, if there is one. On return all of the log is durable.
   *
   * @throws IOException if the disk is full, and nothing has changed; or if it failed
   */
  void sealActive() throws IOException {
    if (active == null) {
      return;
    }
    cleanActive();
    // The seal says that all before it is durable.
    syncOrFail(active);
    try {
      active.appendSeal();
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      fail(e);
      throw e;
    }
    try {
      active.finish();
      setSealed(with(sealed, sealed.size(), active));
      sealedBytes += active.size();
      sealedDeadBytes += active.deadBytes();
      active = null;
      commit.advance(position());
    } catch (Throwable e) {
      fail(e);
      throw e;
    }
  }

  /** Takes away what a write that failed has left behind, before anything is written there. */
  private void cleanActive() throws IOException {
    if (active.isLittered()) {
      active.clean();
      syncOrFail(active);
    }
  }

  /** Makes a segment durable. If that fails, the log cannot be used any longer (I12). */
  private void syncOrFail(Segment segment) throws IOException {
    try {
      segment.sync();
    } catch (Throwable e) {
      fail(e);
      throw e;
    }
  }

  /**
   * Follows a record in the accounting.
   *
   * @param length bytes of a put, which is live now; 0 for a tombstone
   * @param before the location of the record in whose place it is, or {@link KeyDir#NONE}
   */
  void account(long location, int length, long before) {
    addLive(byId[id(location)], length);
    if (before != KeyDir.NONE) {
      Segment segment = byId[id(before)];
      addLive(segment, -segment.recordLength(offset(before)));
    }
  }

  /** Counts bytes as live in a segment, or as dead if there are fewer than none. */
  private void addLive(Segment segment, int length) {
    segment.addLive(length);
    liveBytes += length;
    if (segment != active) {
      sealedDeadBytes -= length;
    }
  }

  // ======== Reading ========

  private static long location(Segment segment, int offset) {
    return location(segment.id(), offset);
  }

  /** The number that says where a record is. */
  static long location(int id, int offset) {
    return (long) id << 32 | offset;
  }

  /** The number in memory of a location's segment. */
  static int id(long location) {
    return (int) (location >>> 32);
  }

  /** A location's offset in its segment. */
  static int offset(long location) {
    return (int) location;
  }

  /** The segment of a location. Called without the lock, by readers. */
  private Segment segment(long location) throws KeyDir.DroppedException {
    Segment segment = byId[id(location)];
    if (segment == null) {
      throw new KeyDir.DroppedException();
    }
    return segment;
  }

  @Override
  public byte[] read(long location, byte[] key) throws IOException, KeyDir.DroppedException {
    return segment(location).read(offset(location), key);
  }

  @Override
  public boolean isOf(long location, byte[] key) throws IOException, KeyDir.DroppedException {
    return segment(location).isOf(offset(location), key);
  }

  /** The sealed segments, in log order. */
  List<Segment> sealed() {
    return sealed;
  }

  /** The sealed segments that no other covers: while a merge ends, its output and its inputs are in
   * the list. */
  List<Segment> uncovered() {
    return sealed.stream()
        .filter(s -> sealed.stream().noneMatch(other -> other.name().covers(s.name())))
        .toList();
  }

  /** All segments, in log order. */
  List<Segment> segments() {
    return active == null ? sealed : with(sealed, sealed.size(), active);
  }

  /** Bytes of all records that a get can return. */
  long liveBytes() {
    return liveBytes;
  }

  /** Bytes of all other records. */
  long deadBytes() {
    return sealedBytes + activeBytes() - liveBytes;
  }

  private long activeBytes() {
    return active == null ? 0 : active.size();
  }

  /** Bytes of all records in sealed segments. */
  long sealedBytes() {
    return sealedBytes;
  }

  /** Bytes of the dead records in sealed segments. */
  long sealedDeadBytes() {
    return sealedDeadBytes;
  }

  /** The number of the last segment, or 0 if there is none. */
  int lastNumber() {
    return nextNumber - 1;
  }

  /** Space for a full disk. */
  Ballast ballast() {
    return ballast;
  }

  /** The directory of the segments. */
  DirectoryHandle directory() {
    return directory;
  }

  // ======== Reclaiming space ========

  /** Notes how much space a merge needs for what it does next; negative when it has ended. */
  void mergeNeeds(long bytes) {
    mergeNeeds = bytes;
    notifyAll();
  }

  /**
   * Puts a merge's output before its inputs in the log. Both are there then. All that is in the
   * output counts as dead, until the keydir points at it.
   */
  Segment publish(SegmentName name, MergeOutput output, Segment firstInput) {
    Segment merged = Segment.merged(nextId, name, directory.path(), output);
    register(merged);
    setSealed(with(sealed, sealed.indexOf(firstInput), merged));
    sealedBytes += merged.size();
    sealedDeadBytes += merged.size();
    return merged;
  }

  /** Moves a live record's bytes from the account of one segment to that of another. */
  void moveLive(long from, long to, int length) {
    addLive(byId[id(from)], -length);
    addLive(byId[id(to)], length);
  }

  /** Counts all records of some segments as dead, since the keydir was emptied. */
  void countDead(List<Segment> segments) {
    for (Segment segment : segments) {
      addLive(segment, -Math.toIntExact(segment.liveBytes()));
    }
  }

  /** Takes segments away at which the keydir does not point any more. */
  void drop(List<Segment> inputs) {
    // Exact accounting makes this a proof that nothing is lost with them.
    for (Segment input : inputs) {
      if (input.liveBytes() != 0) {
        throw new IllegalStateException("I2: the keydir points into " + input.file());
      }
    }
    setSealed(without(sealed, inputs));
    for (Segment input : inputs) {
      byId[input.id()] = null;
      sealedBytes -= input.size();
      sealedDeadBytes -= input.deadBytes();
      droppedBytes += input.size();
    }
  }

  /** Has dropped segments unmapped if there are many, once they were deleted. */
  void unmapManyDropped() {
    if (droppedBytes > MAX_DROPPED_BYTES) {
      unmapDropped();
    }
  }

  /**
   * Has dropped segments unmapped: the disk gets their space back only then, and it may be full.
   * Only the garbage collector can do that, since only it knows that nobody reads them any more.
   */
  void unmapDropped() {
    if (droppedBytes > 0) {
      droppedBytes = 0;
      System.gc();
    }
  }

  /** Waits until dropped segments were unmapped, or a while. Requires: no lock. */
  void awaitUnmapped() {
    int before = MappedFiles.count();
    for (int i = 0; i < MAX_WAITS && MappedFiles.count() >= before; i++) {
      System.gc();
      Uninterruptible.sleep(WAIT_MILLIS);
    }
  }

  /** Ends the use of the ballast by a merge, and fills it up as far as there is space. */
  void takeBallastBack() {
    ballast.takeBack();
    try {
      fillBallast();
    } catch (IOException e) {
      // Puts find the disk full, and try that again.
      LOGGER.log(System.Logger.Level.DEBUG, "could not fill the ballast", e);
    }
  }

  private void setSealed(List<Segment> segments) {
    sealed = segments;
    changes++;
  }

  /** How often the list of sealed segments was replaced. */
  int changes() {
    return changes;
  }

  private static List<Segment> with(List<Segment> segments, int index, Segment added) {
    List<Segment> copy = new ArrayList<>(segments);
    copy.add(index, added);
    return List.copyOf(copy);
  }

  private static List<Segment> without(List<Segment> segments, List<Segment> removed) {
    List<Segment> copy = new ArrayList<>(segments);
    copy.removeAll(removed);
    return List.copyOf(copy);
  }

  // ======== Closing ========

  /** Turns all further calls away: the files, and what is in memory, may differ now. */
  void fail(Throwable cause) {
    if (failure == null) {
      failure = cause;
    }
  }

  /**
   * Checks that the log can be written.
   *
   * @throws IllegalStateException if it is closed
   * @throws IOException if a failed fsync, or a failed write, has ended its use
   */
  void requireOpen() throws IOException {
    requireNotClosed();
    requireHealthy();
  }

  /**
   * Checks that the log can be read, which it can after a failure, too: the keydir points at whole
   * records, and a record that was written when the log failed is in the keydir or not.
   *
   * @throws IllegalStateException if it is closed
   */
  void requireNotClosed() {
    if (closed) {
      throw new IllegalStateException("the store is closed");
    }
  }

  /** Checks that nothing has failed. A log that is being closed passes. */
  void requireHealthy() throws IOException {
    IOException failed = failure();
    if (failed != null) {
      throw failed;
    }
  }

  /** Returns the exception that every write throws from now on, or null. Requires: no lock. */
  IOException failure() {
    Throwable cause = failure;
    return cause == null
        ? null
        : new IOException(
            "the store in " + directory.path() + " failed: close it and open it again", cause);
  }

  /** The exception for a mapped page that the JVM could not read or write: see LateFaults. */
  static IOException unreadable(InternalError cause) {
    return new IOException("the disk could not be read or written", cause);
  }

  boolean isClosed() {
    return closed;
  }

  /** Turns further calls away; false if that was done before. */
  boolean startClosing() {
    boolean first = !closed;
    closed = true;
    notifyAll();
    return first;
  }

  /**
   * Seals the active segment, and closes its file and the directory.
   *
   * @throws IOException if that failed, or the log had failed before; the files are closed anyway
   */
  void close() throws IOException {
    try {
      requireHealthy();
      sealActive();
    } finally {
      try (directory) {
        if (active != null) {
          active.close();
        }
      }
    }
  }
}
