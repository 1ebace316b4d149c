/*
 * WHAT THIS FILE IS
 *
 * A store's folder as the microscope sees it: the files in log order, their records, and which of
 * these are live. It reads the folder once, and after that only what was appended.
 *
 * A CHANGE, AND WHAT IS READ FOR IT
 *
 *     records were appended                     these records
 *     a file was added at the end of the log    this file
 *     a merge replaced files by their copy      the copy
 *     anything else: a file is shorter, was     all files
 *     changed in place, or is missing
 *
 * A file whose time of change is new, but not its size, is read and compared with before.
 *
 * INVARIANTS
 *
 * It only reads, and opens no LOCK. So it disturbs no store, and a store can change or delete any
 * file at any time: a file that is gone is no longer shown.
 *
 * COST
 *
 * One pass over a file for each of its changes at most. Memory: 14 to 18 bytes for each key, up to
 * 10 million (see LastRecords), and the marks of one page (see Strip).
 */
package kv.workshop.scope;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import kv.workshop.Project;
import kv.workshop.RecordHeader;
import kv.workshop.SegmentName;
import kv.workshop.Tone;

/** The files of one store, read while another process can use it. Not thread-safe. */
public final class StoreFiles {
  /** The number of records that are kept and drawn one by one. */
  static final int MOST_ITEMS = 1500;

  /** The number of pieces that the files of a larger store are counted in. */
  private static final int MOST_PIECES = 1024;

  /** Time in which a mapped file can get a new time of change for records that were seen. */
  private static final long LATE_TIME_NANOS = 1_000_000_000;

  /** A file that has records, or should have. */
  static final class Data {
    final Strip strip;
    final FileScan scan;
    final boolean copy;
    Listing.Entry entry;
    boolean mayTear;

    /** Why the file could not be read, or null. */
    String failure;

    /** Whether the store deleted or renamed the file after it was listed. */
    boolean gone;

    /** Time at which an unexplained time of change was seen, or 0. */
    private long suspectSince;

    private long lastRecordSeen;

    Data(Path file, Listing.Entry entry) {
      this.strip = new Strip(entry.name());
      this.scan = new FileScan(file);
      this.copy = Listing.isCopy(entry.name());
      this.entry = entry;
    }
  }

  private final Path folder;
  private final int step;
  private final int mostKeys;
  private Listing listing;
  private Map<String, Data> files = new LinkedHashMap<>();
  private KeyStates states;

  /** Whether records are kept one by one. */
  private boolean single = true;

  private long records;

  /** The length of the pieces is 2 to the power of this. */
  private int pieceShift = 9;

  private Changes changes = new Changes();
  private long sequence;

  /** Watches the folder of a store, which may not exist yet. */
  public StoreFiles(Path folder, int step) {
    this(folder, step, LastRecords.MOST_KEYS);
  }

  StoreFiles(Path folder, int step, int mostKeys) {
    this.folder = folder;
    this.step = step;
    this.mostKeys = mostKeys;
    this.states = new KeyStates(mostKeys, this::lengthAt);
  }

  // ======== Reading ========

  /**
   * Reads what has changed since the last call.
   *
   * @param now a time in nanoseconds that grows from call to call
   * @return whether anything has changed
   */
  public boolean update(long now) throws IOException {
    Listing next = Listing.read(folder);
    changes = new Changes();
    boolean first = listing == null;
    if (first) {
      listing = next;
      changes.pause();
      advance(next, Long.MAX_VALUE);
      changes.resume();
    } else {
      Set<String> damaged = StoreDamage.places(this);
      FileChanges.note(listing, next, changes);
      boolean whole = followsFrom(next) && !wasChangedInPlace(next, now);
      if (!whole) {
        StoreDamage.noteCuts(this, next, changes);
        clear();
        changes.pause();
      }
      listing = next;
      boolean read = advance(next, now);
      changes.resume();
      StoreDamage.note(this, damaged, changes);
      if (whole && !read && changes.isEmpty()) {
        return false;
      }
    }
    sequence++;
    return true;
  }

  /** Returns whether the log that was read is a part of the one in the folder now. */
  private boolean followsFrom(Listing next) {
    Set<String> log = new HashSet<>(next.log());
    List<String> kept = new ArrayList<>();
    for (Data data : files.values()) {
      String name = data.entry.name();
      Listing.Entry entry = next.entries().get(name);
      boolean same =
          entry != null
              && entry.regular() == data.entry.regular()
              && (entry.key() == null || entry.isSameFile(data.entry))
              && entry.size() >= data.scan.end();
      boolean inLog = data.strip.rank >= 0;
      if (inLog && log.contains(name)) {
        kept.add(name);
      }
      if (inLog && entry != null && !same
          || inLog && !log.contains(name) && !isCovered(name, next)
          || !inLog && log.contains(name)) {
        return false;
      }
    }
    return kept.equals(next.log().stream().filter(kept::contains).toList());
  }

