/*
 * WHAT THIS FILE IS
 *
 * A file of the log that is read once, and then only further: each advance reads what was appended
 * since. It judges by the rules of LogDump, and with its classes.
 *
 * A FILE THAT IS BEING WRITTEN
 *
 * A writer appends a record by one call, and a reader can see half of it. So a fault is believed only
 * if it is still there some time later; until then the scan waits in front of it. A torn end stays
 * in front of the scan for good, since the next open cuts it off: then records follow in its place.
 *
 * COST
 *
 * O(bytes appended) time for an advance, and O(1) memory, except for the damaged places. At most
 * MOST_DAMAGES of these are kept.
 */
package kv.workshop.scope;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import kv.workshop.Faults;
import kv.workshop.Faults.Fault;
import kv.workshop.FileBytes;
import kv.workshop.RecordHeader;
import kv.workshop.RecordScan;

/** The state of reading one file of the log. Not thread-safe. */
final class FileScan {
  /** Receives what a file contains, in order. */
  interface Contents {
    /** Called for a put or a delete with right checksums. */
    void record(long at, RecordHeader header, byte[] key) throws IOException;

    /** Called for a seal. */
    void seal(long at, RecordHeader header);
  }

  /** Time after which a fault is believed. */
  static final long PATIENCE_NANOS = 60_000_000;

  private static final int MOST_DAMAGES = 100;

  private final Path file;
  private final String name;
  private RecordScan scan;
  private FileBytes bytes;
  private Contents contents;
  private boolean mayTear;
  private long now;

  private int headerLength;
  private int version = 1;
  private int salt;
  private boolean merged;

  /** Offset of the first byte that was not read for good. */
  private long end;

  private long records;
  private final CRC32C headerChecksums = new CRC32C();
  private long syncedTo = -1;
  private long sealAt = -1;
  private int sealLength;
  private long zerosFrom = -1;
  private final List<Damage> damages = new ArrayList<>();

  /** The torn end, or null. */
  private Damage torn;

  /** Offset of a fault that is not believed yet, or -1, and the time at which it was found. */
  private long doubtAt = -1;

  private long doubtSince;
  private boolean believed;

  /** The bytes at the end before the last advance read them. A change makes another one due. */
  private byte[] following = new byte[0];

  FileScan(Path file) {
    this.file = file;
    this.name = file.getFileName().toString();
  }

  // ======== Reading ========

  /**
   * Reads on, as far as a size.
   *
   * @param mayTear whether the end of the file can be torn: whether it is the end of the log
   * @param now the time, or {@link Long#MAX_VALUE} to believe each fault at once
   */
  void advance(long size, boolean mayTear, long now, Contents contents) throws IOException {
    this.mayTear = mayTear;
    this.now = now;
    this.contents = contents;
    try (FileBytes open = new FileBytes(file, size)) {
      bytes = open;
      scan = new RecordScan(bytes, name);
      merged = scan.isMerged();
      zerosFrom = -1;
      torn = null;
      following = following();
      boolean more = headerLength > 0 || readFileHeader();
      if (version == 2) {
        scan.useVersion2(salt);
      }
      while (more && end < size) {
        // Read before the part: a record written while the part is read is then seen as a change.
        following = following();
        more = part();
      }
      following = more ? following() : following;
      doubtAt = doubtAt < end ? -1 : doubtAt;
    } finally {
      bytes = null;
      scan = null;
    }
  }

  private boolean readFileHeader() throws IOException {
    if (scan.isTooLong()) {
      if (!fault(new Faults(bytes, scan).tooLong())) {
        return false;
      }
      headerLength = RecordScan.SALTED_SIZE;
      return true;
    }
    headerLength = scan.readFileHeader();
    if (headerLength == 0) {
      Fault fault = new Faults(bytes, scan).fileHeader();
      if (!fault(fault)) {
        return false;
      }
      headerLength = (int) Math.max(1, fault.next());
    }
    version = scan.version();
    salt = scan.salt();
    end = headerLength;
    return true;
  }

