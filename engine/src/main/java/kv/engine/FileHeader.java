/*
 * WHAT THIS FILE IS
 *
 * The first bytes of a segment: the version of its format, and the salt of version 2. The whole
 * format is in docs/FORMAT.md.
 *
 * NEW IN VERSION 2, compared with the five steps
 *
 * Each file has a salt, a random number, and the header checksum of a record depends on the salt
 * and on the record's offset (see Record). Bytes that were not written for this place in this file
 * do not pass for a record: a value that is the copy of a log, a block of a deleted file that
 * reappears after a crash, a record that was copied here from another file.
 *
 * LAYOUT
 *
 *     OFFSET  SIZE  FIELD
 *     0       7     KVSTEPS
 *     7       1     version of the format, 1 or 2
 *     8       4     salt                      (only version 2)
 *     12      4     CRC32C of bytes 0 to 11   (only version 2)
 *
 * A flipped bit in the salt would make every record of the file look damaged. The checksum shows
 * that the damage is here.
 *
 * VERSION 1
 *
 * Step 5 writes it, and so did the engine before it had version 2. Such files are read as they
 * are. All new files have version 2, the outputs of merges included. So files of version 1
 * disappear as they are merged.
 */
package kv.engine;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.CRC32C;

/** The file header of a segment: the version of its format, and its salt, 0 in version 1. */
record FileHeader(int version, int salt) {
  /** Version of the format of new files. */
  static final int VERSION = 2;

  /** Size in bytes of the file header of version 2. */
  static final int SIZE = 16;

  /** The file header of every file of version 1. */
  static final FileHeader VERSION_1 = new FileHeader(1, 0);

  // The layout.
  static final int SALT_OFFSET = 8;
  private static final int VERSION_OFFSET = 7;
  private static final int CHECKSUM_OFFSET = 12;

  /** The first bytes of a file of version 2. All of them but the version begin every version. */
  private static final byte[] MAGIC = {'K', 'V', 'S', 'T', 'E', 'P', 'S', VERSION};

  // ======== Writing ========

  /** Returns the file header of a new file, with a salt of its own. */
  static FileHeader fresh() {
    return new FileHeader(VERSION, ThreadLocalRandom.current().nextInt());
  }

  /**
   * Returns the file header of the segment after another one: its salt depends on the seal checksum
   * and the salt of that one, and is as good as random. So if a power loss takes the header, which
   * is not durable before the first fsync of the segment, recovery can still read the records.
   */
  static FileHeader after(Segment previous) {
    int salt = previous.fileHeader().salt;
    return new FileHeader(VERSION, previous.sealChecksum() + Integer.rotateLeft(salt, 16));
  }

  /** Returns the bytes of this file header. */
  byte[] encode() {
    ByteBuffer header = ByteBuffer.allocate(SIZE).put(MAGIC).putInt(salt);
    header.put(VERSION_OFFSET, (byte) version).putInt(checksum(header.array()));
    return Arrays.copyOf(header.array(), size());
  }

  /** Returns whether the file has version 1, which the engine reads and never writes. */
  boolean isOld() {
    return version == 1;
  }

  /** Returns the size of this file header in bytes: the offset of the first record. */
  int size() {
    return isOld() ? MAGIC.length : SIZE;
  }

  /**
   * Returns the number that ties a header checksum to one place. In version 2 it differs for every
   * offset of the file. In version 1 it is 0.
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
   * Returns whether the first bytes of a file are those of an unfinished creation: a part of a file
   * header, possibly followed by zeros.
   */
  static boolean isUnfinished(byte[] start) {
    int known = 0;
    while (known < Math.min(start.length, MAGIC.length) && start[known] == MAGIC[known]) {
      known++;
    }
    boolean zeros = Arrays.equals(start, Arrays.copyOf(Arrays.copyOf(start, known), start.length));
    return zeros || known == MAGIC.length && start.length < SIZE;
  }

  /** Returns the version of the format in a file's first bytes, or -1 if they contain none. */
  static int version(byte[] start) {
    return start.length > VERSION_OFFSET
            && Arrays.equals(start, 0, VERSION_OFFSET, MAGIC, 0, VERSION_OFFSET)
        ? Byte.toUnsignedInt(start[VERSION_OFFSET])
        : -1;
  }

  /**
   * Returns the file header of a file, without checking that it is valid. The salt is 0 if the file
   * is too short to contain one.
   */
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
