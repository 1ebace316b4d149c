/*
 * WHAT THIS FILE IS
 *
 * The log: a sequence of segments, of which the last is written. To the store it is one sequence of
 * records with an end, as in all steps. Only this class, merges, and recovery see its files.
 *
 * COMPARED WITH STEP 5
 *
 * A segment has a reader and a writer of its own (see Segment, SegmentWriter), and the bytes are
 * counted apart (see SpaceAccounting). This class decides which segment is written, and when the
 * next begins.
 *
 * PICTURE
 *
 *     000001-000003.1.data      000004-000004.0.data      000005-000005.0.data
 *     | ... | seal |            | ... | seal |            | ... | 000000
 *       sealed                    sealed                    active
 *
 * ROTATION
 *
 * When a record does not fit into the active segment n, the log begins n+1, in this order:
 *
 *     wait until n-1 is durable     it mostly is, since n took long to fill
 *     append the seal of n          n is whole, and not durable yet
 *     create n+1
 *     hand n to kv-seal, which fsyncs n and the directory
 *     append to n+1
 *
 * So if n+1 exists, everything before n is durable, and only the last two segments can be torn (see
 * Sealer). The put that fills a segment waits for no fsync, unless n-1 is not durable yet.
 *
 * FAILURES
 *
 *     a full disk, no descriptor: no space for a record,    the call fails, and nothing has changed
 *     for the seal, or for the next segment's file
 *     the directory was moved or replaced                   the same, until it is back in its place
 *     an fsync, or the naming of a new segment, failed      the log cannot be written any longer
 *     a mapped page is gone                                 the same
 *
 * A log that cannot be written can still be read. Memory may then hold more than the disk, so
 * nothing is acknowledged again (I12), and the next open decides.
 *
 * INVARIANTS
 *
 * I1   The order of the log is the truth: a key's state is its last record.
 * I3   Sealed segments never change; only the last two may be unsealed.
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
 * The records of a store, in the order in which they were written. A log is its own lock: a thread
 * that changes the log or the keydir holds its monitor. Every method requires the log's lock unless
 * it says otherwise.
 */
final class Log implements KeyDir.Records, GroupCommit.Syncable {
  private static final VarHandle POSITION;

