/*
 * WHAT THIS FILE IS
 *
 * The first 16 bytes of a segment: which format it has, and its salt.
 *
 * NEW IN THIS STEP
 *
 * Version 2 of the format. Each file has a salt, a random number, and the header checksum of a
 * record depends on the salt and on the record's offset (see Record). Bytes that were not written
 * for this place in this file do not pass for a record: a value that is the copy of a log, a block
 * of a deleted file that a crash brings back, a record that was copied here from another file.
 *
 * LAYOUT
 *
 *     OFFSET  SIZE  FIELD
 *     0       7     KVSTEPS
 *     7       1     version of the format, 2
 *     8       4     salt
 *     12      4     CRC32C of bytes 0 to 11
 *
 * A flipped bit in the salt would make every record of the file look damaged. The checksum says
 * that the damage is here.
 */
package kv.engine;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.CRC32C;

/** The file header of a segment. */
final class FileHeader {
  /** Size of the file header in bytes. */
  static final int SIZE = 16;

  /** The version of the format that this class reads and writes. */
  static final int VERSION = 2;

  private static final byte[] MAGIC = {'K', 'V', 'S', 'T', 'E', 'P', 'S', VERSION};

  private static final int SALT_OFFSET = 8;
  private static final int CHECKSUM_OFFSET = 12;

  private FileHeader() {}

  // ======== Writing ========

  /** Returns a salt for a new file. */
  static int newSalt() {
    return ThreadLocalRandom.current().nextInt();
  }

  /** Returns the file header of a file with the given salt. */
  static byte[] encode(int salt) {
    ByteBuffer header = ByteBuffer.allocate(SIZE).put(MAGIC).putInt(salt);
    return header.putInt(checksum(header.array())).array();
  }

  // ======== Reading ========

  /** Returns whether the first bytes of a file are a valid file header. */
  static boolean isValid(byte[] start) {
    return start.length >= SIZE
        && Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
        && ByteBuffer.wrap(start).getInt(CHECKSUM_OFFSET) == checksum(start);
  }

  /**
   * Returns whether the first bytes of a file are those of a file whose creation did not finish:
   * zeros, or the beginning of a file header.
   */
  static boolean isUnfinished(byte[] start) {
    int known = Math.min(start.length, MAGIC.length);
    return Arrays.equals(start, new byte[start.length])
        || start.length < SIZE && Arrays.equals(start, 0, known, MAGIC, 0, known);
  }

  /** Returns the version of the format that a file's first bytes name, or -1 if they name none. */
  static int version(byte[] start) {
    int named = MAGIC.length - 1;
    return start.length > named && Arrays.equals(start, 0, named, MAGIC, 0, named)
        ? Byte.toUnsignedInt(start[named])
        : -1;
  }

  /** Returns the salt of a file from its first bytes, which need not be valid; 0 if it is short. */
  static int salt(ByteBuffer file) {
    return file.capacity() < SIZE ? 0 : file.getInt(SALT_OFFSET);
  }

  private static int checksum(byte[] header) {
    CRC32C checksum = new CRC32C();
    checksum.update(header, 0, CHECKSUM_OFFSET);
    return (int) checksum.getValue();
  }
}
