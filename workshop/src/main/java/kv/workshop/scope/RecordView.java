package kv.workshop.scope;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import kv.workshop.Dump;
import kv.workshop.Faults;
import kv.workshop.FileBytes;
import kv.workshop.FlippedBit;
import kv.workshop.Json;
import kv.workshop.RecordHeader;
import kv.workshop.RecordScan;
import kv.workshop.scope.StoreFiles.Data;

/** One record as JSON, field by field: its bytes, their values and their meanings. */
final class RecordView {
  /** Bytes of a record that are shown in hex. */
  private static final int MOST_HEX = 4096;

  private final StoreFiles store;
  private final Data data;
  private final FileBytes bytes;
  private final RecordScan scan;
  private final long at;
  private final List<String> fields = new ArrayList<>();
  private String damagedField;
  private String damage;
  private long flipped = -1;

  private RecordView(StoreFiles store, Data data, FileBytes bytes, long at) {
    this.store = store;
    this.data = data;
    this.bytes = bytes;
    this.at = at;
    this.scan = Spot.scan(data, bytes);
  }

  /**
   * Returns the part of a file that begins at an offset: its file header, a record, or the bytes in
   * place of a record.
   *
   * @return null if there is no such file, or no such offset in it
   */
  static String of(StoreFiles store, String file, long at) throws IOException {
    Data data = store.data(file);
    if (data == null || !data.entry.regular() || at < 0) {
      return null;
    }
    try (FileBytes bytes = new FileBytes(store.folder().resolve(file), data.entry.size())) {
      return at >= bytes.size() ? null : new RecordView(store, data, bytes, at).write();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private String write() throws IOException {
    long left = bytes.size() - at;
    if (at < Math.max(1, data.scan.headerLength())) {
      return at == 0 ? fileHeader() : null;
    }
    if (left < RecordHeader.SIZE) {
      damaged("bytes", new Faults(bytes, scan).partOfHeader(at).message());
      field("bytes", 0, left, "", "a part of a header", false);
      return json(left, null, null);
    }
    if (bytes.isZero(at, bytes.size())) {
      boolean reserved = data.scan.zerosFrom() >= 0;
      String meaning = reserved ? "space that is reserved" : "the file had grown, without records";
      field("zeros", 0, left, Dump.count(left, "zero byte"), meaning, reserved);
      return json(left, null, null);
    }
    return record(scan.header(at), left);
  }

  // ======== The file header ========

  private String fileHeader() throws IOException {
    long length = Math.min(Math.max(8, data.scan.headerLength()), bytes.size());
    boolean right = new RecordScan(bytes, data.strip.name).readFileHeader() > 0;
    if (!right) {
      damaged("letters", new Faults(bytes, scanOfBytes()).fileHeader().message());
    }
    field("letters", 0, Math.min(7, length), "", "the file is one of a store", right);
    if (length >= 8) {
      int version = bytes.at(7);
      field("version", 7, 1, "" + version, "version of the format", version == 1 || version == 2);
    }
    if (length == RecordScan.SALTED_SIZE) {
      String salted = "each header checksum of this file depends on it";
      field("salt", 8, 4, HexFormat.of().toHexDigits(bytes.intAt(8)), salted, right);
      field("checksum", 12, 4, "", "CRC32C of bytes 0 to 11", right);
    }
    return json(length, null, null);
  }

  private RecordScan scanOfBytes() {
    return new RecordScan(bytes, data.strip.name);
  }

  // ======== A record ========

  private String record(RecordHeader header, long left) throws IOException {
    boolean valid = header.isValid();
    if (!valid) {
      damaged("header checksum", new Faults(bytes, scan).header(at, header).message());
      int bit = header.type() == 0 ? -1 : header.flippedBit();
      flipped = bit < 0 ? -1 : 8 * at + bit;
    }
    headerFields(header, valid);
    if (!valid) {
      return json(RecordHeader.SIZE, null, null);
    }
    long length = Math.min(header.length(), left);
    boolean whole = header.length() <= left;
    int computed = whole ? bytes.checksum(at + RecordHeader.SIZE, at + length) : 0;
    boolean right = whole && computed == header.body();
    if (!whole) {
      damaged("value", new Faults(bytes, scan).partOfBody(at, header).message());
    } else if (!right) {
      damaged("body checksum", new Faults(bytes, scan).body(at, header, computed).message());
      int bodyLength = header.length() - RecordHeader.SIZE;
      int bit =
          bodyLength > FlippedBit.MAX_SEARCH
              ? -1
              : FlippedBit.find(computed ^ header.body(), bodyLength);
      flipped = bit < 0 ? -1 : 8 * (at + RecordHeader.SIZE) + bit;
    }
    bodyFields(header, length, right);
    byte[] key = whole ? bytes.copy(at + RecordHeader.SIZE, header.keyLength()) : null;
    Spot last = right && header.type() != 'S' ? store.lastRecord(key) : null;
    String state = null;
    Spot later = null;
    if (last != null && data.strip.rank >= 0) {
      boolean isLast = last.file().equals(data.strip.name) && last.at() == at;
      state = !isLast ? "dead" : header.type() == 'P' ? "live" : "tombstone";
      later = isLast ? null : last;
    } else if (data.strip.rank < 0 && !data.copy) {
      state = "dead";
      later = last;
    }
    return json(length, state, later);
  }

  private void headerFields(RecordHeader header, boolean valid) throws IOException {
    String type = "PDS".indexOf(header.type()) < 0 ? "" : String.valueOf(header.type());
    String kind =
        switch (header.type()) {
          case 'P' -> "put";
          case 'D' -> "delete";
          case 'S' -> "seal";
          case 0 -> "nothing was finished here";
          default -> "there is no such type";
        };
    field("type", 0, 1, type, kind, valid || !type.isEmpty());
    String mark = "sync mark: everything before this record was durable when it was written";
    field("flags", 1, 1, "", header.syncMark() ? mark : "no sync mark", true);
    field("key length", 2, 2, Dump.count(header.keyLength(), "byte"), "length of the key", true);
    boolean possible = header.isPlausible() || header.valueLength() >= 0;
    String value = possible ? Dump.count(header.valueLength(), "byte") : "" + header.valueLength();
    field("value length", 4, 4, value, "length of the value", possible);
    field("body checksum", 8, 4, "", "CRC32C of the key and the value", bodyMatches(header, valid));
    String salted = scan.version() == 1 ? "" : ", XOR (salt + offset)";
    field("header checksum", 12, 4, "", "CRC32C of bytes 0 to 11" + salted, valid);
  }

  private boolean bodyMatches(RecordHeader header, boolean valid) throws IOException {
    return valid
        && at + header.length() <= bytes.size()
        && bytes.checksum(at + RecordHeader.SIZE, at + header.length()) == header.body();
  }

  private void bodyFields(RecordHeader header, long length, boolean right) throws IOException {
    if (header.type() == 'S' && header.hasLengthsOfSeal() && length == header.length()) {
      long count = Integer.toUnsignedLong(bytes.intAt(at + RecordHeader.SIZE));
      field("count", 16, 4, "" + count, "number of records before the seal", right);
      field("seal checksum", 20, 4, "", "CRC32C of their header checksums", right);
      return;
    }
    long keyLength = Math.min(header.keyLength(), length - RecordHeader.SIZE);
    long valueAt = RecordHeader.SIZE + keyLength;
    contents("key", RecordHeader.SIZE, keyLength, right);
    if (length > valueAt || header.type() == 'P') {
      contents("value", valueAt, length - valueAt, right);
    }
  }

  private void contents(String name, long from, long length, boolean right) throws IOException {
    String meaning = length == 0 ? "empty" : Dump.count(length, "byte");
    field(name, from, length, text(from, length), meaning, right);
  }

  private String text(long from, long length) throws IOException {
    byte[] start = bytes.copy(at + from, (int) Math.min(length, Key.MOST));
    return new Key(start, (int) length).text();
  }

  // ======== JSON ========

  private void damaged(String field, String message) {
    damagedField = field;
    damage = message;
  }

  private void field(String name, long from, long length, String value, String meaning, boolean ok)
      throws IOException {
    byte[] start = bytes.copy(at + from, (int) Math.max(0, Math.min(length, MOST_HEX - from)));
    Json json = new Json().object().field("name", name).field("at", from).field("length", length);
    json.field("hex", HexFormat.of().formatHex(start)).field("value", value);
    fields.add(json.field("meaning", meaning).field("ok", ok).end().toString());
  }

  private String json(long length, String state, Spot later) throws IOException {
    byte[] start = bytes.copy(at, (int) Math.min(length, MOST_HEX));
    Json json = new Json().object().field("file", data.strip.name).field("at", at);
    json.field("length", length).field("state", state);
    json.raw("supersededBy", later == null ? "null" : later.json());
    json.raw("damage", damage == null ? "null" : damageJson());
    json.array("fields", fields, Json::element);
    return json.field("hex", HexFormat.of().formatHex(start))
        .field("cut", length > MOST_HEX)
        .end()
        .toString();
  }

  private String damageJson() {
    Json json = new Json().object().field("field", damagedField).field("message", damage);
    json.offset("flippedAt", flipped < 0 ? -1 : flipped / 8);
    return json.offset("flippedBit", flipped < 0 ? -1 : flipped % 8).end().toString();
  }
}