  static {
    try {
      POSITION = MethodHandles.lookup().findVarHandle(Log.class, "position", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final DirectoryHandle directory;
  private final Options options;

  private final GroupCommit commit = new GroupCommit(this);
  private final Sealer sealer = new Sealer(this);

  /** The segments by their number in memory; null in place of a dropped one. */
  private volatile Segment[] byId = new Segment[16];

  /** From 1, so that no location is as small as the marks in the keydir's slots. */
  private int nextId = 1;

  /** The sealed segments, in log order. The list is replaced, never changed. */
  private List<Segment> sealed = List.of();

  /** Number of times that the list was replaced. */
  private int changes;

  /** Space for deletes and merges on a full disk; null if the store is only read. */
  private final Ballast ballast;

  private final SpaceAccounting space = new SpaceAccounting();
  private final BackPressure backPressure;
  private final DroppedSegments dropped = new DroppedSegments();

  /** The writer of the active segment; null if there is none. */
  private volatile SegmentWriter active;

  /** The number of the next segment. */
  private int nextNumber = 1;

  /**
   * Bytes appended since the store was opened, over all segments. Written after {@link #active}
   * with release: a thread that reads it reads that active segment or a later one, so the leader of
   * a group commit needs no lock.
   */
  @SuppressWarnings("unused") // by name, in POSITION
  private long position;

  /** The reason why this log can no longer be written, or null. */
  private volatile Throwable failure;

  /** Whether the store is closed or closing. */
  private volatile boolean closed;

  Log(DirectoryHandle directory, Options options) {
    this.directory = directory;
    this.options = options;
    backPressure = new BackPressure(space, options.segmentSize());
    ballast = options.readOnly() ? null : new Ballast(directory, options.segmentSize());
  }

  // ======== Opening ========

  /** Adds an existing segment after those added before. */
  Segment addFound(SegmentName name) throws IOException {
    Segment segment = Segment.open(nextId, name, directory.path());
    register(segment);
    setSealed(with(sealed, sealed.size(), segment));
    nextNumber = name.last() + 1;
    return segment;
  }

  /**
   * Counts the bytes of the segments that were found, once they know where they end. Live records
   * were counted before, as they were found.
   */
  void countFound() {
    sealed.forEach(space::added);
  }

  /** Makes a segment known by its number in memory. */
  private void register(Segment segment) {
    if (nextId == byId.length) {
      byId = Arrays.copyOf(byId, 2 * nextId);
    }
    byId[nextId++] = segment;
  }

  // ======== Writing ========

  /** Makes this log durable. Requires: no lock. */
  GroupCommit commit() {
    return commit;
  }

  /** Makes full segments durable. Requires: no lock. */
  Sealer sealer() {
    return sealer;
  }

  /**
   * Makes room for a record of the given length, in this segment or the next. May release the lock
   * to wait for a merge or an fsync, so the caller looks at the keydir after this call, not before.
   *
   * @throws IOException if the disk is full, and nothing is lost; or if it failed
   */
  void makeRoom(int length) throws IOException {
    requireOpen();
    int atLeast = FileHeader.SIZE + length + Record.SEAL_SIZE;
    while (active == null || !active.hasRoomFor(length)) {
      if (mustWait()) {
        Uninterruptible.await(this, () -> closed || failure != null || !mustWait());
      } else if (active == null) {
        begin(atLeast);
      } else {
        rotate(atLeast);
      }
      requireOpen();
    }
    cleanActive();
  }

  /** Returns whether no further segment may begin: see BackPressure and Sealer. */
  private boolean mustWait() {
    return backPressure.isTooFarAhead() || active != null && sealer.isBusy();
  }

  /** Begins a segment without a record for it. On return its name is durable. */
  void beginSegment() throws IOException {
    begin(FileHeader.SIZE + Record.SEAL_SIZE);
  }

  /** Begins a segment of at least the given length in bytes. On return its name is durable. */
  private void begin(int atLeast) throws IOException {
    SegmentWriter writer = create(atLeast);
    try {
      // CRASH HERE: a file without a record, or none: the next open accepts both.
      writer.sync();
      directory.sync();
    } catch (Throwable e) {
      fail(e);
      writer.close();
      throw e;
    }
    active = writer;
  }

  /**
   * Ends the active segment, and begins the next. If that cannot be created, there is no active
   * segment, and the next put tries again.
   */
  private void rotate(int atLeast) throws IOException {
    SegmentWriter full = active;
    appendSeal();
    SegmentWriter next = null;
    try {
      // CRASH HERE: the last segment has its seal, or not.
      next = create(atLeast);
    } finally {
      // In this order, for syncActive.
      sealer.take(full, position());
      active = next;
    }
  }

  /** Appends the seal of the active segment. */
  private void appendSeal() throws IOException {
    cleanActive();
    try {
      active.appendSeal(commit.covers(position()));
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      fail(e);
      throw e;
    }
  }

  /** Creates a segment of at least the given length in bytes. */
  private SegmentWriter create(int atLeast) throws IOException {
    directory.requireInPlace();
    SegmentName name = SegmentName.fresh(nextNumber).requireReadable();
    int capacity = Math.max(options.segmentSize(), atLeast);
    List<Segment> before = segments();
    FileHeader header =
        before.isEmpty() ? FileHeader.fresh() : FileHeader.after(before.get(before.size() - 1));
    SegmentWriter writer;
    try {
      writer =
          directory.open(
              () -> SegmentWriter.create(nextId, name, directory.path(), header, capacity));
    } catch (IOException e) {
      dropped.unmap();
      throw e;
    }
    try {
      requireInPlace(writer.segment());
    } catch (Throwable e) {
      fail(e);
      writer.close();
      throw e;
    }
    register(writer.segment());
    nextNumber++;
    return writer;
  }

  /** Checks again: the directory may have been moved just before the segment was created. */
  private void requireInPlace(Segment segment) throws IOException {
    try {
      directory.requireInPlace();
    } catch (IOException e) {
      // The file is in the directory that took the store's place.
      Files.deleteIfExists(segment.file());
      throw e;
    }
  }

  /**
   * Appends a record, for which there is room, and returns its location. On return the record is in
   * the operating system's memory: it survives {@code kill -9}, and power loss only after a sync.
   *
   * @param hash the hash of its key
   * @throws IOException if the disk is full, and nothing has changed
   */
  long append(ByteBuffer record, long hash) throws IOException {
    long start = position();
    // The seal of a full segment counts too: without it, the segment before looks torn.
    if (!sealer.isBusy() && commit.covers(start)) {
      Record.setSyncMark(record);
    }
    try {
      if (record.get(0) == Record.PUT && active.needsSpaceFor(record.limit())) {
        fillBallast();
      }
      active.prepare(record);
      long location = Location.of(active.segment(), active.append(record, hash));
      space.appended(record.limit());
      POSITION.setRelease(this, start + record.limit());
      return location;
    } catch (IOException e) {
      dropped.unmap();
      throw e;
    } catch (Throwable e) {
      fail(e);
      throw e;
    }
  }

  /** Lets the ballast shrink with the log. */
  void trimBallast() throws IOException {
    ballast.trim(space.recordBytes());
  }

  /** Takes space from the ballast for a tombstone. Returns false if there is none for that. */
  boolean releaseBallast() throws IOException {
    return ballast.release(space.recordBytes());
  }

  /** Fills the ballast, so that no put takes the space reserved for deletes. */
  void fillBallast() throws IOException {
    ballast.fill(space.recordBytes());
  }

  /** Returns the bytes appended since the store was opened. Requires: no lock. */
  @Override
  public long position() {
    return (long) POSITION.getAcquire(this);
  }

  /** Makes the active segment durable, and with it the log. Requires: no lock. */
  @Override
  public void syncActive() throws IOException {
    // First the active segment is read, then the full one: if a rotation comes in between, the
    // segment that was active is the full one, or durable already.
    SegmentWriter writer = active;
    sealer.settle();
    if (writer != null) {
      writer.sync();
    }
  }

  /**
   * Makes the log durable, and the file header of an active segment without records. Requires: no
   * lock.
   */
  void syncAll() throws IOException {
    long end = position();
    if (!commit.covers(end)) {
      commit.syncTo(end);
      return;
    }
    try {
      syncActive();
    } catch (Throwable e) {
      fail(e);
      throw e;
    }
  }

  /**
   * Seals the active segment, if there is one. On return the whole log is durable.
   *
   * @throws IOException if the disk is full, and nothing has changed; or if it failed
   */
  void sealActive() throws IOException {
    sealer.settle();
    if (active == null) {
      return;
    }
    cleanActive();
    // First, so that the seal gets the sync mark: everything before it is durable.
    syncOrFail();
    commit.advance(position());
    appendSeal();
    sealer.take(active, position());
    active = null;
    sealer.settle();
  }

  /** Notes that a segment, which ends at a position, is durable and never changes again (I3). */
  void addSealed(Segment segment, long end) {
    segment.setSealed();
    setSealed(with(sealed, sealed.size(), segment));
    space.sealed(segment);
    commit.advance(end);
    directory.fillReserve();
  }

  /** Removes the remains of a failed write before the next one. */
  private void cleanActive() throws IOException {
    if (active.isLittered()) {
      active.clean();
      syncOrFail();
    }
  }

  /** Makes the active segment durable. If that fails, the log cannot be used any longer (I12). */
  private void syncOrFail() throws IOException {
    try {
      active.sync();
    } catch (Throwable e) {
      fail(e);
      throw e;
    }
  }

  /**
   * Accounts for a record.
   *
   * @param length bytes of a put, which is live now; 0 for a tombstone
   * @param before the location of the superseded record, or {@link KeyDir#NONE}
   */
  void account(long location, int length, long before) {
    space.addLive(byId[Location.segmentId(location)], length);
    if (before != KeyDir.NONE) {
      Segment segment = byId[Location.segmentId(before)];
      space.addLive(segment, -segment.recordLength(Location.offset(before)));
    }
  }

  // ======== Reading ========

  /** Returns the segment of a location. Requires: no lock. */
  private Segment segment(long location) throws KeyDir.DroppedException {
    Segment segment = byId[Location.segmentId(location)];
    if (segment == null) {
      throw new KeyDir.DroppedException();
    }
    return segment;
  }

  @Override
  public byte[] read(long location, byte[] key) throws IOException, KeyDir.DroppedException {
    return segment(location).read(Location.offset(location), key);
  }

  @Override
  public boolean isOf(long location, byte[] key) throws IOException, KeyDir.DroppedException {
    return segment(location).isOf(Location.offset(location), key);
  }

  /** Returns the sealed segments, in log order. */
  List<Segment> sealed() {
    return sealed;
  }

  /**
   * Returns the sealed segments that no other covers. (While a merge ends, the log has both its
   * output and its inputs.)
   */
  List<Segment> uncovered() {
    return sealed.stream()
        .filter(s -> sealed.stream().noneMatch(other -> other.name().covers(s.name())))
        .toList();
  }

  /** Returns all segments, in log order. */
  List<Segment> segments() {
    List<Segment> all = new ArrayList<>(sealed);
    if (sealer.isBusy()) {
      all.add(sealer.segment());
    }
    if (active != null) {
      all.add(active.segment());
    }
    return List.copyOf(all);
  }

  /** Returns the count of live and dead bytes. */
  SpaceAccounting space() {
    return space;
  }

  /** Returns the number of the last segment, or 0 if there is none. */
  int lastNumber() {
    return nextNumber - 1;
  }

  /** Returns the space reserved for a full disk. */
  Ballast ballast() {
    return ballast;
  }

  DirectoryHandle directory() {
    return directory;
  }

  // ======== Reclaiming space ========

  /** Notes the size of the running merge's next output in bytes; negative when it has ended. */
  void setMergeOutputBytes(long bytes) {
    backPressure.setOutputBytes(bytes);
    notifyAll();
  }

  /**
   * Adds a merge's output to the log, before its inputs. The log has both then. Every record of the
   * output counts as dead until the keydir points at it.
   */
  Segment publish(SegmentName name, MergeOutput output, Segment firstInput) {
    Segment merged = output.toSegment(nextId, name, name.data(directory.path()));
    register(merged);
    setSealed(with(sealed, sealed.indexOf(firstInput), merged));
    space.added(merged);
    return merged;
  }

  /** Accounts for a live record whose key now points at its copy. */
  void moveLive(long from, long to, int length) {
    space.addLive(byId[Location.segmentId(from)], -length);
    space.addLive(byId[Location.segmentId(to)], length);
  }

  /** Counts all records of the segments as dead, after the keydir was emptied. */
  void countDead(List<Segment> segments) {
    for (Segment segment : segments) {
      space.addLive(segment, -segment.liveBytes());
    }
  }

  /** Removes segments that the keydir no longer points into. */
  void drop(List<Segment> inputs) {
    // The accounting is exact, so this proves that no live record is lost with them.
    for (Segment input : inputs) {
      if (input.liveBytes() != 0) {
        throw new IllegalStateException("I2: the keydir points into " + input.file());
      }
    }
    setSealed(without(sealed, inputs));
    for (Segment input : inputs) {
      byId[input.id()] = null;
      space.dropped(input);
      dropped.add(input);
    }
  }

  /** Returns the segments that were dropped and may still be mapped. */
  DroppedSegments dropped() {
    return dropped;
  }

  /** Ends the loan of the ballast to a merge, and fills it as far as there is space. */
  void takeBallastBack() {
    ballast.takeBack();
    try {
      fillBallast();
    } catch (IOException e) {
      // The next put that needs space tries again.
      Logs.LOGGER.log(System.Logger.Level.DEBUG, "could not fill the ballast", e);
    }
  }

  private void setSealed(List<Segment> segments) {
    sealed = segments;
    changes++;
  }

  /** Returns how often the list of sealed segments was replaced. */
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

  /** Refuses all further writes, because files and memory may differ now. */
  @Override
  public void fail(Throwable cause) {
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
   * Checks that the log can be read. It can after a failure too: the keydir points at whole
   * records, and the record that was being written when the log failed is in the keydir or not.
   * Requires: no lock.
   *
   * @throws IllegalStateException if it is closed
   */
  void requireNotClosed() {
    if (closed) {
      throw new IllegalStateException("the store is closed");
    }
  }

  /** Checks that nothing has failed. A closing log passes. Requires: no lock. */
  @Override
  public void requireHealthy() throws IOException {
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

  /**
   * Returns the exception for a mapped page that the JVM could not read or write: see LateFaults.
   */
  static IOException unreadable(InternalError cause) {
    return new IOException("the disk could not be read or written", cause);
  }

  /** Returns whether the store is closed or closing. Requires: no lock. */
  boolean isClosed() {
    return closed;
  }

  /** Refuses all further calls. Returns false if an earlier call did so. */
  boolean startClosing() {
    boolean first = !closed;
    closed = true;
    notifyAll();
    return first;
  }

  /**
   * Seals the active segment, and closes its file and the directory. The thread of the sealer has
   * ended.
   *
   * @throws IOException if that failed, or the log had failed before; the files are closed anyway
   */
  void close() throws IOException {
    try {
      requireHealthy();
      sealActive();
    } finally {
      try (directory) {
        sealer.closeFile();
        if (active != null) {
          active.close();
        }
      }
    }
  }
}
