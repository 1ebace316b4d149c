/*
 * WHAT THIS FILE IS
 *
 * One record: how a key and its value stand in the log, to the byte. Nothing here touches a
 * file; this class only turns arrays into bytes, and back.
 *
 * COMPARED WITH STEP 5
 *
 * A third type, the seal: the last record of a segment that will never change again. And a header
 * checksum that is right in one place only: at this offset of this file (see FileHeader).
 *
 * LAYOUT
 *
 * Numbers are big-endian, so that they read from left to right in a hex dump.
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
 * A seal has no key, and for a value
 *
 *     16      4     how many records are before it
 *     20      4     seal checksum: CRC32C of their header checksums, one after the other
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
 * Lengths, not separators: a key or a value may hold any byte, commas, newlines and zeros too.
 *
 * A letter for the type: it can be read in a hex dump, and no single flipped bit turns it into
 * zero, which is what a disk shows where nothing was ever written.
 *
 * Two checksums, where most formats have one: the end of a value can be found only by trusting
 * its length. With one checksum over everything, a flipped bit in a length looks like a record
 * that runs past the end of the file, as a write does that never finished, and all that lies
 * behind it would be given up with it.
 *
 * The sync mark says that everything before this record was on the disk when this record was
 * written. It costs nothing to write, and it lets whoever finds damage tell a write that never
 * finished from the loss of something that had been promised.
 *
 * The seal, because without one a file that was cut off exactly between two records looks whole. It
 * is written when all before it is durable, and says so, like any record with the sync mark.
 *
 * CRC32C (Castagnoli's polynomial, as in iSCSI, ext4 and LevelDB's log) finds every single flipped
 * bit and every burst of up to 32, and processors compute it in hardware. It is no protection
 * from somebody who changes the file on purpose.
 */
package kv.engine;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** The format of a record: 16 bytes of header, then the key, then the value. */
final class Record {
  /** Bytes of a record before its key. */
  static final int HEADER_SIZE = 16;

  /** Bytes of a header that its checksum covers: all before the checksum itself. */
  private static final int CHECKSUMMED_SIZE = 12;

  /** The longest key, in bytes: what the two bytes of the key length can say. */
  static final int MAX_KEY_LENGTH = 65_535;

  /** The longest value, in bytes: 512 MiB, so that the length of a record fits an int. */
  static final int MAX_VALUE_LENGTH = 512 << 20;

  /** The type of a record that sets a key to a value. */
  static final byte PUT = 'P';

  /** The type of a tombstone, a record that takes a key away. It has no value. */
  static final byte DELETE = 'D';

  /** The type of the record that ends a segment. */
  static final byte SEAL = 'S';

  /** Bytes of a seal. */
  static final int SEAL_SIZE = HEADER_SIZE + 8;

  /** The flag of a record before which everything was durable when it was written. */
  private static final byte SYNC_MARK = 1;

  private Record() {}

  /** What stands in a header whose checksum was right. Lengths are in bytes. */
  record Header(byte type, boolean syncMark, int keyLength, int valueLength, int bodyChecksum) {
    /** The length of the whole record, header included. */
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
          "the key has " + key.length + " bytes, and the limit is " + MAX_KEY_LENGTH);
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
          "the value has " + value.length + " bytes, and the limit is " + MAX_VALUE_LENGTH);
    }
  }

  /**
   * Returns the bytes of a record, ready to be written: one array, so that the record goes to the
   * operating system in one call. Its checksums are right even if the caller changes the key or the
   * value meanwhile. Its header checksum is missing until {@link #place}. Takes O(key + value)
   * time, and as much memory again.
   */
  static ByteBuffer encode(byte type, boolean syncMark, byte[] key, byte[] value) {
    ByteBuffer record = ByteBuffer.allocate(HEADER_SIZE + key.length + value.length);
    record.put(type);
    record.put(syncMark ? SYNC_MARK : 0);
    record.putShort((short) key.length);
    record.putInt(value.length);
    record.position(HEADER_SIZE);
    record.put(key).put(value).flip();
    // Of the copies: if the caller changes an array meanwhile, the checksum must still be right.
    record.putInt(8, checksum(record, HEADER_SIZE, key.length + value.length));
    return record;
  }

  /** Sets the sync mark of a record, before it is placed. */
  static void setSyncMark(ByteBuffer record) {
    record.put(1, SYNC_MARK);
  }

  /**
   * Sets the header checksum of a record, for its place in a file. Nothing else of the header may
   * change afterwards.
   *
   * @param record a buffer that starts with the record's header
   */
  static void place(ByteBuffer record, FileHeader file, int offset) {
    record.putInt(CHECKSUMMED_SIZE, checksum(record, 0, CHECKSUMMED_SIZE) ^ file.mask(offset));
  }

  /**
   * Returns the seal of a segment, from the number of its records and their seal checksum. It has
   * the sync mark: everything before it must be durable.
   */
  static ByteBuffer encodeSeal(int count, int checksum) {
    byte[] value =
        ByteBuffer.allocate(SEAL_SIZE - HEADER_SIZE).putInt(count).putInt(checksum).array();
    return encode(SEAL, true, new byte[0], value);
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
    byte type = bytes.get(bytes.position());
    if (type != PUT && type != DELETE && type != SEAL) {
      return null;
    }
    int checksum = checksum(bytes, bytes.position(), CHECKSUMMED_SIZE) ^ file.mask(offset);
    bytes.get();
    boolean syncMark = (bytes.get() & SYNC_MARK) != 0;
    int keyLength = Short.toUnsignedInt(bytes.getShort());
    int valueLength = bytes.getInt();
    int bodyChecksum = bytes.getInt();
    boolean valid =
        bytes.getInt() == checksum && 0 <= valueLength && valueLength <= MAX_VALUE_LENGTH;
    return valid ? new Header(type, syncMark, keyLength, valueLength, bodyChecksum) : null;
  }
}
