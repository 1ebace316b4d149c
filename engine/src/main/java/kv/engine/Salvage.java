/*
 * WHAT THIS FILE IS
 *
 * The salvage of a store that cannot be opened, because its files are damaged or missing.
 * Open refuses such a store, since a program must not decide what may be lost. Salvage is for the
 * user who has decided, and has no other copy: it copies every record whose checksums are right
 * into a new directory, in the order of the log, and reports each part that it left out.
 *
 * The directory that is salvaged is only read. The result is another store: of steps 1 to 4 if the
 * source has their one file, with the same bytes for each record; otherwise of the engine.
 *
 * THE REPORT of a store whose second segment is missing, and which has a damaged record
 *
 *     000001-000001.0.data, 86 bytes
 *       left out, offset 16 to 36: the key and the value do not match their checksum
 *       1 record taken, version 2
 *     segment 2: it is missing
 *     000003-000003.0.data, 63 bytes
 *       1 record taken, version 2
 *     2 records taken, 2 parts left out; the new store has 2 keys
 *     keys that may be older than they were, or deleted: 1
 *       "editor"
 *     deleted keys that may have been put again: 0
 *     of keys that are in no record here, nothing is known
 *
 * WHICH KEYS ARE STILL RIGHT
 *
 * A part that is left out may have had a record of any key. So a key is certain only if a record of
 * it was found after the last such part:
 *
 *     | P os mac | P editor vim | ???????? | P os linux | D shell |
 *
 *     os      certain: any value that was lost is older
 *     editor  may be older than it was, or may have been deleted
 *     shell   certainly deleted
 *     others  nothing is known of a key that is nowhere else
 *
 * So it is enough to remember for each key how many parts had been left out before its last record.
 * It is certain if that is the number of all. A damaged file header is not counted: the records are
 * found without it.
 *
 * That a segment is missing is seen from the numbers of the others. That the newest is missing, no
 * number says; but its hint file may be there, or a merge's output that was not finished, or LOCK
 * may name it. If none of these does, the report cannot say it either.
 *
 * FILES THAT ARE THERE TWICE
 *
 * A merge that did not finish leaves its inputs beside the output that covers them. A whole output
 * is enough. If it is damaged, its inputs are read first, as far as they are still there: what is
 * missing in the output may be in them.
 *
 *     000001-000001.0   000002-000002.0   000001-000002.1   000003-000003.0
 *     '----------- read first ----------' '-- then this --' '- then this -'
 *
 * THE LOCK
 *
 * A store that is open writes to its files, so its directory is refused. LOCK need not be written
 * for that: a shared lock can be had on a file that is opened to be read, and stores ask for an
 * exclusive one. It is held until the salvage is complete, so that no store opens meanwhile.
 *
 * INVARIANTS
 *
 * Nothing is written to the source, not even LOCK.
 * No value is in the result that is not, with that key, in a record with right checksums.
 *
 * NOT HERE, AND WHY
 *
 * Repair. A flipped bit could be flipped back where a checksum proves it. The report says where
 * each part is, and the file is unchanged: dump shows its bytes.
 *
 * Hint files. They have no values, and no more about a record than the record.
 *
 * Data files of other names. What is in a renamed segment may be older or newer than anything else,
 * so such a file is only named in the report.
 *
 * A directory with both the log of steps 1 to 4 and segments. The log may be complete, and they the
 * beginning of its copy (see Import); or there are two stores. Nothing in damaged files decides it.
 */
package kv.engine;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Copies what is whole in a damaged store into a new one. */
public final class Salvage {
  /** How many keys of each kind the report names. */
  private static final int NAMED_KEYS = 20;

  /** How many bytes of a key the report shows. */
  private static final int SHOWN_BYTES = 60;

  /** The number of the newest segment according to LOCK. */
  private static final Pattern LAST_SEGMENT = Pattern.compile("last segment is (\\d{6,9})");