  /** Reads one part of the file. Returns false if no other can follow yet. */
  private boolean part() throws IOException {
    Faults faults = new Faults(bytes, scan);
    long left = bytes.size() - end;
    if (bytes.isZero(end, bytes.size())) {
      if (isSealed() || version == 2) {
        zerosFrom = end;
        return false;
      }
      return fault(faults.zeros(end));
    }
    if (left < RecordHeader.SIZE) {
      return fault(faults.partOfHeader(end));
    }
    RecordHeader header = scan.header(end);
    if (!header.isValid()) {
      return fault(faults.header(end, header));
    }
    if (header.length() > left) {
      return fault(faults.partOfBody(end, header));
    }
    long at = end;
    int computed = bytes.checksum(at + RecordHeader.SIZE, at + header.length());
    boolean right = computed == header.body();
    if (!right && !fault(faults.body(at, header, computed))) {
      return false;
    }
    if (header.type() == 'S') {
      for (Fault fault : faults.seal(at, header, records, (int) headerChecksums.getValue())) {
        if (!fault(fault)) {
          return false;
        }
      }
      sealAt = at;
      sealLength = header.length();
      contents.seal(at, header);
    } else {
      records++;
      headerChecksums.update(header.bytes(), RecordHeader.CHECKSUM, Integer.BYTES);
      if (right) {
        contents.record(at, header, bytes.copy(at + RecordHeader.SIZE, header.keyLength()));
      }
    }
    syncedTo = header.syncMark() ? at : syncedTo;
    end = at + header.length();
    return true;
  }

  /** Judges a fault. Returns whether the scan goes on after it. */
  private boolean fault(Fault fault) throws IOException {
    if (now != Long.MAX_VALUE && doubtAt != fault.at()) {
      doubtAt = fault.at();
      doubtSince = now;
      believed = false;
    }
    if (now != Long.MAX_VALUE && now - doubtSince < PATIENCE_NANOS) {
      return false;
    }
    believed = true;
    boolean canBeTorn = fault.canBeTorn() && !isSealed() && !merged;
    long mark = canBeTorn && mayTear ? scan.syncMarkAfter(fault.at()) : -1;
    if (canBeTorn && mayTear && mark < 0) {
      torn = new Damage(fault.at(), bytes.size() - fault.at(), Damage.TORN, fault.message());
      return false;
    }
    String why =
        mark >= 0
            ? "; it is not torn: it had been synced, as the sync mark at offset " + mark + " says"
            : canBeTorn ? "; it is not torn: the log continues in another file" : "";
    if (damages.size() < MOST_DAMAGES) {
      long length = Math.max(0, fault.next() - fault.at());
      damages.add(new Damage(fault.at(), length, Damage.CORRUPT, fault.message() + why));
    }
    end = Math.max(end, fault.next());
    return true;
  }

  /** Returns whether bytes were written where the last advance ended. */
  boolean hasMore(long size) throws IOException {
    try (FileBytes open = new FileBytes(file, size)) {
      bytes = open;
      return !Arrays.equals(following, following());
    } finally {
      bytes = null;
    }
  }

  private byte[] following() throws IOException {
    long count = Math.min(RecordHeader.SIZE, bytes.size() - end);
    return count <= 0 ? new byte[0] : bytes.copy(end, (int) count);
  }

  // ======== Results ========

  /** Returns the length of the file header; 0 if there is none yet. */
  int headerLength() {
    return headerLength;
  }

  int version() {
    return version;
  }

  int salt() {
    return salt;
  }

  /** Returns whether a merge wrote the file. */
  boolean isMerged() {
    return merged;
  }

  /** Returns the offset after the last part that was read for good. */
  long end() {
    return end;
  }

  boolean isSealed() {
    return sealAt >= 0;
  }

  /** Returns the offset of the seal, or -1. */
  long sealAt() {
    return sealAt;
  }

  int sealLength() {
    return sealLength;
  }

  /** Returns the offset up to which a sync mark says that the file was durable, or -1. */
  long syncedTo() {
    return syncedTo;
  }

  /** Returns the offset of the reserved zeros at the end, or -1. */
  long zerosFrom() {
    return zerosFrom;
  }

  /** Returns whether there is a fault that is not believed yet. */
  boolean isInDoubt() {
    return doubtAt >= 0 && !believed;
  }

  /** Returns the torn end, or null. */
  Damage torn() {
    return torn;
  }

  /** Returns the damaged places, and the torn end if there is one, in order. */
  List<Damage> damages() {
    List<Damage> all = new ArrayList<>(damages);
    if (torn != null) {
      all.add(torn);
    }
    return all;
  }

  /** Returns a number that changes if any record does. */
  long fingerprint() {
    long hash = headerChecksums.getValue() << Integer.SIZE ^ damages().hashCode();
    return hash + 31 * end + 17 * sealAt + records;
  }
}