  private static boolean isCovered(String name, Listing next) {
    SegmentName segment = SegmentName.parse(name);
    return segment != null
        && next.log().stream()
            .map(SegmentName::parse)
            .anyMatch(other -> other != null && other.covers(segment));
  }

  /** Returns whether a file of the log has other contents than before. */
  private boolean wasChangedInPlace(Listing next, long now) throws IOException {
    for (Data data : files.values()) {
      Listing.Entry entry = next.entries().get(data.entry.name());
      if (entry == null
          || data.strip.rank < 0
          || !entry.regular()
          || entry.size() != data.entry.size()
          || entry.modified().equals(data.entry.modified())) {
        data.suspectSince = 0;
        continue;
      }
      boolean mapped = data.scan.version() == 2 && !data.scan.isSealed();
      if (mapped && now - data.lastRecordSeen < LATE_TIME_NANOS || hasMore(data, entry)) {
        data.entry = entry;
        data.suspectSince = 0;
      } else if (data.suspectSince == 0) {
        data.suspectSince = now;
      } else if (now - data.suspectSince >= FileScan.PATIENCE_NANOS) {
        if (hasOtherContents(data, entry)) {
          return true;
        }
        data.entry = entry;
        data.suspectSince = 0;
      }
    }
    return false;
  }

  /** Returns whether a file has other contents than were read. */
  private boolean hasOtherContents(Data data, Listing.Entry entry) throws IOException {
    FileScan again = new FileScan(folder.resolve(entry.name()));
    try {
      // The next advance reads the bytes after the part that was read for good.
      long size = data.scan.torn() == null ? data.scan.end() : entry.size();
      again.advance(size, data.mayTear, Long.MAX_VALUE, new Ignored());
    } catch (NoSuchFileException e) {
      return true;
    }
    return again.fingerprint() != data.scan.fingerprint();
  }