  /** The order in which segments are read: covered ones before those that cover them. */
  private static final Comparator<SegmentName> ORDER =
      Comparator.comparingInt(SegmentName::last)
          .thenComparingInt(SegmentName::generation)
          .thenComparingInt(SegmentName::first);

  /**
   * Channels of LOCK that must not be closed, because another store of this process holds the lock
   * that closing one would release: see DirectoryLock.
   */
  private static final Map<Path, FileChannel> KEPT_OPEN = new ConcurrentHashMap<>();

  /**
   * The result of a salvage.
   *
   * @param records how many records were taken
   * @param leftOut how many parts of files, missing files included, were left out
   * @param doubtful how many of the records may be from a copy of a log in a value; only in files
   *     of version 1
   * @param keys how many keys the new store has
   * @param maybeOld how many of them may be older than they were, or deleted
   * @param maybePut how many keys were found deleted, and may have been put again
   */
  public record Report(
      long records, long leftOut, long doubtful, long keys, long maybeOld, long maybePut) {
    /** Returns whether nothing was left out: all keys are as they were. */
    public boolean isWhole() {
      return leftOut == 0;
    }
  }

  /** Where records are copied to. */
  private interface Target extends Closeable {
    void add(DamagedFile.Found record) throws IOException;

    /** Makes the new store durable. */
    void finish() throws IOException;
  }

  private final Path from;

  /** Receives the report. */
  private final Consumer<String> out;

  /** For each key the number of parts left out before its last record, times 2; + 1 if deleted. */
  private final Map<ByteBuffer, Long> keys = new HashMap<>();

  /** Records that were taken, and how many of them may be copies in values. */
  private long records;

  private long doubtful;

  /** Parts of files that were left out so far, and files that are missing. */
  private long leftOut;

  private Salvage(Path from, Consumer<String> out) {
    this.from = from;
    this.out = out;
  }

  /**
   * Copies every record that is whole from the files in one directory into a new store in another.
   * The second directory is created, or must be empty. Takes O(bytes in the files) time, and memory
   * for the keys and the largest record. Nothing is written to the first directory. On return the
   * new store is durable.
   *
   * @param out receives the report, line by line
   * @return the numbers of the report
   * @throws IOException if the first directory has no files of a store, or a store has it open; if
   *     the second one is not empty, or is inside the first; or if the new store could not be
   *     written. The new directory may then have a part of the records.
   */
  public static Report run(Path from, Path to, Consumer<String> out) throws IOException {
    if (!Files.isDirectory(from)) {
      throw new IOException(from + " is not a directory: name the directory of a store");
    }
    requireNew(from.toRealPath(), to);
    FileChannel lock = lock(from.toRealPath(), out);
    try (lock) {
      return new Salvage(from, out).run(to, lastSegment(lock));
    }
  }

  // ======== Opening ========

  /**
   * Checks that a directory is empty or does not exist, and is not inside another one.
   *
   * @throws IOException naming it, if not
   */
  private static void requireNew(Path from, Path to) throws IOException {
    if (Files.exists(to)) {
      if (!Files.isDirectory(to)) {
        throw new IOException(to + " exists: name a new directory");
      }
      try (DirectoryStream<Path> files = Files.newDirectoryStream(to)) {
        if (files.iterator().hasNext()) {
          throw new IOException(to + " is not empty: name a new directory");
        }
      }
    }
    Path parent = to.toAbsolutePath().normalize();
    while (parent != null && !Files.exists(parent)) {
      parent = parent.getParent();
    }
    if (parent != null && parent.toRealPath().startsWith(from)) {
      throw new IOException(to + " is inside " + from + ": name a directory outside of it");
    }
  }

