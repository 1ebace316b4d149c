/*
 * WHAT THIS FILE IS
 *
 * One record: the byte layout of a key and its value in the log. Nothing here touches a file; this
 * class only turns arrays into bytes, and back.
 *
 * COMPARED WITH STEP 5
 *
 * A third type, the seal: the last record of a segment that will never change again. And a header
 * checksum that is right in one place only: at this offset of this file (see FileHeader).
 *
 * LAYOUT
 *
 * Numbers are big-endian, so that they read from left to right in a hex dump. The whole format,
 * with its limits and its history, is in docs/FORMAT.md.
 *
 *     OFFSET  SIZE  FIELD
 *     0       1     type: 'P' (0x50) for put, 'D' (0x44) for delete, 'S' (0x53) for seal
 *     1       1     flags: bit 0 is the sync mark
 *     2       2     key length, unsigned, 0 to 65,535
 *     4       4     value length, 0 to 536,870,912
 *     8       4     body checksum: CRC32C of the key and the value
 *     12      4     header checksum: CRC32C of bytes 0 to 11, XOR (salt of the file + offset of the
 *                   record in the file), where + wraps around at 2^32
 *     16      ..    key, then value: the body
 *
 * A seal has no key. Its value is
 *
 *     16      4     number of records before the seal
 *     20      4     seal checksum: CRC32C of their header checksums, one after another
 *
 * The first record of a store in which "os" was set to "mac", at offset 16 of a file whose salt is
 * 0x11223344:
 *
 *     50 01 0002 00000003 371871fa 2edaf68c 6f73 6d6163
 *     |  |  |    |        |        |        |    "mac"
 *     |  |  |    |        |        |        "os"
 *     |  |  |    |        |        header checksum: 3ff8c5d8 XOR (11223344 + 10)
 *     |  |  |    |        body checksum
 *     |  |  |    value length 3
 *     |  |  key length 2
 *     |  sync mark
 *     'P'
 *
 * WHY LIKE THIS
 *
 * Lengths, not separators: a key or a value may contain any byte, including commas, newlines and
 * zeros.
 *
 * A letter for the type: it is readable in a hex dump, and no single flipped bit turns it into
 * zero, the content of a disk where nothing was ever written.
 *
 * Two checksums, where most formats have one: the end of a value can be found only by trusting
 * its length. With one checksum over everything, a flipped bit in a length looks like a record
 * that runs past the end of the file, as an unfinished write does, and all records after it would
 * be given up with it.
 *
 * The sync mark says that everything before this record was on the disk when this record was
 * written. It costs nothing to write. With it, recovery can distinguish a write that never
 * finished from the loss of a record that was promised.
 *
 * The seal, because without one a file that was cut off exactly between two records looks whole.
 * Like any record, it has the sync mark if everything before it was durable when it was written.
 *
 * CRC32C (Castagnoli's polynomial, as in iSCSI, ext4 and LevelDB's log) finds every single flipped
 * bit and every burst of up to 32 bits, and processors compute it in hardware. It does not protect
 * against a person who changes the file on purpose.
 */
package kv.engine;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** The format of a record: 16 bytes of header, then the key, then the value. */
final class Record {
  // The layout.
  static final int TYPE_OFFSET = 0;
  static final int FLAGS_OFFSET = 1;
  static final int KEY_LENGTH_OFFSET = 2;
  static final int VALUE_LENGTH_OFFSET = 4;
  static final int BODY_CHECKSUM_OFFSET = 8;
  static final int HEADER_CHECKSUM_OFFSET = 12;

  /** Size of a record's header in bytes: the offset of its key. */
  static final int HEADER_SIZE = 16;

  // The layout of a seal's value.
  static final int SEAL_COUNT_OFFSET = HEADER_SIZE;
  static final int SEAL_CHECKSUM_OFFSET = HEADER_SIZE + 4;

  /** Size of a seal in bytes. */
  static final int SEAL_SIZE = HEADER_SIZE + 8;

  /** Size of each checksum in bytes. */
  static final int CHECKSUM_SIZE = 4;

  /** Maximum length of a key in bytes: the largest number in the two bytes of the key length. */
  static final int MAX_KEY_LENGTH = 65_535;

  /** Maximum length of a value in bytes: 512 MiB, so that the length of a record fits an int. */
  static final int MAX_VALUE_LENGTH = 512 << 20;

  /** The type of a record that sets a key to a value. */
  static final byte PUT = 'P';

  /** The type of a tombstone, a record that deletes a key. It has no value. */
  static final byte DELETE = 'D';

  /** The type of the record that ends a segment. */
  static final byte SEAL = 'S';

  /** The flag of a record before which everything was durable when it was written. */
  private static final byte SYNC_MARK = 1;

  private Record() {}

