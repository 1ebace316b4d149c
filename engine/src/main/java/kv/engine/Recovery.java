/*
 * WHAT THIS FILE IS
 *
 * The judge. A process may die, or the power go, at any byte of a write, so an open may find
 * anything at the end of the log. Recovery finds where its whole records end, and says of what
 * follows: torn, or corrupt.
 *
 * Torn    what a crash leaves of a write that never finished. Nobody was promised that it is
 *         there. It is cut off, before anything is appended behind it.
 * Corrupt everything else. Something that was written is no longer what it was. Refused.
 *
 * Only the last segment can be torn: a sealed one is either whole, or damaged. A crash can also
 * leave files that are of no use.
 *
 * THE ORDER OF AN OPEN
 *
 *     1  read and verify everything: names, seals, hints or records, the tail; change nothing
 *     2  make durable what was seen (I9): the last segment, and the directory's entries
 *     3  delete what is covered, with its hints, and unfinished outputs of merges
 *     4  cut off what is torn, and seal the tail: no old segment is ever appended to
 *
 * A DIRECTORY OF STEP 5
 *
 * Its files have version 1 of the format and no seal. One that is not the last is accepted if it is
 * whole up to its end, as step 5 accepts it, and in part 4 it gets its seal:
 *
 *     a  cut off what is torn in the last file        still a store of step 5
 *     b  begin a segment of version 2, durably        a store of the engine: step 5 refuses it
 *     c  seal the files, oldest first                 the same, with a seal missing here and there
 *
 * The segment of version 2 has no record before all others have their seals. So these are the only
 * directories in which a file without a seal precedes another: with nothing but such files after
 * it, except perhaps for a last segment without records. Where there is that segment, the first file
 * without a seal may have a part of one, and files before it may have theirs. In all other
 * directories the loss of a seal proves that the end of the file is missing.
 *
 * A segment that covers others that are still there is read whole, hints or not: they are the last
 * chance to find that it is damaged, and are deleted next (I7).
 *
 * A store that is read-only stops after the first: it ignores what the others would repair.
 *
 * LAYOUT: what tells torn from corrupt, in the last segment
 *
 *     FOUND AT THE END OF THE LOG                                       VERDICT
 *     nothing                                                           the clean end
 *     fewer than 16 bytes, or a type byte of 0                          torn
 *     a valid header, and a body that runs past the end of the file     torn
 *     a wrong checksum, and a sector of the record was not written      torn
 *     a wrong checksum otherwise                                        corrupt
 *     torn, but a record with the sync mark follows                     corrupt
 *
 *     In all others, anything but whole records, the seal, and zeros is corrupt. (In a file of step
 *     5, anything but whole records.)
 *
 * A disk writes sectors of 512 bytes, each wholly or not at all, and in any order. This is
 * assumed: a sector that was being written keeps its old content or gets its new one. What was
 * never written reads as zeros. So a sector that a crash kept from the disk shows as zeros from
 * where it begins in the record to where it ends, and a flipped bit does not. (The sector that the
 * record itself begins in needs no such look: were it missing, the type byte would be 0.)
 *
 *     512          1024         1536         2048
 *     |............|............|............|
 *         | header, key, value .... |               as it was meant
 *         | header, 0000000000000 . |               torn: sector 1024 was not written
 *
 * A value may itself hold a sector of zeros, and then a flipped bit beside it looks torn too.
 * That is what the sync mark is for: if anything behind the damage says that everything before
 * it was durable, then it was no crash that kept that sector from the disk.
 *
 * A value that is the copy of a log does not look like such a record: its bytes were written for
 * another file, or for another offset (see FileHeader). In version 1 it does, so there the search
 * follows the lengths from header to header for as long as that is possible.
 *
 * Records behind a torn one are cut off with it, though they may be whole. They were never synced:
 * the sync would have taken the torn one to the disk as well. So what is left is a prefix of what
 * was written, with everything in it that was synced.
 *
 * INVARIANTS
 *
 * I4   The segments that no other covers tile 1 to n.
 * I7   No file is deleted until its replacement's rename, and everything that justified a drop, is
 *      durable.
 * I9   Recovery makes durable what it saw before it acts on it.
 * I10  What is recovered is a prefix of history that contains everything synced.
 */
