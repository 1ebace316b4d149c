/*
 * WHAT THIS FILE IS
 *
 * The first bytes of a segment: which version of the format it has, and the salt of version 2.
 *
 * WHAT VERSION 2 ADDS to that of the five steps
 *
 * Each file has a salt, a random number, and the header checksum of a record depends on the salt
 * and on the record's offset (see Record). Bytes that were not written for this place in this file
 * do not pass for a record: a value that is the copy of a log, a block of a deleted file that a
 * crash brings back, a record that was copied here from another file.
 *
 * LAYOUT
 *
 *     OFFSET  SIZE  FIELD
 *     0       7     KVSTEPS
 *     7       1     version of the format, 1 or 2
 *     8       4     salt                      (only version 2)
 *     12      4     CRC32C of bytes 0 to 11   (only version 2)
 *
 * A flipped bit in the salt would make every record of the file look damaged. The checksum says
 * that the damage is here.
 *
 * VERSION 1
 *
 * Step 5 writes it, and so did the engine before it had version 2. Such files are read as they are.
 * New files have version 2, also the outputs of merges, so version 1 goes away with the merges.
 */
package kv.engine;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.CRC32C;

/** The file header of a segment: the version of its format, and its salt, 0 in version 1. */
record FileHeader(int version, int salt) {
  /** The version of the format that new files have. */
  static final int VERSION = 2;

  /** Size in bytes of the file header of version 2. */
  static final int SIZE = 16;

  /** The file header of every file of version 1. */
  static final FileHeader VERSION_1 = new FileHeader(1, 0);

  private static final byte[] MAGIC = {'K', 'V', 'S', 'T', 'E', 'P', 'S', VERSION};

  private static final int SALT_OFFSET = 8;
  private static final int CHECKSUM_OFFSET = 12;

  // ======== Writing ========

  /** Returns the file header of a new file, with a salt of its own. */
  static FileHeader fresh() {
    return new FileHeader(VERSION, ThreadLocalRandom.current().nextInt());
  }

  /** Returns the bytes of this file header. */
  byte[] encode() {
    ByteBuffer header = ByteBuffer.allocate(SIZE).put(MAGIC).putInt(salt);
    header.put(MAGIC.length - 1, (byte) version).putInt(checksum(header.array()));
    return Arrays.copyOf(header.array(), size());
  }

  /** Returns whether the file has version 1, which the engine reads and never writes. */
  boolean isOld() {
    return version == 1;
  }

  /** Size of this file header in bytes: the offset of the first record. */
  int size() {
    return isOld() ? MAGIC.length : SIZE;
  }

  /**
   * Returns the number that ties a header checksum to one place: in version 2, no other offset of
   * the file has it. In version 1 it is 0.
   */
  int mask(int offset) {
    return isOld() ? 0 : salt + offset;
  }

  // ======== Reading ========

  /** Returns whether the first bytes of a file are a valid file header, of either version. */
  static boolean isValid(byte[] start) {
    return version(start) == 1
        || start.length >= SIZE
            && Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
            && ByteBuffer.wrap(start).getInt(CHECKSUM_OFFSET) == checksum(start);
  }

  /**
   * Returns whether the first bytes of a file are those of a file whose creation did not finish: a
   * part of a file header, and perhaps zeros.
   */
  static boolean isUnfinished(byte[] start) {
    int known = 0;
    while (known < Math.min(start.length, MAGIC.length) && start[known] == MAGIC[known]) {
      known++;
    }
    boolean zeros = Arrays.equals(start, Arrays.copyOf(Arrays.copyOf(start, known), start.length));
    return zeros || known == MAGIC.length && start.length < SIZE;
  }

  /** Returns the version of the format that a file's first bytes name, or -1 if they name none. */
  static int version(byte[] start) {
    int named = MAGIC.length - 1;
    return start.length > named && Arrays.equals(start, 0, named, MAGIC, 0, named)
        ? Byte.toUnsignedInt(start[named])
        : -1;
  }

  /** Returns the file header of a file, which need not be valid; its salt is 0 if it is short. */
  static FileHeader of(ByteBuffer file) {
    byte[] start = new byte[Math.min(MAGIC.length, file.capacity())];
    file.get(0, start);
    if (version(start) == 1) {
      return VERSION_1;
    }
    return new FileHeader(VERSION, file.capacity() < SIZE ? 0 : file.getInt(SALT_OFFSET));
  }

  private static int checksum(byte[] header) {
    CRC32C checksum = new CRC32C();
    checksum.update(header, 0, CHECKSUM_OFFSET);
    return (int) checksum.getValue();
  }
}