  /** The fields of a header whose checksum was right. Lengths are in bytes. */
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
   * @throws NullPointerException if the key is null
   * @throws IllegalArgumentException if the key is longer than 65,535 bytes
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
   * @throws NullPointerException if the value is null
   * @throws IllegalArgumentException if the value is longer than 512 MiB
   */
  static void requireValue(byte[] value) {
    if (value.length > MAX_VALUE_LENGTH) {
      throw new IllegalArgumentException(
          "the value is " + value.length + " bytes long; the limit is " + MAX_VALUE_LENGTH);
    }
  }

  /**
   * Returns the bytes of a record: one array, so that the record goes to the operating system in
   * one call. Its checksums are right even if the caller changes the key or the value while this
   * method runs. The header checksum is missing until {@link #place}. Takes O(key + value) time,
   * and as much memory again.
   */
  static ByteBuffer encode(byte type, boolean syncMark, byte[] key, byte[] value) {
    ByteBuffer record = ByteBuffer.allocate(HEADER_SIZE + key.length + value.length);
    record.put(TYPE_OFFSET, type);
    record.put(FLAGS_OFFSET, syncMark ? SYNC_MARK : 0);
    record.putShort(KEY_LENGTH_OFFSET, (short) key.length);
    record.putInt(VALUE_LENGTH_OFFSET, value.length);
    record.position(HEADER_SIZE);
    record.put(key).put(value).flip();
    // The checksum of the copies: the caller may change its arrays while this method runs.
    record.putInt(BODY_CHECKSUM_OFFSET, checksum(record, HEADER_SIZE, key.length + value.length));
    return record;
  }

  /** Sets the sync mark of a record that is not placed yet. */
  static void setSyncMark(ByteBuffer record) {
    record.put(FLAGS_OFFSET, SYNC_MARK);
  }

  /**
   * Sets the header checksum of a record, for its place in a file. No other byte of the header may
   * change afterwards.
   *
   * @param record a buffer that starts with the record's header
   */
  static void place(ByteBuffer record, FileHeader file, int offset) {
    int checksum = checksum(record, 0, HEADER_CHECKSUM_OFFSET);
    record.putInt(HEADER_CHECKSUM_OFFSET, checksum ^ file.mask(offset));
  }

  /**
   * Returns the seal of a segment with a number of records and a seal checksum.
   *
   * @param syncMark whether everything before the seal is durable
   */
  static ByteBuffer encodeSeal(boolean syncMark, int count, int checksum) {
    byte[] value =
        ByteBuffer.allocate(SEAL_SIZE - HEADER_SIZE).putInt(count).putInt(checksum).array();
    return encode(SEAL, syncMark, new byte[0], value);
  }

  /** Returns the bytes of a seal with the sync mark for an offset of a file. */
  static byte[] encodeSealAt(FileHeader file, int offset, int count, int checksum) {
    return encodeSealAt(file, offset, true, count, checksum);
  }

  /** Returns the bytes of a seal for an offset of a file. */
  static byte[] encodeSealAt(
      FileHeader file, int offset, boolean syncMark, int count, int checksum) {
    ByteBuffer seal = encodeSeal(syncMark, count, checksum);
    place(seal, file, offset);
    return seal.array();
  }

  private static int checksum(ByteBuffer bytes, int from, int length) {
    CRC32C checksum = new CRC32C();
    // The same as of a slice, which takes longer to make than the checksum of a header.
    checksum.update(bytes.array(), bytes.arrayOffset() + from, length);
    return (int) checksum.getValue();
  }

  // ======== Reading ========

  /**
   * Returns the header in a buffer's next 16 bytes; or null if they are not the header of a record
   * at this place: the type is unknown, the checksum is wrong, or a length is over its limit.
   *
   * @param file the file header of the file that the bytes are from
   * @param offset their offset in that file
   */
  static Header decodeHeader(ByteBuffer bytes, FileHeader file, int offset) {
    int start = bytes.position();
    byte type = bytes.get(start + TYPE_OFFSET);
    if (type != PUT && type != DELETE && type != SEAL) {
      return null;
    }
    int checksum = checksum(bytes, start, HEADER_CHECKSUM_OFFSET) ^ file.mask(offset);
    int valueLength = bytes.getInt(start + VALUE_LENGTH_OFFSET);
    boolean valid =
        bytes.getInt(start + HEADER_CHECKSUM_OFFSET) == checksum
            && 0 <= valueLength
            && valueLength <= MAX_VALUE_LENGTH;
    if (!valid) {
      return null;
    }
    return new Header(
        type,
        (bytes.get(start + FLAGS_OFFSET) & SYNC_MARK) != 0,
        Short.toUnsignedInt(bytes.getShort(start + KEY_LENGTH_OFFSET)),
        valueLength,
        bytes.getInt(start + BODY_CHECKSUM_OFFSET));
  }
}
