/*
 * WHAT THIS FILE IS
 *
 * The dump of a hint file, which lists the records of its segment.
 *
 * LAYOUT
 *
 *     OFFSET  SIZE  FIELD
 *     0       8     KVHINTS and the version, 2
 *     8       4     end of the segment's last record
 *     12      4     number of its records
 *     16      4     its seal checksum
 *     20      16    secret of the hashes: two numbers of 8 bytes
 *     36      ..    for each record: hash of the key (8), offset (4), record length (4), type (1),
 *                   key length (2), key
 *     end-4   4     CRC32C of all before
 *
 * The entries are sorted by their groups, the highest 10 bits of the hashes, and in a group by their
 * offsets. So the records are not in the order of the segment, and yet they must fill it without
 * gaps: each offset but the first is where another record ends. Both are spread over 64 bits and
 * added up, and the sums are compared.
 *
 * Earlier engines wrote version 1. A store replaces such a file, so its entries are not shown.
 *
 * No fault is torn here, all are damage: a store replaces a hint file that it cannot use.
 */
package kv.workshop;

import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;

/** Shows the entries of one hint file. */
final class HintDump {
  private static final int SECRET = 20;
  private static final int START_SIZE = 36;
  private static final int ENTRY_SIZE = 19;
  private static final int CHECKSUM_SIZE = 4;

  /** Number of bits of a hash that are not its group. */
  private static final int BELOW_GROUP = 54;

  /** The first bytes of a hint file of an earlier engine. */
  private static final byte[] VERSION_1 = {'K', 'V', 'H', 'I', 'N', 'T', 'S', 1};

  private final Dump dump;
  private final FileBytes bytes;

  /** Offset of the checksum, after the last entry. */
  private final long end;

  private KeyHash hash;
  private long puts;
  private long deletes;

  /** Group of the entry before, and offset of its record. */
  private int group;

  private long record;

  /** Sum of the starts of the records less the sum of their ends, each spread. */
  private long balance;

  /** Offset of the first damaged place, or -1. */
  private long damaged = -1;

  private long damages;

  HintDump(Dump dump, FileBytes bytes) {
    this.dump = dump;
    this.bytes = bytes;
    this.end = bytes.size() - CHECKSUM_SIZE;
  }

  /** Shows the file. Returns 1 if something is damaged, otherwise 0. */
  int run() throws IOException {
    String records = "";
    if (end >= SECRET && Arrays.equals(bytes.copy(0, VERSION_1.length), VERSION_1)) {
      earlierVersion();
    } else if (end < START_SIZE) {
      byte[] all = bytes.copy(0, (int) bytes.size());
      dump.line(0, Fields.unknown(HexFormat.of().formatHex(all)));
      damage(0, "a hint file has at least " + (START_SIZE + CHECKSUM_SIZE) + " bytes");
      records = records();
    } else {
      start();
      long at = START_SIZE;
      while (at < end) {
        at = entry(at);
      }
      checkEntries();
      checksum();
      records = records();
    }
    dump.summary(records + (damages == 0 ? "the end is clean" : "damaged at " + damaged));
    return damages > 0 ? 1 : 0;
  }

  private String records() {
    return Dump.count(puts + deletes, "record")
        + ": "
        + Dump.count(puts, "put")
        + ", "
        + Dump.count(deletes, "delete")
        + "; ";
  }

  private void earlierVersion() throws IOException {
    segment("KVHINTS, version 1; segment: end ");
    dump.note("written by an earlier engine: a store does not use this file, and replaces it");
    checksum();
  }

  private void start() throws IOException {
    byte[] header = bytes.copy(0, Dump.HINT_HEADER.length);
    boolean right = Arrays.equals(header, Dump.HINT_HEADER);
    segment((right ? "KVHINTS, version 2; " : "") + "segment: end ");
    if (!right) {
      damage(0, "a hint file starts with " + Dump.fileHeader(Dump.HINT_HEADER));
    }
    byte[] secret = bytes.copy(SECRET, START_SIZE - SECRET);
    Fields numbers = new Fields().add("secret k0", secret, 0, Long.BYTES);
    dump.line(SECRET, numbers.add("secret k1", secret, Long.BYTES, secret.length));
    dump.note("secret of the hashes");
    hash = new KeyHash(secret);
  }

  /** Shows the fields that both versions have. */
  private void segment(String text) throws IOException {
    HexFormat hex = HexFormat.of();
    byte[] header = bytes.copy(0, Dump.HINT_HEADER.length);
    byte[] rest = bytes.copy(header.length, SECRET - header.length);
    Fields fields = Dump.fileHeader(header).add("end", rest, 0, 4).add("count", rest, 4, 8);
    dump.line(0, fields.add("seal checksum", rest, 8, 12));
    dump.note(
        text
            + unsigned(8)
            + ", "
            + Dump.count(unsigned(12), "record")
            + ", seal checksum "
            + hex.formatHex(rest, 8, 12));
  }