package kv.engine;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/** Brings a log, and the keydir with it, to the state that is found in a directory. */
final class Recovery {
  /** How many records the keydir is told of at a time: see {@link KeyDir#touch}. */
  private static final int BATCH = 64;

  private static final String NO_SEAL = "the segment has no seal: what followed is missing";

  private static final System.Logger LOGGER = System.getLogger(Store.class.getName());

  private final Path directory;

  /** The number of a segment that is known to have been there, or 0. */
  private final int lastKnown;

  private final Log log;
  private final KeyDir keydir;

  /** Segments that others cover, their hints, and unfinished outputs of merges. */
  private final List<Path> useless = new ArrayList<>();

  /** Records that the keydir was not told of yet. */
  private final byte[] types = new byte[BATCH];

  private final byte[][] keys = new byte[BATCH][];
  private final long[] hashes = new long[BATCH];
  private final long[] locations = new long[BATCH];
  private final int[] lengths = new int[BATCH];
  private int noted;

  /** The last segment if it has no seal. */
  private Segment tail;

  /** Files of step 5 that others follow, in log order: whole, and without a seal. */
  private final List<Segment> unsealed = new ArrayList<>();

  /** Whether the first of them has a part of a seal. */
  private boolean sealBegun;

  /** Whether the last segment is one of version 2 without records. */
  private boolean engineHasBegun;

  /** Whether the last segment has no file header: its creation did not finish. */
  private boolean lastHasNoHeader;

  /** Whether a file of version 1 that has its seal precedes the first that has none. */
  private boolean sealedBefore;

  private Recovery(Path directory, int lastKnown, Log log, KeyDir keydir) {
    this.directory = directory;
    this.lastKnown = lastKnown;
    this.log = log;
    this.keydir = keydir;
  }

  // ======== Opening ========

  /**
   * Opens the segments in a directory, fills the keydir, and repairs what a crash has left. Takes
   * O(bytes in the hint files) time, O(bytes in the segment) for a segment without one, and about
   * one read from the log for each record that replaces another.
   *
   * @param readOnly whether to change nothing, and repair nothing
   * @param lastKnown the number of a segment that is known to have been there, or 0
   * @throws CorruptStoreException if a file is damaged or missing; nothing was changed then
   */
  static void run(Path directory, boolean readOnly, int lastKnown, Log log, KeyDir keydir)
      throws IOException {
    Recovery recovery = new Recovery(directory, lastKnown, log, keydir);
    recovery.readAll();
    FailPoint.VERIFIED.hit(directory);
    if (readOnly) {
      recovery.report();
    } else {
      recovery.repair();
    }
    log.countFound();
  }

  /** The first part: reads and verifies everything, and changes nothing. */
  private void readAll() throws IOException {
    Listing listing = Listing.of(directory);
    List<SegmentName> names = listing.log(lastKnown);
    List<SegmentName> covered = listing.covered(names);
    for (SegmentName name : names) {
      boolean last = name == names.get(names.size() - 1);
      read(log.addFound(name), covered.stream().anyMatch(name::covers), last);
    }
    // The file after the only one without a seal may be a segment of the engine's whose file header
    // was not durable yet.
    boolean mayHaveBegun = engineHasBegun || lastHasNoHeader && unsealed.size() == 1;
    if (sealBegun && !engineHasBegun || sealedBefore && !unsealed.isEmpty() && !mayHaveBegun) {
      throw unsealed();
    }
    applyNoted();
    // A page that could not be read was taken for zeros, and zeros for the end of the log.
    LateFaults.surface();
    useless.addAll(listing.leftovers(names));
  }

