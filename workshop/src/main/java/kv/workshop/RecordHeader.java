package kv.workshop;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The 16 bytes before the body of a record, valid or not. {@link LogDump} shows the layout.
 *
 * @param mask a number that the CRC32C of the header is XORed with
 * @param seals whether the file can contain a seal
 */
public record RecordHeader(
    byte[] bytes,
    int mask,
    boolean seals,
    char type,
    int flags,
    int keyLength,
    int valueLength,
    int body,
    int checksum) {
  /** Length of a header, in bytes. */
  public static final int SIZE = 16;

  /** Offset of the header checksum, which covers the bytes before it. */
  public static final int CHECKSUM = 12;

  /** Length of a seal's value, in bytes. A seal has no key. */
  public static final int SEAL_VALUE_LENGTH = 8;

  private static final int MAX_VALUE_LENGTH = 512 << 20;

  /** The types of records. */
  private static final String TYPES = "PDS";

  /** The offsets of the fields, and of the end. */
  private static final List<Integer> OFFSETS = List.of(0, 1, 2, 4, 8, CHECKSUM, SIZE);

  private static final List<String> NAMES =
      List.of("type", "flags", "key length", "value length", "body checksum", "header checksum");

  /** Decodes the 16 bytes of a header. */
  public static RecordHeader of(byte[] bytes, int mask, boolean seals) {
    ByteBuffer fields = ByteBuffer.wrap(bytes);
    return new RecordHeader(
        bytes,
        mask,
        seals,
        (char) fields.get(),
        fields.get(),
        Short.toUnsignedInt(fields.getShort()),
        fields.getInt(),
        fields.getInt(),
        fields.getInt());
  }

  /** Returns the CRC32C of the first bytes of an array. */
  public static int crc(byte[] bytes, int length) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, 0, length);
    return (int) checksum.getValue();
  }

  /** Returns whether a byte is the type of a record. */
  static boolean isType(byte type) {
    return TYPES.indexOf(type) >= 0;
  }

  /** Returns the checksum that the other fields give. */
  public int computed() {
    return crc(bytes, CHECKSUM) ^ mask;
  }

  /** Returns whether the fields are possible and have the stored checksum. */
  public boolean isValid() {
    return isPlausible() && computed() == checksum;
  }

  /** Returns whether all fields have possible values; the checksum is not compared. */
  public boolean isPlausible() {
    return (type == 'P' || type == 'D' || type == 'S' && seals)
        && 0 <= valueLength
        && valueLength <= MAX_VALUE_LENGTH;
  }

  /** Returns the salt of the file, provided that this is a valid header at this offset. */
  int impliedSalt(long at) {
    return (checksum ^ crc(bytes, CHECKSUM)) - (int) at;
  }

  /** Returns whether everything before this record was durable when it was written. */
  public boolean syncMark() {
    return (flags & 1) != 0;
  }

  /** Returns whether the lengths are those of a seal. */
  public boolean hasLengthsOfSeal() {
    return keyLength == 0 && valueLength == SEAL_VALUE_LENGTH;
  }

  /** Returns the length of the record: header, key and value. */
  public int length() {
    return SIZE + keyLength + valueLength;
  }

  /** Says why the header is not valid. */
  public String fault() {
    if (computed() != checksum) {
      return "the header checksum says " + hex(checksum) + ", the header gives " + hex(computed());
    }
    if (valueLength < 0 || valueLength > MAX_VALUE_LENGTH) {
      return "the checksum is right, but a value has at most 512 MiB";
    }
    return type == 'S'
        ? "the checksum is right, but a log has no seal: only a segment has"
        : "the checksum is right, but there is no such type";
  }

  /** Returns the header with another byte at an index. */
  RecordHeader with(int index, int value) {
    byte[] changed = bytes.clone();
    changed[index] = (byte) value;
    return of(changed, mask, seals);
  }

  /**
   * Returns the valid header that this becomes when its type is written, or this if there is none.
   * A store writes the type last, so an unfinished record has the type 0.
   */
  public RecordHeader finished() {
    for (char possible : type == 0 ? TYPES.toCharArray() : new char[0]) {
      RecordHeader finished = with(0, possible);
      if (finished.isValid()) {
        return finished;
      }
    }
    return this;
  }

  /** Returns the index of the bit that makes the header valid when it is flipped, or -1. */
  public int flippedBit() {
    int difference = computed() ^ checksum;
    int bit = FlippedBit.find(difference, CHECKSUM);
    if (Integer.bitCount(difference) == 1) {
      // In the checksum itself, whose highest bits come first.
      int power = Integer.numberOfTrailingZeros(difference);
      bit = 8 * (SIZE - 1 - power / 8) + power % 8;
    }
    boolean valid = bit >= 0 && with(bit / 8, bytes[bit / 8] ^ 1 << bit % 8).isValid();
    return valid ? bit : -1;
  }

  /** Returns the fields of a header, or of the part of it that the file contains. */
  static Fields fields(byte[] header) {
    return Fields.of(header, NAMES, OFFSETS);
  }

  private static String hex(int number) {
    return HexFormat.of().toHexDigits(number);
  }
}