  /** Shows an entry, and returns the offset of the next one. */
  private long entry(long at) throws IOException {
    int length = (int) Math.min(ENTRY_SIZE, end - at);
    byte[] fixed = bytes.copy(at, length);
    int keyLength =
        length < ENTRY_SIZE
            ? 0
            : Byte.toUnsignedInt(fixed[17]) << 8 | Byte.toUnsignedInt(fixed[18]);
    boolean known = length == ENTRY_SIZE && (fixed[16] == 'P' || fixed[16] == 'D');
    if (!known || at + length + keyLength > end) {
      dump.line(at, Fields.unknown(HexFormat.of().formatHex(fixed)));
      damage(at, "not an entry of a hint file; " + Dump.count(end - at, "byte") + " passed over");
      return end;
    }
    Fields fields =
        new Fields()
            .add("hash", fixed, 0, 8)
            .add("offset", fixed, 8, 12)
            .add("length", fixed, 12, 16)
            .add("record type", fixed, 16, 17)
            .add("key length", fixed, 17, 19);
    byte[] key = bytes.copy(at + ENTRY_SIZE, keyLength);
    byte[] shown = Arrays.copyOf(key, Math.min(keyLength, Shown.MOST));
    long size = unsigned(at + 12);
    String where = " at offset " + unsigned(at + 8) + ", " + Dump.count(size, "byte");
    String type = fixed[16] == 'P' ? "put " : "delete ";
    int columns = dump.columns() - type.length() - where.length();
    int left = dump.columns() - fields.toString().length() - 2;
    dump.line(at, fields.addBody("key", Shown.hex(shown, keyLength, left)));
    dump.note(type + Shown.text(shown, keyLength, columns) + where);
    checkEntry(at, fixed[16] == 'P', key);
    return at + ENTRY_SIZE + keyLength;
  }

  private void checkEntry(long at, boolean put, byte[] key) throws IOException {
    long size = unsigned(at + 12);
    long least = RecordHeader.SIZE + key.length;
    if (put ? size < least : size != least) {
      damage(at, "a record with this key has " + least + " bytes" + (put ? " or more" : ""));
    }
    long found = unsigned(at) << Integer.SIZE | unsigned(at + Integer.BYTES);
    if (found != hash.of(key)) {
      damage(at, "the hash of this key is " + HexFormat.of().toHexDigits(hash.of(key)));
    }
    int its = (int) (found >>> BELOW_GROUP);
    if (its < group || its == group && unsigned(at + 8) < record) {
      String before = "the entry before it has the group " + group + " and the offset " + record;
      damage(at, before + ", this one " + its + " and " + unsigned(at + 8));
    }
    group = its;
    record = unsigned(at + 8);
    balance += spread(record) - spread(record + size);
    puts += put ? 1 : 0;
    deletes += put ? 0 : 1;
  }

  /** Compares the entries with the counts at the start of the file. */
  private void checkEntries() throws IOException {
    long until = unsigned(8);
    // A segment of version 2 of the format, or of version 1.
    boolean fills =
        balance == spread(RecordScan.SALTED_SIZE) - spread(until)
            || balance == spread(Dump.LOG_HEADER.length) - spread(until);
    if (puts + deletes != unsigned(12)) {
      damage(
          12,
          "the start counts "
              + unsigned(12)
              + " records, but there are entries for "
              + (puts + deletes));
    } else if (!fills) {
      damage(8, "the records do not fill the segment up to its end, " + until);
    }
  }

  private static long spread(long offset) {
    long mixed = (offset + 1) * 0xbf58476d1ce4e5b9L;
    return (mixed ^ mixed >>> 29) * 0x94d049bb133111ebL;
  }

  private void checksum() throws IOException {
    HexFormat hex = HexFormat.of();
    int stored = bytes.intAt(end);
    int computed = bytes.checksum(0, end);
    dump.line(end, new Fields().add("checksum", hex.toHexDigits(stored)));
    dump.note("checksum of all before" + (stored == computed ? ": matches" : ""));
    if (stored != computed) {
      damage(
          end,
          "the checksum says "
              + hex.toHexDigits(stored)
              + ", the bytes before it give "
              + hex.toHexDigits(computed));
    }
  }

  private void damage(long at, String fault) throws IOException {
    damaged = damages == 0 ? at : damaged;
    damages++;
    dump.note(Tone.DAMAGED, "DAMAGED: " + fault);
  }

  private long unsigned(long offset) throws IOException {
    return Integer.toUnsignedLong(bytes.intAt(offset));
  }
}
