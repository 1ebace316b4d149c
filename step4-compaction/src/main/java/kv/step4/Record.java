/*
 * WHAT THIS FILE IS
 *
 * One record: how a key and its value are stored in the log, to the byte. Nothing here touches a
 * file; this class only turns arrays into bytes, and back.
 *
 * LAYOUT
 *
 * Numbers are big-endian, so that they read from left to right in a hex dump.
 *
 *     OFFSET  SIZE  FIELD
 *     0       1     type: 'P' (0x50) for put, 'D' (0x44) for delete
 *     1       1     flags: bit 0 is the sync mark
 *     2       2     key length, unsigned, 0 to 65,535
 *     4       4     value length, 0 to 536,870,912
 *     8       4     body checksum: CRC32C of the key and the value
 *     12      4     header checksum: CRC32C of bytes 0 to 11
 *     16      ..    key, then value: the body
 *
 * The first record of a store in which "os" was set to "mac":
 *
 *     50 01 0002 00000003 371871fa 3ff8c5d8 6f73 6d6163
 *     |  |  |    |        |        |        |    "mac"
 *     |  |  |    |        |        |        "os"
 *     |  |  |    |        |        header checksum
 *     |  |  |    |        body checksum
 *     |  |  |    value length 3
 *     |  |  key length 2
 *     |  sync mark
 *     'P'
 *
 * Why a record has lengths and not separators, two checksums, and a sync mark: see step 1.
 */
package kv.step4;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** The format of a record: 16 bytes of header, then the key, then the value. */
final class Record {
  /** Size of a record's header in bytes: the key follows. */
  static final int HEADER_SIZE = 16;

  /** Bytes of a header covered by its checksum: all before the checksum itself. */
  private static final int CHECKSUMMED_SIZE = 12;

  /** The longest key, in bytes: the largest number that fits the two bytes of the key length. */
  static final int MAX_KEY_LENGTH = 65_535;

  /** The longest value, in bytes: 512 MiB, so that the length of a record fits an int. */
  static final int MAX_VALUE_LENGTH = 512 << 20;

  /** The type of a record that sets a key to a value. */
  static final byte PUT = 'P';

  /** The type of a tombstone, a record that deletes a key. It has no value. */
  static final byte DELETE = 'D';

  /** The flag of a record that was written when everything before it was durable. */
  private static final byte SYNC_MARK = 1;

  private Record() {}

  /** The contents of a header whose checksum matches. Lengths are in bytes. */
  record Header(byte type, boolean syncMark, int keyLength, int valueLength, int bodyChecksum) {
    /** Returns the length of the whole record, header included. */
    int recordLength() {
      return HEADER_SIZE + keyLength + valueLength;
    }
  }

  // ======== Writing ========

  /**
   * Checks that a key can be stored.
   *
   * @throws NullPointerException if it is null
   * @throws IllegalArgumentException if it is longer than 65,535 bytes
   */
  static void requireKey(byte[] key) {
    if (key.length > MAX_KEY_LENGTH) {
      throw new IllegalArgumentException(
          "the key is " + key.length + " bytes long; the limit is " + MAX_KEY_LENGTH);
    }
  }

  /**
   * Checks that a value can be stored.
   *
   * @throws NullPointerException if it is null
   * @throws IllegalArgumentException if it is longer than 512 MiB
   */
  static void requireValue(byte[] value) {
    if (value.length > MAX_VALUE_LENGTH) {
      throw new IllegalArgumentException(
          "the value is " + value.length + " bytes long; the limit is " + MAX_VALUE_LENGTH);
    }
  }

  /**
   * Returns the bytes of a record, ready to be written: one array, so that the record reaches the
   * operating system in one call. Its checksums are right even if the caller changes the key or
   * the value during this call. Takes O(key + value) time, and as much memory again.
   */
  static ByteBuffer encode(byte type, boolean syncMark, byte[] key, byte[] value) {
    ByteBuffer record = ByteBuffer.allocate(HEADER_SIZE + key.length + value.length);
    record.put(type);
    record.put(syncMark ? SYNC_MARK : 0);
    record.putShort((short) key.length);
    record.putInt(value.length);
    record.position(HEADER_SIZE);
    record.put(key).put(value).flip();
    // Over the copies: if the caller changes an array now, the checksum must still match.
    record.putInt(8, checksum(record, HEADER_SIZE, key.length + value.length));
    record.putInt(CHECKSUMMED_SIZE, checksum(record, 0, CHECKSUMMED_SIZE));
    return record;
  }

  /** Sets the sync mark of the record that starts at an index of a buffer. */
  static void setSyncMark(ByteBuffer bytes, int start) {
    bytes.put(start + 1, SYNC_MARK);
    bytes.putInt(start + CHECKSUMMED_SIZE, checksum(bytes, start, CHECKSUMMED_SIZE));
  }

  private static int checksum(ByteBuffer bytes, int from, int length) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes.slice(from, length));
    return (int) checksum.getValue();
  }

  // ======== Reading ========

  /**
   * Decodes the next 16 bytes of a buffer as a header, and moves past them. Returns null if they
   * are not a valid header: the type is unknown, the checksum does not match, or a length is over
   * its limit.
   */
  static Header decodeHeader(ByteBuffer bytes) {
    byte type = bytes.get(bytes.position());
    if (type != PUT && type != DELETE) {
      return null;
    }
    int checksum = checksum(bytes, bytes.position(), CHECKSUMMED_SIZE);
    bytes.get();
    boolean syncMark = (bytes.get() & SYNC_MARK) != 0;
    int keyLength = Short.toUnsignedInt(bytes.getShort());
    int valueLength = bytes.getInt();
    int bodyChecksum = bytes.getInt();
    boolean valid =
        bytes.getInt() == checksum && 0 <= valueLength && valueLength <= MAX_VALUE_LENGTH;
    return valid ? new Header(type, syncMark, keyLength, valueLength, bodyChecksum) : null;
  }

  /**
   * Decodes a buffer that contains the whole put of a key, and returns the value. Returns null if
   * the buffer contains anything else: a checksum does not match, or the record belongs to another
   * key. Takes O(key + value) time.
   */
  static byte[] decodeValue(ByteBuffer record, byte[] key) {
    Header header = decodeHeader(record);
    if (header == null || header.type() != PUT || header.recordLength() != record.limit()) {
      return null;
    }
    int checksum = checksum(record, HEADER_SIZE, header.keyLength() + header.valueLength());
    byte[] foundKey = new byte[header.keyLength()];
    byte[] value = new byte[header.valueLength()];
    record.get(foundKey).get(value);
    boolean valid = checksum == header.bodyChecksum() && Arrays.equals(foundKey, key);
    return valid ? value : null;
  }
}
