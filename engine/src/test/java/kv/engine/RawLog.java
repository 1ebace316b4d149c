package kv.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * A second implementation of the format: decodes the records of a file without any of the code
 * under test, so that a mistake in that code cannot cancel itself out.
 */
final class RawLog {
  /** Size of the file header in bytes. */
  static final int HEADER_SIZE = 16;

  /** One whole record, and its offset. */
  record Entry(long offset, char type, boolean syncMark, byte[] key, byte[] value) {
    String text() {
      return type
          + (syncMark ? "* " : " ")
          + new String(key, StandardCharsets.UTF_8)
          + (type == 'P' ? "=" + new String(value, StandardCharsets.UTF_8) : "");
    }

    long endOffset() {
      return offset + 16 + key.length + value.length;
    }
  }

  private RawLog() {}

  /** Returns the whole records at the start of a file, up to the seal or anything else. */
  static List<Entry> read(Path file) throws IOException {
    return decode(Files.readAllBytes(file));
  }

  static List<Entry> decode(byte[] bytes) {
    List<Entry> entries = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int at = HEADER_SIZE;
    while (at + 16 <= bytes.length
        && bytes[at] != 'S'
        && in.getInt(at + 12) == (crc(bytes, at, at + 12) ^ (in.getInt(8) + at))) {
      int keyLength = in.getShort(at + 2) & 0xFFFF;
      int valueLength = in.getInt(at + 4);
      int body = at + 16;
      int next = body + keyLength + valueLength;
      if (next > bytes.length || in.getInt(at + 8) != crc(bytes, body, next)) {
        break;
      }
      entries.add(
          new Entry(
              at,
              (char) bytes[at],
              (bytes[at + 1] & 1) != 0,
              Arrays.copyOfRange(bytes, body, body + keyLength),
              Arrays.copyOfRange(bytes, body + keyLength, next)));
      at = next;
    }
    return entries;
  }

  /**
   * Returns the records of a file as text, a star for the sync mark: {@code [P* os=mac, P a=b]}.
   */
  static String text(Path file) throws IOException {
    return read(file).stream().map(Entry::text).toList().toString();
  }

  /** Returns the contents of a store with these segments: each pair as text, by key. */
  static SortedMap<String, String> state(byte[]... segments) {
    SortedMap<String, String> state = new TreeMap<>();
    for (byte[] bytes : segments) {
      for (Entry entry : decode(bytes)) {
        String key = new String(entry.key(), StandardCharsets.ISO_8859_1);
        if (entry.type() == 'P') {
          state.put(key, new String(entry.value(), StandardCharsets.ISO_8859_1));
        } else {
          state.remove(key);
        }
      }
    }
    return state;
  }

  /** Returns the offset at which the whole records at the start of a log end. */
  static long end(byte[] bytes) {
    List<Entry> entries = decode(bytes);
    return entries.isEmpty()
        ? Math.min(HEADER_SIZE, bytes.length)
        : entries.get(entries.size() - 1).endOffset();
  }

  /** Returns the bytes of a put, without the sync mark and without a header checksum. */
  static byte[] bytesOf(String key, String value) {
    byte[] k = key.getBytes(StandardCharsets.UTF_8);
    byte[] v = value.getBytes(StandardCharsets.UTF_8);
    ByteBuffer record = ByteBuffer.allocate(16 + k.length + v.length);
    record.put(16, k).put(16 + k.length, v);
    record.put(0, (byte) 'P').putShort(2, (short) k.length).putInt(4, v.length);
    record.putInt(8, crc(record.array(), 16, record.capacity()));
    return record.array();
  }

  /** Sets the header checksum of a record, for an offset of a file. */
  static byte[] place(byte[] record, byte[] file, int offset) {
    int salt = ByteBuffer.wrap(file).getInt(8);
    ByteBuffer.wrap(record).putInt(12, crc(record, 0, 12) ^ (salt + offset));
    return record;
  }

  private static int crc(byte[] bytes, int from, int to) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, to - from);
    return (int) crc.getValue();
  }
}