  /**
   * Tells the keydir of the records of one segment, from its hint file if it can.
   *
   * @param covers whether there still are files that this segment covers
   * @param last whether no segment comes after this one
   */
  private void read(Segment segment, boolean covers, boolean last) throws IOException {
    Path hint = segment.name().hint(directory);
    HintFile.Visitor visitor = (type, key, at, length) -> note(segment, type, key, at, length);
    // A merge's output had its seal before it had its name.
    boolean mayBeTorn = last && segment.name().generation() == 0;
    LogReader records = segment.reader();
    boolean hasHeader = hasFileHeader(records, mayBeTorn);
    if (!hasHeader) {
      segment.recovered(FileHeader.SIZE, 0, 0);
    }
    boolean sealed = true;
    if (hasHeader && !covers && HintFile.read(segment, hint, visitor)) {
      segment.setHinted();
    } else if (!hasHeader || !readRecords(segment, records, last, mayBeTorn)) {
      if (HintFile.isIntact(hint)) {
        // Hint files are for what has a seal. It was there, and behind what is there now.
        throw records.corrupt(
            segment.end(), "the segment has no seal, though it has a hint file, " + hint);
      }
      sealed = false;
    }
    boolean isOld = segment.fileHeader().isOld();
    boolean mayFollow = isOld ? !sealed : last && segment.count() == 0;
    if (!unsealed.isEmpty() && !mayFollow) {
      throw unsealed();
    }
    engineHasBegun = hasHeader && !isOld && last && segment.count() == 0;
    lastHasNoHeader = !hasHeader;
    sealedBefore |= isOld && sealed && unsealed.isEmpty();
    if (!sealed && last) {
      tail = segment;
    } else if (!sealed) {
      unsealed.add(segment);
    }
  }

  /** The last segment in the directory. */
  private Segment last() {
    return log.sealed().get(log.sealed().size() - 1);
  }

  /** The exception for a segment that others follow, and that must have a seal. */
  private CorruptStoreException unsealed() {
    Segment segment = unsealed.get(0);
    return segment.reader().corrupt(segment.end(), NO_SEAL);
  }

  /** Notes a record, of which the keydir is told with some others. */
  private void note(Segment segment, byte type, byte[] key, int offset, int length)
      throws IOException {
    types[noted] = type;
    keys[noted] = key;
    hashes[noted] = keydir.hash(key);
    locations[noted] = Location.of(segment.id(), offset);
    lengths[noted] = length;
    noted++;
    if (noted == BATCH) {
      applyNoted();
    }
  }

  /** Tells the keydir of the records that were noted, in their order. */
  private void applyNoted() throws IOException {
    keydir.touch(hashes, noted);
    for (int i = 0; i < noted; i++) {
      long before = keydir.follow(types[i], hashes[i], keys[i], locations[i]);
      log.account(locations[i], types[i] == Record.PUT ? lengths[i] : 0, before);
    }
    noted = 0;
  }

  /**
   * Tells whether the file header is there. If not, then a crash has left the file as it was being
   * created: the header is short, or zero, and nothing follows.
   *
   * @throws CorruptStoreException if it is anything else
   */
  private static boolean hasFileHeader(LogReader records, boolean mayBeTorn)
      throws CorruptStoreException {
    int size = records.size();
    byte[] found = records.copy(0, Math.min(FileHeader.SIZE, size));
    if (FileHeader.isValid(found)) {
      return true;
    }
    if (mayBeTorn && FileHeader.isUnfinished(found) && records.isZero(found.length, size)) {
      return false;
    }
    int version = FileHeader.version(found);
    throw records.corrupt(
        0,
        version < 0 || version == FileHeader.VERSION
            ? "there is no valid file header"
            : "the file has version "
                + version
                + " of the format, and this store reads versions 1 and "
                + FileHeader.VERSION);
  }