  private boolean hasMore(Data data, Listing.Entry entry) throws IOException {
    try {
      return entry.size() > data.scan.end() && data.scan.hasMore(entry.size());
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private void clear() {
    files = new LinkedHashMap<>();
    states = new KeyStates(mostKeys, this::lengthAt);
    single = true;
    records = 0;
  }

  /** Reads the files as far as they are listed. Returns whether anything was read. */
  private boolean advance(Listing next, long now) throws IOException {
    List<Strip> left = numberFiles(next);
    boolean read = files.keySet().retainAll(next.entries().keySet()) || !left.isEmpty();
    setPieces(next);
    for (String name : next.inOrder()) {
      Listing.Entry entry = next.entries().get(name);
      if (entry == null || !Listing.hasRecords(name)) {
        continue;
      }
      boolean added = !files.containsKey(name);
      if (added) {
        files.put(name, new Data(folder.resolve(name), entry));
        files.get(name).strip.rank = next.log().indexOf(name);
        files.get(name).strip.setPiece(pieceShift);
      }
      boolean quiet = added && isCopyOfOthers(name, files.get(name).strip.rank, next);
      if (quiet) {
        changes.pause();
      }
      read |= advance(files.get(name), entry, added, now);
      if (quiet) {
        changes.resume();
      }
    }
    if (!left.isEmpty()) {
      states.forget(left);
    }
    return read;
  }

  /** Returns whether the records of a new file are copies that a merge wrote. */
  private static boolean isCopyOfOthers(String name, int rank, Listing next) {
    SegmentName segment = SegmentName.parse(name);
    return rank < next.log().size() - 1 || segment != null && segment.generation() > 0;
  }

  /** Numbers the files of the log, and returns those that left it. */
  private List<Strip> numberFiles(Listing next) {
    Map<String, Integer> ranks = new HashMap<>();
    next.log().forEach(name -> ranks.put(name, ranks.size()));
    List<Strip> left = new ArrayList<>();
    for (Data data : files.values()) {
      boolean wasInLog = data.strip.rank >= 0;
      data.strip.rank = ranks.getOrDefault(data.strip.name, -1);
      if (wasInLog && data.strip.rank < 0) {
        left.add(data.strip);
      }
    }
    return left;
  }

  /** Counts in longer pieces, if the files have become too long for these. */
  private void setPieces(Listing next) {
    long bytes = 0;
    for (Listing.Entry entry : next.entries().values()) {
      bytes += Listing.hasRecords(entry.name()) ? entry.size() : 0;
    }
    while (bytes >>> pieceShift > MOST_PIECES) {
      pieceShift++;
    }
    files.values().forEach(data -> data.strip.setPiece(pieceShift));
  }

  /** Reads on in one file. Returns whether anything was read. */
  private boolean advance(Data data, Listing.Entry entry, boolean added, long now)
      throws IOException {
    if (!entry.regular()) {
      data.failure = "not a regular file, and a store has no others";
      return added;
    }
    boolean mayTear = mayTear(data);
    boolean last = data.strip.rank == listing.log().size() - 1;
    boolean grows = data.copy || last || data.scan.version() == 2 && !data.scan.isSealed();
    boolean resized = entry.size() != data.entry.size();
    boolean due =
        added
            || resized
            || data.failure != null
            || data.gone
            || mayTear != data.mayTear
            || data.scan.isInDoubt()
            || grows && hasMore(data, entry);
    if (!due) {
      return false;
    }
    String failure = data.failure;
    long before = data.scan.fingerprint();
    long end = data.scan.end();
    try {
      // The end of a copy that is being written is not judged.
      data.scan.advance(entry.size(), mayTear, data.copy ? 0 : now, new Records(data));
      data.failure = null;
      data.gone = false;
    } catch (NoSuchFileException e) {
      data.gone = true;
    } catch (IOException e) {
      data.failure = "not read: " + e;
    }
    data.entry = entry;
    data.mayTear = mayTear;
    if (data.scan.end() > end) {
      data.lastRecordSeen = now;
    }
    return added
        || resized
        || before != data.scan.fingerprint()
        || !Objects.equals(failure, data.failure);
  }

  /** Returns whether the end of a file can be torn: docs/FORMAT.md, "Torn or corrupt". */
  private boolean mayTear(Data data) {
    int after = listing.log().size() - 1 - data.strip.rank;
    return data.copy || after == 0 || after == 1 && step == Project.ENGINE;
  }

  /** Receives the records of a file. */
  private final class Records implements FileScan.Contents {
    private final Data data;

    Records(Data data) {
      this.data = data;
    }

    @Override
    public void record(long at, RecordHeader header, byte[] key) throws IOException {
      Strip strip = data.strip;
      Tone state = header.type() == 'P' ? Tone.LIVE : Tone.TOMBSTONE;
      if (strip.rank >= 0) {
        state = states.add(strip, at, header, key);
        if (changes.keepsNext()) {
          changes.addRecord(strip.name, at, header, Key.of(key), states);
        } else {
          changes.skip();
        }
      }
      if (single && ++records > MOST_ITEMS) {
        single = false;
        files.values().forEach(each -> each.strip.countOnly());
      }
      if (!single) {
        strip.countOnly();
      }
      strip.add(at, header, single ? Key.of(key) : null, state);
    }

    @Override
    public void seal(long at, RecordHeader header) {
      String text = data.strip.name + " was sealed: it never changes again";
      changes.add(new Change("seal", data.strip.name, at, header.length(), null, null, text));
    }
  }

  private static final class Ignored implements FileScan.Contents {
    @Override
    public void record(long at, RecordHeader header, byte[] key) {}

    @Override
    public void seal(long at, RecordHeader header) {}
  }

  /** Returns the length of the record that begins in 16 bytes of a file. */
  private int lengthAt(Strip strip, long place) throws IOException {
    Spot spot = Spot.in(this, strip.name, place);
    return spot == null ? LastRecords.LONG : spot.header().length();
  }

  /** Returns the last record of a key in the log, or null if it is not known. */
  Spot lastRecord(byte[] key) throws IOException {
    Strip strip = states.lastStrip(key);
    return strip == null || strip.rank < 0
        ? null
        : Spot.in(this, strip.name, states.lastPlace(key));
  }

  // ======== Results ========

  Path folder() {
    return folder;
  }

  int step() {
    return step;
  }

  /** Returns the files of the folder. */
  Listing listing() {
    return listing;
  }

  /** Returns what was read of a file, or null if it has no records. */
  Data data(String name) {
    return files.get(name);
  }

  /** Returns what was read of all files that have records. */
  Collection<Data> all() {
    return files.values();
  }

  /** Returns whether live records are told from dead ones. */
  boolean areStatesCounted() {
    return states.areCounted();
  }

  long sequence() {
    return sequence;
  }

  /** Returns the changes that the last update found. */
  List<Change> changes() {
    return changes.list();
  }
}
