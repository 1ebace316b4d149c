/*
 * WHAT THIS FILE IS
 *
 * A file of a store that may be damaged anywhere. A store stops at the first fault. This class
 * goes on after it: it passes every record whose two checksums are right, in order, to a visitor,
 * and reports each part of the file that it left out, with the reason.
 *
 * It walks over the file. The other parts of the work have classes of their own:
 *
 *     FileWindow       the bytes, zeros where the disk fails
 *     FormatDetector   the version and the salt
 *     RecordMatcher    whether there is a record at an offset
 *     RecordSearch     the next record after damage
 *
 * PICTURE: a file in which the second record's header and the third record's body are damaged
 *
 *     | file header | record | ?????? | header, ????????? | record | seal |
 *                            ^        ^                   ^
 *                            |        the next header,    the end of the third record, known
 *                            damage   found at some byte  from its own header
 *
 * WHERE THE NEXT RECORD IS
 *
 * Version 2. After a damaged header every byte is tried as the start of the next one. A header
 * that matches the file's salt and its own offset was written there, so nothing else is mistaken
 * for one. If the salt itself is damaged, the records imply it.
 *
 * Version 1. A value that is the copy of a log contains records that cannot be distinguished from
 * those of the file. As long as each record's end is known, no value is searched. After a damaged
 * header, the record's own body checksum tells where the record ends: where the checksum matches
 * and a record begins. If it never matches, because the checksum or the body is damaged too, every
 * byte is tried. A record found that way may be a copy. It is taken, and counted as doubtful. But
 * if the bytes before it contain the start of a log, a copy is more likely than a record. Then the
 * rest of the file is left out.
 *
 * COST
 *
 * O(bytes in the file) time, and memory for the largest record.
 */
package kv.engine;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/** Walks over the records of a file that may be damaged. Reads only. Not thread-safe. */
final class DamagedFile implements Closeable {
  /** Receives the contents of a file, in order. */
  interface Visitor {
    /** Called for each put and delete whose checksums are right. */
    default void record(RecordMatcher.Found record) throws IOException {}

    /** Called if the file header is damaged. The records can be found without it. */
    default void headerDamaged() throws IOException {}

    /**
     * Called for each part that was left out, before any record after it.
     *
     * @param from the offset of its first byte
     * @param to the offset of the first byte after it; equal to {@code from} if something is
     *     missing there
     */
    default void leftOut(long from, long to, String reason) throws IOException {}
  }

  /** Whether a file had a seal, as far as that is known before the file is read. */
  enum Seal {
    /** The file had a seal. */
    YES,
    /** The file had a seal if it has version 2. (Step 5, which writes version 1, has no seals.) */
    IN_VERSION_2,
    /** The file may not have had a seal. */
    UNKNOWN
  }

  private final FileWindow file;
  private final RecordMatcher matcher;
  private final RecordSearch search;
  private final FormatDetector format;

  /** Size of the file in bytes. */
  private final long size;

  /** Whether the file is a segment, and not a log of steps 1 to 4: only segments have seals. */
  private final boolean segment;

  private Visitor visitor;

  /** Number of records passed to the visitor. */
  private long records;

  /** Number of parts that were left out. */
  private long leftOut;

  /** End of the last part that was left out. */
  private long leftOutEnd;

  private boolean sealed;

  /**
   * Whether some record of version 1 was found only by trying every byte. Every record after it may
   * be a copy: the end of a copied log in a value is also the start of the next record, so
   * following the lengths leads out of a copy as smoothly as it leads through the file.
   */
  private boolean chainBroken;

  /** Number of records found since then. */
  private long doubtful;

  // ======== Opening ========

  /** Opens a file for reading. Reads nothing yet. */
  static DamagedFile open(Path path, boolean segment) throws IOException {
    return new DamagedFile(FileWindow.open(path), segment);
  }

  /**
   * Creates a walk over a file.
   *
   * @param file closed with this object
   * @param segment whether the file is a segment, and not the log of a store of steps 1 to 4
   */
  DamagedFile(FileWindow file, boolean segment) {
    this.file = file;
    this.size = file.size();
    this.segment = segment;
    matcher = new RecordMatcher(file, segment);
    search = new RecordSearch(file, matcher);
    format = new FormatDetector(file, matcher, search, segment);
    file.setFaultListener(
        (from, to, cause) -> leaveOut(from, to, "it could not be read: " + cause.getMessage()));
  }

  // ======== Reading ========

  /**
   * Passes all records, and all parts that are left out, to a visitor. May be called once.
   *
   * @param seal whether the file had a seal: if so, and the seal is gone, records may be missing
   */
  void read(Seal seal, Visitor visitor) throws IOException {
    this.visitor = visitor;
    if (!format.isUnfinished()) {
      boolean hasHeader = format.detect();
      int headerSize = matcher.isVersion1() ? OldLog.FILE_HEADER.length : FileHeader.SIZE;
      long start = Math.min(size, headerSize);
      if (!hasHeader && start < size) {
        visitor.headerDamaged();
      } else if (!hasHeader) {
        leaveOut(0, size, "the file ends in the middle of the file header");
      }
      readRecords(start);
    }
    boolean hadSeal = seal == Seal.YES || seal == Seal.IN_VERSION_2 && !matcher.isVersion1();
    if (hadSeal && !sealed && (leftOut == 0 || leftOutEnd < size)) {
      leaveOut(size, size, "there is no seal: records may be missing after the last one");
    }
  }

