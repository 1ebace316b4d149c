/*
 * WHAT THIS FILE IS
 *
 * The test for a record at an offset of a damaged file: a header with a checksum that is right at
 * this offset of this file, and a body that matches it. Record performs the same test for a file
 * whose format is known. Here the salt may be unknown, so a header can also be read without it.
 *
 * THE IMPLIED SALT
 *
 * In version 2 a header checksum is CRC XOR (salt + offset). A header whose bytes are intact
 * therefore implies the salt of its file:
 *
 *     salt = (stored checksum XOR CRC of bytes 0 to 11) - offset
 *
 * Two records of one file imply the same salt. FormatDetector uses this to replace a damaged salt.
 */
package kv.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** Recognizes the records of one file. Not thread-safe. */
final class RecordMatcher {
  /**
   * A record of the file.
   *
   * @param bytes all bytes of the record, as stored in the file
   */
  record Found(byte type, byte[] key, byte[] value, byte[] bytes) {}

  /**
   * The fields of a possible header.
   *
   * @param checksum the header checksum, as stored
   * @param crc the CRC32C of the bytes before it
   */
  record Header(
      byte type, int keyLength, int valueLength, int bodyChecksum, int checksum, int crc) {
    /** Returns the length of the record in bytes. */
    long length() {
      return Record.HEADER_SIZE + (long) keyLength + valueLength;
    }

    /** Returns the salt of the file if this header is right and at this offset. */
    int impliedSalt(long at) {
      return (checksum ^ crc) - (int) at;
    }
  }

  private final FileWindow file;

  /** Whether the file is a segment, and not a log of steps 1 to 4: only segments have seals. */
  private final boolean segment;

  /** Version of the format. */
  private int version = FileHeader.VERSION_1.version();

  /** Salt of the file if the version is 2. */
  private int salt;

  /** Creates a matcher that expects version 1. */
  RecordMatcher(FileWindow file, boolean segment) {
    this.file = file;
    this.segment = segment;
  }

  /** Expects version 2 with a salt. */
  void useSalt(int salt) {
    this.version = FileHeader.VERSION;
    this.salt = salt;
  }

  /** Expects version 1. */
  void useVersion1() {
    version = FileHeader.VERSION_1.version();
  }

  /** Returns the version of the format. */
  int version() {
    return version;
  }

  /** Returns whether the file has version 1. */
  boolean isVersion1() {
    return version == FileHeader.VERSION_1.version();
  }

  // ======== Reading ========

  /** Returns the header at an offset, or null if there is none with the right checksum. */
  Header header(long at) throws IOException {
    Header header = plausibleHeader(at);
    return header != null && isRight(at, header) ? header : null;
  }

  /** Returns the possible header at an offset, with any checksum, or null. */
  Header plausibleHeader(long at) throws IOException {
    if (at > file.size() - Record.HEADER_SIZE) {
      return null;
    }
    byte type = file.byteAt(at);
    boolean known = type == Record.PUT || type == Record.DELETE || type == Record.SEAL;
    return known ? decode(file.copy(at, Record.HEADER_SIZE)) : null;
  }

  /** As {@link #plausibleHeader}, for an offset that may be far away. Does not move the window. */
  Header peek(long at) throws IOException {
    return decode(file.peek(at, Record.HEADER_SIZE));
  }

  /** Returns the header of a record that has everything except its type, or null. */
  Header unfinished(long at) throws IOException {
    byte[] bytes = file.copy(at, Record.HEADER_SIZE);
    if (bytes[Record.TYPE_OFFSET] == 0) {
      for (byte type : new byte[] {Record.PUT, Record.DELETE, Record.SEAL}) {
        bytes[Record.TYPE_OFFSET] = type;
        Header header = decode(bytes);
        if (header != null && isRight(at, header)) {
          return header;
        }
      }
    }
    return null;
  }

  /** Decodes a possible header, or returns null if a field has a value that no record has. */
  private Header decode(byte[] bytes) {
    ByteBuffer fields = ByteBuffer.wrap(bytes);
    byte type = fields.get(Record.TYPE_OFFSET);
    int keyLength = Short.toUnsignedInt(fields.getShort(Record.KEY_LENGTH_OFFSET));
    int valueLength = fields.getInt(Record.VALUE_LENGTH_OFFSET);
    boolean plausible =
        type == Record.SEAL
            ? segment && keyLength == 0 && valueLength == Record.SEAL_SIZE - Record.HEADER_SIZE
            : (type == Record.PUT || type == Record.DELETE)
                && 0 <= valueLength
                && valueLength <= Record.MAX_VALUE_LENGTH;
    if (!plausible) {
      return null;
    }
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, Record.HEADER_CHECKSUM_OFFSET);
    return new Header(
        type,
        keyLength,
        valueLength,
        fields.getInt(Record.BODY_CHECKSUM_OFFSET),
        fields.getInt(Record.HEADER_CHECKSUM_OFFSET),
        (int) crc.getValue());
  }

  /** Returns whether the checksum of a header is right at an offset of this file. */
  private boolean isRight(long at, Header header) {
    return isVersion1() ? header.checksum == header.crc : header.impliedSalt(at) == salt;
  }

  /** Returns whether the body after a header is complete and has the right checksum. */
  boolean bodyMatches(long at, Header header) throws IOException {
    long end = at + header.length();
    return end <= file.size() && file.checksum(at + Record.HEADER_SIZE, end) == header.bodyChecksum;
  }

  /** Returns the record at an offset, with copies of its key and value. */
  Found record(long at, Header header) throws IOException {
    byte[] bytes = file.copy(at, (int) header.length());
    int keyEnd = Record.HEADER_SIZE + header.keyLength;
    return new Found(
        header.type,
        Arrays.copyOfRange(bytes, Record.HEADER_SIZE, keyEnd),
        Arrays.copyOfRange(bytes, keyEnd, bytes.length),
        bytes);
  }
}
