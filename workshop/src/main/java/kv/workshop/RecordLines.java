package kv.workshop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Shows a record in two lines: its bytes, and their meaning. */
final class RecordLines {
  private final Dump dump;
  private final FileBytes bytes;

  RecordLines(Dump dump, FileBytes bytes) {
    this.dump = dump;
    this.bytes = bytes;
  }

  /**
   * Shows a record.
   *
   * @param length length of the part of the record that the file contains, in bytes
   * @param checked result of comparing its checksums, or empty
   * @param life whether it is live, or PLAIN
   */
  void show(long at, RecordHeader header, long length, String checked, Tone life)
      throws IOException {
    String marks = header.syncMark() ? "sync mark" : "";
    marks += marks.isEmpty() || checked.isEmpty() ? checked : ", " + checked;
    marks += life == Tone.PLAIN ? "" : ", " + life.word();
    marks = marks.isEmpty() ? "" : "   " + marks;
    if (header.type() == 'S' && header.hasLengthsOfSeal() && length == header.length()) {
      showSeal(at, header, marks);
    } else {
      showKeyAndValue(at, header, length, marks, life);
    }
  }

  private void showSeal(long at, RecordHeader header, String marks) throws IOException {
    byte[] value = bytes.copy(at + RecordHeader.SIZE, RecordHeader.SEAL_VALUE_LENGTH);
    ByteBuffer seal = ByteBuffer.wrap(value);
    String count = Dump.count(Integer.toUnsignedLong(seal.getInt()), "record");
    String checksum = HexFormat.of().toHexDigits(seal.getInt());
    Fields fields = RecordHeader.fields(header.bytes());
    fields.addBody("count", HexFormat.of().formatHex(value, 0, 4)).add("seal checksum", checksum);
    dump.line(at, fields);
    dump.note("seal of " + count + ", seal checksum " + checksum + marks);
  }

  private void showKeyAndValue(long at, RecordHeader header, long length, String marks, Tone life)
      throws IOException {
    long keyAt = at + RecordHeader.SIZE;
    long keyLength = Math.min(header.keyLength(), length - RecordHeader.SIZE);
    long valueLength = length - RecordHeader.SIZE - keyLength;
    byte[] key = bytes.copy(keyAt, (int) Math.min(keyLength, Shown.MOST));
    byte[] value = bytes.copy(keyAt + keyLength, (int) Math.min(valueLength, Shown.MOST));

    Fields fields = RecordHeader.fields(header.bytes());
    int columns = dump.columns() - fields.toString().length() - 3;
    int keyColumns = keyColumns(2 * keyLength, 2 * valueLength, columns);
    String left = Shown.hex(key, keyLength, keyColumns);
    String right = Shown.hex(value, valueLength, columns - left.length());
    dump.line(at, fields.addBody("key", left).add("value", right));

    String type = header.type() == 'P' ? "put " : header.type() == 'D' ? "delete " : "seal ";
    boolean pair = header.type() == 'P' || valueLength > 0;
    columns = dump.columns() - type.length() - " = ".length() - marks.length();
    int wanted = Shown.text(value, valueLength, columns).length();
    keyColumns = keyColumns(2 * keyLength, pair ? wanted : 0, columns);
    left = Shown.text(key, keyLength, keyColumns);
    right = Shown.text(value, valueLength, columns - left.length());
    dump.note(life, type + left + (pair ? " = " + right : "") + marks);
  }

  /**
   * Returns the number of columns for a key: those that its value does not need, but at least two
   * thirds, or half if the key is cut off anyway.
   */
  private static int keyColumns(long key, long value, int columns) {
    int most = columns - columns / 3;
    int least = key > most ? columns / 2 : most;
    return (int) Math.max(least, columns - value);
  }
}