  /**
   * Reads and verifies a whole segment, and tells the keydir of its records.
   *
   * @return whether it has a seal; if not, what follows the records is torn, or the beginning of
   *     the seal of a file of step 5
   * @throws CorruptStoreException if anything else is found
   */
  private boolean readRecords(Segment segment, LogReader records, boolean last, boolean mayBeTorn)
      throws IOException {
    int size = records.size();
    CRC32C headerChecksums = new CRC32C();
    int count = 0;
    int at = records.fileHeader().size();
    boolean mayHaveNoSeal = !last && mayHaveNoSeal(segment);
    while (size - at >= Record.HEADER_SIZE && !records.isZero(at, at + 1)) {
      if (mayHaveNoSeal
          && isPartOfSeal(records, at, count, headerChecksums)
          && !isSealedAt(records, at, count, (int) headerChecksums.getValue())) {
        break;
      }
      if (!records.readHeader(at)) {
        if (!mayBeTorn || !missesASector(records, at, at + Record.HEADER_SIZE, size)) {
          throw records.corrupt(at, "there is no valid record header");
        }
        break;
      }
      // Less than 0: the lengths are valid, but together with the offset more than an int can say.
      if (records.nextOffset() < 0 || records.nextOffset() > size) {
        break;
      }
      if (!records.bodyMatches()) {
        if (!mayBeTorn || !missesASector(records, at, records.nextOffset(), size)) {
          throw records.corrupt(at, "the key and the value do not match their checksum");
        }
        break;
      }
      if (records.type() == Record.SEAL) {
        int checksum = (int) headerChecksums.getValue();
        if (!isSealedAt(records, at, count, checksum)) {
          throw records.corrupt(at, "the seal is not that of the records before it");
        }
        segment.recovered(at, count, checksum);
        return true;
      }
      note(segment, records.type(), records.key(), at, records.length());
      headerChecksums.update(records.copy(at + Record.HEADER_SIZE - 4, 4));
      count++;
      at = records.nextOffset();
    }
    if (mayHaveNoSeal
        && isPartOfSeal(records, at, count, headerChecksums)
        && (at == size || unsealed.isEmpty())) {
      sealBegun |= at < size;
    } else if (!mayBeTorn) {
      throw records.corrupt(at, NO_SEAL);
    }
    int mark = findSyncMark(records, at, size);
    if (mark >= 0) {
      throw records.corrupt(
          at, "this part of the log had been synced, as the record at offset " + mark + " tells");
    }
    segment.recovered(at, count, (int) headerChecksums.getValue());
    return false;
  }

  /** Returns whether a segment may be a file of step 5 that has no seal yet. */
  private boolean mayHaveNoSeal(Segment segment) {
    // When the engine notes a number in LOCK, all segments up to it have their seals.
    return segment.fileHeader().isOld() && segment.name().last() > lastKnown;
  }

  /**
   * Returns whether nothing follows the records, or a part of their seal: each byte that is there
   * is the seal's, or zero.
   */
  private static boolean isPartOfSeal(
      LogReader records, int at, int count, CRC32C headerChecksums) {
    int length = records.size() - at;
    if (length > Record.SEAL_SIZE) {
      return false;
    }
    byte[] seal = seal(records, at, count, (int) headerChecksums.getValue());
    byte[] found = records.copy(at, length);
    for (int i = 0; i < length; i++) {
      if (found[i] != 0 && found[i] != seal[i]) {
        return false;
      }
    }
    return true;
  }

  /** Returns the bytes of a seal for an offset of a file. */
  private static byte[] seal(LogReader records, int offset, int count, int sealChecksum) {
    ByteBuffer seal = Record.encodeSeal(count, sealChecksum);
    Record.place(seal, records.fileHeader(), offset);
    return seal.array();
  }

  /** Returns whether a seal with this count and checksum is at an offset, with only zeros after it. */
  static boolean isSealedAt(LogReader records, int offset, int count, int sealChecksum) {
    int size = records.size();
    if (offset < records.fileHeader().size() || offset > size - Record.SEAL_SIZE) {
      return false;
    }
    byte[] found = records.copy(offset, Record.SEAL_SIZE);
    return Arrays.equals(found, seal(records, offset, count, sealChecksum))
        && records.isZero(offset + Record.SEAL_SIZE, size);
  }