  /**
   * Goes from record to record, and past damage. Each step starts at an offset where a record
   * should be: after another one, or where a search found one.
   */
  private void readRecords(long start) throws IOException {
    CRC32C headerChecksums = new CRC32C();
    long at = start;
    while (at < size && !file.isZero(at, size)) {
      RecordMatcher.Header header = matcher.header(at);
      if (header == null) {
        at = afterDamage(at);
        continue;
      }
      long end = at + header.length();
      if (!matcher.bodyMatches(at, header)) {
        at = afterBadBody(at, end);
        continue;
      }
      if (header.type() != Record.SEAL) {
        visitor.record(matcher.record(at, header));
        records++;
        doubtful += chainBroken ? 1 : 0;
        headerChecksums.update(ByteBuffer.allocate(4).putInt(0, header.checksum()));
      } else if (!chainBroken) {
        // After a broken chain a seal may be a copy as well, and is skipped.
        sealed = true;
        checkSeal(at, (int) headerChecksums.getValue());
        if (!file.isZero(end, size)) {
          leaveOut(end, size, "there are bytes after the seal");
        }
        return;
      }
      at = end;
    }
    if (at < size && !segment) {
      leaveOut(at, size, "zeros: nothing was written there");
    }
  }

  /**
   * Compares the seal at an offset with the records before it. If some of them were left out, the
   * seal cannot match, and says nothing new.
   */
  private void checkSeal(long at, int sealChecksum) throws IOException {
    ByteBuffer seal = ByteBuffer.wrap(file.copy(at, Record.SEAL_SIZE));
    long count = Integer.toUnsignedLong(seal.getInt(Record.SEAL_COUNT_OFFSET));
    boolean matches = count == records && seal.getInt(Record.SEAL_CHECKSUM_OFFSET) == sealChecksum;
    if (leftOut == 0 && !matches) {
      leaveOut(at, at, "the seal is for " + count + " records, and does not match those before it");
    }
  }

  /** Reports a part without a whole record. */
  private void leaveOut(long from, long to, String reason) throws IOException {
    leftOut++;
    leftOutEnd = to;
    visitor.leftOut(from, to, reason);
  }

  /**
   * Reports a record whose header is right and whose body is not, and returns where to go on: at
   * the record's end, since the header has a checksum of its own (I5). If the record may be a copy,
   * its end may be in the middle of a real record, so every byte is tried.
   */
  private long afterBadBody(long at, long end) throws IOException {
    String reason =
        end > size
            ? "the file ends " + (end - size) + " bytes before the record does"
            : LogReader.WRONG_BODY;
    long next = chainBroken ? search.nextRecord(at + 1) : Math.min(end, size);
    leaveOut(at, next, reason);
    return next;
  }

  /**
   * Reports an offset where there is no header, and returns where the next record is.
   *
   * <pre>
   * all but the type is right      the length is known: a process died while it wrote this
   * version 2                      the next header, at any byte
   * version 1, body is right       the end of the body
   * version 1, anything else       the next record, at any byte; or none, if there is a copy
   *                                of a log in between
   * </pre>
   */
  private long afterDamage(long at) throws IOException {
    if (size - at < Record.HEADER_SIZE) {
      leaveOut(at, size, "the file ends in the middle of a record's header");
      return size;
    }
    RecordMatcher.Header unfinished = matcher.unfinished(at);
    if (unfinished != null) {
      long end = Math.min(size, at + unfinished.length());
      leaveOut(at, end, "a record that was not finished: its type, written last, is missing");
      return end;
    }
    return matcher.isVersion1() ? afterDamageInVersion1(at) : afterDamageInVersion2(at);
  }

  private long afterDamageInVersion2(long at) throws IOException {
    long next = search.nextHeader(at + 1);
    leaveOut(at, next, LogReader.NO_HEADER);
    return next;
  }

  private long afterDamageInVersion1(long at) throws IOException {
    long end = search.endByBody(at);
    if (end >= 0) {
      leaveOut(at, end, "the record's header is damaged");
      return end;
    }
    long next = search.nextRecord(at + 1);
    if (next < size && search.hasLogStart(at, next)) {
      leaveOut(at, size, "a header is damaged, and a copy of a log follows: no end can be found");
      return size;
    }
    leaveOut(at, next, LogReader.NO_HEADER);
    chainBroken = true;
    return next;
  }

  /** Returns the size of the file in bytes. */
  long size() {
    return size;
  }

  /** Returns the version of the format. The file must have been read. */
  int version() {
    return matcher.version();
  }

  /** Returns the number of records found, without the seal. */
  long records() {
    return records;
  }

  /** Returns the number of parts that were left out. */
  long leftOut() {
    return leftOut;
  }

  /** Returns the number of records that may be from the copy of a log in a value. */
  long doubtful() {
    return doubtful;
  }

  // ======== Closing ========

  @Override
  public void close() throws IOException {
    file.close();
  }
}