  /**
   * Locks a directory against stores, if it has a LOCK, or returns null. The lock is shared, which
   * a file that is only read can have; stores take an exclusive one.
   */
  private static FileChannel lock(Path directory, Consumer<String> out) throws IOException {
    Path file = directory.resolve(DirectoryLock.FILE_NAME);
    if (!Files.isRegularFile(file)) {
      return null;
    }
    if (!Files.isReadable(file)) {
      out.accept("LOCK cannot be read: whether a store has the directory open is not known");
      return null;
    }
    FileChannel channel = KEPT_OPEN.remove(file);
    if (channel == null) {
      channel = FileChannel.open(file, StandardOpenOption.READ);
    }
    try {
      if (channel.tryLock(0, Long.MAX_VALUE, true) != null) {
        return channel;
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

  /** Returns the number of a segment that existed, as LOCK says, or 0. */
  private static int lastSegment(FileChannel lock) throws IOException {
    ByteBuffer text = ByteBuffer.allocate(1024);
    if (lock == null || lock.read(text, 0) <= 0) {
      return 0;
    }
    Matcher last =
        LAST_SEGMENT.matcher(
            new String(text.array(), 0, text.position(), StandardCharsets.ISO_8859_1));
    return last.find() ? Integer.parseInt(last.group(1)) : 0;
  }

  /** The salvage itself, once the two directories are known to be fit for it. */
  private Report run(Path to, int lastInLock) throws IOException {
    List<SegmentName> segments = new ArrayList<>();
    int lastKnown = Math.max(lastInLock, list(segments));
    Path log = from.resolve(Store.OLD_FILE_NAME);
    boolean hasLog = Files.isRegularFile(log) && (segments.isEmpty() || Files.size(log) > 8);
    if (hasLog && !segments.isEmpty()) {
      throw new IOException(
          from
              + " has both the log of steps 1 to 4 and segments: copy "
              + Store.OLD_FILE_NAME
              + " to a directory of its own and salvage that, and the segments likewise");
    }
    if (!hasLog && segments.isEmpty() && lastKnown == 0) {
      throw new IOException("there is no file of a store in " + from);
    }
    try (Target target = hasLog ? new NewLog(to) : new NewStore(to)) {
      if (hasLog) {
        read(log, false, DamagedFile.Seal.UNKNOWN, target);
      } else {
        readSegments(segments, lastKnown, target);
      }
      target.finish();
    }
    return report();
  }

  /** Lists the segments, and returns the number of the last one that is known to have existed. */
  private int list(List<SegmentName> segments) throws IOException {
    int lastKnown = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(from)) {
      for (Path path : files) {
        String file = path.getFileName().toString();
        String name = file.replaceFirst("(\\.data|\\.hint|\\.data\\.tmp)$", "");
        SegmentName segment = name.equals(file) ? null : SegmentName.parse(name);
        if (segment != null) {
          lastKnown = Math.max(lastKnown, segment.last());
          if (file.endsWith(SegmentName.DATA) && Files.isRegularFile(path)) {
            segments.add(segment);
          } else if (file.endsWith(SegmentName.DATA)) {
            out.accept(file + ": this is not a regular file; not read");
          }
        } else if (file.endsWith(SegmentName.DATA) && !file.equals(Store.OLD_FILE_NAME)) {
          leftOut(file + ": this is not the name of a segment; not read");
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    segments.sort(ORDER);
    return lastKnown;
  }

  // ======== Writing ========

  /**
   * A new store of the engine. The records get other places and header checksums, so they are put
   * again; a delete of a key whose put was left out writes nothing, and is not needed.
   */
  private static final class NewStore implements Target {
    private final Store store;

    NewStore(Path directory) throws IOException {
      Options options = Options.DEFAULT.withSync(Options.SyncPolicy.NEVER);
      store = Store.open(directory, options.withAutomaticMerge(false));
    }

    @Override
    public void add(DamagedFile.Found record) throws IOException {
      if (record.type() == Record.PUT) {
        store.put(record.key(), record.value());
      } else {
        store.delete(record.key());
      }
    }

    @Override
    public void finish() throws IOException {
      store.sync();
    }

    @Override
    public void close() throws IOException {
      store.close();
    }
  }

  /**
   * A new log of steps 1 to 4, with the records' own bytes. It gets its name when it is durable, so
   * the sync marks in it say the truth.
   */
  private static final class NewLog implements Target {
    private final Path directory;
    private final Path unfinished;
    private final RandomAccessFile writer;

    NewLog(Path directory) throws IOException {
      Directories.create(directory);
      this.directory = directory;
      this.unfinished = directory.resolve(Store.OLD_FILE_NAME + ".tmp");
      this.writer = new RandomAccessFile(unfinished.toFile(), "rw");
      writer.write(DamagedFile.OLD_FILE_HEADER);
    }

    @Override
    public void add(DamagedFile.Found record) throws IOException {
      writer.write(record.bytes());
    }

    @Override
    public void finish() throws IOException {
      // Closed before the rename: Windows renames no open file.
      writer.close();
      Segment.sync(unfinished);
      Path log = directory.resolve(Store.OLD_FILE_NAME);
      Files.move(unfinished, log, StandardCopyOption.ATOMIC_MOVE);
      Directories.sync(directory);
    }

    @Override
    public void close() throws IOException {
      writer.close();
    }
  }

  // ======== Reading ========

  /**
   * Reads the segments in their order, and reports which are missing where.
   *
   * @param lastKnown the number of the last segment that is known to have existed
   */
  private void readSegments(List<SegmentName> segments, int lastKnown, Target target)
      throws IOException {
    List<SegmentName> needed = needed(segments);
    // The lowest number in each segment and those that are read after it.
    int[] lowest = new int[needed.size() + 1];
    lowest[needed.size()] = lastKnown + 1;
    for (int i = needed.size() - 1; i >= 0; i--) {
      lowest[i] = Math.min(lowest[i + 1], needed.get(i).first());
    }
    int next = 1;
    for (int i = 0; i < needed.size(); i++) {
      SegmentName name = needed.get(i);
      reportMissing(next, lowest[i] - 1);
      next = Math.max(next, name.last() + 1);
      boolean last = i == needed.size() - 1 && name.last() >= lastKnown;
      boolean finished = !last || name.generation() > 0;
      DamagedFile.Seal unlessHinted =
          finished ? DamagedFile.Seal.IN_VERSION_2 : DamagedFile.Seal.UNKNOWN;
      read(name.data(from), true, seal(name, unlessHinted), target);
    }
    reportMissing(next, lastKnown);
  }

  /** Returns the segments in their order, without those that a whole one covers. */
  private List<SegmentName> needed(List<SegmentName> segments) throws IOException {
    ArrayDeque<SegmentName> needed = new ArrayDeque<>();
    for (SegmentName name : segments) {
      if (!needed.isEmpty() && name.covers(needed.getLast()) && isWhole(name)) {
        while (!needed.isEmpty() && name.covers(needed.getLast())) {
          needed.removeLast();
        }
      }
      needed.add(name);
    }
    return List.copyOf(needed);
  }

  /** Returns whether a segment can be read without leaving anything out. */
  private boolean isWhole(SegmentName name) throws IOException {
    try (DamagedFile file = DamagedFile.open(name.data(from), true)) {
      file.read(seal(name, DamagedFile.Seal.IN_VERSION_2), new DamagedFile.Visitor() {});
      return file.leftOut() == 0;
    }
  }

  /** Returns what is known about a segment's seal: only sealed segments have hint files. */
  private DamagedFile.Seal seal(SegmentName name, DamagedFile.Seal unlessHinted) {
    return Files.exists(name.hint(from)) ? DamagedFile.Seal.YES : unlessHinted;
  }

  /** Reports that the segments with some numbers are missing, if there are any numbers. */
  private void reportMissing(int first, int last) {
    if (first == last) {
      leftOut("segment " + first + ": it is missing");
    } else if (first < last) {
      leftOut("segments " + first + " to " + last + ": they are missing");
    }
  }

  /**
   * Copies the records of one file, and reports the rest.
   *
   * @param seal what is known about the file's seal
   */
  private void read(Path path, boolean segment, DamagedFile.Seal seal, Target target)
      throws IOException {
    try (DamagedFile file = DamagedFile.open(path, segment)) {
      String name = path.getFileName().toString();
      out.accept(name + ", " + count(file.size(), "byte"));
      file.read(
          seal,
          new DamagedFile.Visitor() {
            @Override
            public void record(DamagedFile.Found record) throws IOException {
              target.add(record);
              records++;
              boolean deleted = record.type() == Record.DELETE;
              keys.put(ByteBuffer.wrap(record.key()), 2 * leftOut + (deleted ? 1 : 0));
            }

            @Override
            public void headerDamaged() {
              out.accept("  the file header is damaged, and the records do not need it");
            }

            @Override
            public void leftOut(long start, long end, String reason) {
              Salvage.this.leftOut(
                  "  left out, offset "
                      + start
                      + (end > start ? " to " + (end - 1) : "")
                      + ": "
                      + reason);
            }
          });
      out.accept("  " + count(file.records(), "record") + " taken, version " + file.version());
      doubtful += file.doubtful();
    }
  }

  /** Reports and counts a part that is left out. */
  private void leftOut(String line) {
    leftOut++;
    out.accept(line);
  }

  /** Reports the numbers, and the keys that may not be what they were. */
  private Report report() {
    long live = keys.values().stream().filter(state -> state % 2 == 0).count();
    List<ByteBuffer> old = uncertain(0);
    List<ByteBuffer> maybePut = uncertain(1);
    out.accept(
        count(records, "record")
            + " taken, "
            + count(leftOut, "part")
            + " left out; the new store has "
            + count(live, "key"));
    if (leftOut > 0) {
      name("keys that may be older than they were, or deleted", old);
      name("deleted keys that may have been put again", maybePut);
      out.accept("of keys that are in no record here, nothing is known");
    }
    if (doubtful > 0) {
      out.accept(
          count(doubtful, "record")
              + " may be from a copy of a log in a value: version 1 does not tell them apart");
    }
    return new Report(records, leftOut, doubtful, live, old.size(), maybePut.size());
  }

  /** Returns the keys in a state, 0 for put and 1 for deleted, with a part left out after them. */
  private List<ByteBuffer> uncertain(int state) {
    return keys.entrySet().stream()
        .filter(entry -> entry.getValue() % 2 == state && entry.getValue() / 2 < leftOut)
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  /** Reports how many keys of a kind there are, and names the first of them. */
  private void name(String kind, List<ByteBuffer> some) {
    out.accept(String.format(Locale.ROOT, "%s: %,d", kind, some.size()));
    some.stream().limit(NAMED_KEYS).forEach(key -> out.accept("  " + shown(key.array())));
    if (some.size() > NAMED_KEYS) {
      out.accept(String.format(Locale.ROOT, "  and %,d more", some.size() - NAMED_KEYS));
    }
  }

  /** A key as text in quotes if it is printable, and in hex if not. */
  private static String shown(byte[] key) {
    int length = Math.min(key.length, SHOWN_BYTES);
    String rest = length < key.length ? ".. +" + (key.length - length) : "";
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key, 0, length)).toString();
      if (text.codePoints().noneMatch(Character::isISOControl)) {
        return '"' + text + '"' + rest;
      }
    } catch (CharacterCodingException e) {
      // Not text.
    }
    return "0x" + HexFormat.of().formatHex(key, 0, length) + rest;
  }

  /** A number of things: {@code 1 key}, {@code 2,048 keys}. */
  private static String count(long number, String what) {
    return String.format(Locale.ROOT, "%,d %s%s", number, what, number == 1 ? "" : "s");
  }
}