  /** Tells whether a sector that begins in a part of the file is zero to its end. */
  private static boolean missesASector(LogReader records, int from, int to, int size) {
    int sector = (from + Segment.SECTOR_SIZE - 1) / Segment.SECTOR_SIZE * Segment.SECTOR_SIZE;
    for (; sector < to; sector += Segment.SECTOR_SIZE) {
      if (records.isZero(sector, Math.min(sector + Segment.SECTOR_SIZE, size))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns the offset of a record with the sync mark after the last whole record, or -1. In
   * version 2, every byte is tried as the start of a header: only a record that was written at that
   * very offset of this file has the right checksum. In version 1, the lengths lead from header to
   * header for as long as that is possible, and no value is searched that they lead over.
   */
  private static int findSyncMark(LogReader records, int end, int size) {
    boolean chained = records.fileHeader().isOld();
    // 0 <=: two lengths and an offset can be more than an int holds.
    for (int at = end; 0 <= at && at <= size - Record.HEADER_SIZE; ) {
      boolean found = records.readHeader(at);
      // Not at the end itself: the torn record's own mark is about the records before it.
      if (found && at > end && records.hasSyncMark()) {
        return at;
      }
      chained &= found;
      at = chained ? records.nextOffset() : at + 1;
    }
    return -1;
  }

  /** Says what a repair would cut off. */
  private void report() {
    if (tail != null && !tail.reader().isZero(tail.end(), tail.reader().size())) {
      LOGGER.log(
          System.Logger.Level.INFO,
          tail.file()
              + (" is torn at offset " + tail.end())
              + ": what follows is ignored, since the store is read-only");
    }
  }

  /** The rest: makes durable what was seen, and then clears up. */
  private void repair() throws IOException {
    for (Segment segment : log.sealed()) {
      // Also if they have their seals: the process may have died before the fsync. All others were
      // synced before there was one after them.
      if (segment == last() || mayHaveNoSeal(segment)) {
        Segment.sync(segment.file());
      }
    }
    log.directory().sync();
    for (Path path : useless) {
      // CRASH HERE: what is still there is as useless at the next open.
      Files.deleteIfExists(path);
      FailPoint.DELETED.hit(path);
    }
    if (tail != null) {
      cutTail();
    }
    seal();
  }

  /** Cuts off what is torn, and makes that durable before anything is written in its place. */
  private void cutTail() throws IOException {
    cut(tail);
    Segment.sync(tail.file());
    FailPoint.TAIL_CUT.hit(tail.file());
  }

  /** Seals the segments that have no seal. */
  private void seal() throws IOException {
    if (tail != null && tail.fileHeader().isOld()) {
      // CRASH HERE: a store of step 5, whose last file may be empty.
      log.beginSegment();
      log.sealActive();
      // CRASH HERE: step 5 refuses the directory from now on.
      unsealed.add(tail);
    } else if (tail != null) {
      seal(tail);
    }
    for (Segment segment : unsealed) {
      // CRASH HERE: older files have their seals, and this one has none of it, a part, or all.
      seal(segment);
    }
  }

  /** Writes the seal of a segment after its records. On return it is durable. */
  private static void seal(Segment segment) throws IOException {
    Path file = segment.file();
    cut(segment);
    try (RandomAccessFile writer = new RandomAccessFile(file.toFile(), "rw")) {
      if (!segment.fileHeader().isOld()) {
        // If the process died when it had only just created the file, there is nothing yet.
        writer.write(segment.fileHeader().encode());
      }
      writer.seek(segment.end());
      writer.write(seal(segment.reader(), segment.end(), segment.count(), segment.sealChecksum()));
    }
    FailPoint.SEALED.hit(file);
    Segment.sync(file);
  }

  /** Cuts off everything after the records of a segment. */
  private static void cut(Segment segment) throws IOException {
    try (RandomAccessFile writer = new RandomAccessFile(segment.file().toFile(), "rw")) {
      if (Directories.WINDOWS) {
        // It does not shorten a file that is mapped. Zeros are as good.
        writer.seek(segment.end());
        for (long at = segment.end(); at < writer.length(); at++) {
          writer.write(0);
        }
      } else if (writer.length() > segment.end()) {
        writer.setLength(segment.end());
      }
    }
  }
}
