package kv.engine;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A log in memory, in place of the mapped file: records of a key of one byte and a value of four,
 * without checksums. All accesses are plain, as those to a map.
 */
final class MadeUpLog implements KeyDir.Records {
  private static final int RECORD_BYTES = 5;

  private final ByteBuffer bytes = ByteBuffer.allocate(64);
  private int end = RECORD_BYTES;

  /** Appends a record, and returns its location. */
  long append(byte key, int value) {
    int at = end;
    bytes.put(at, key);
    bytes.putInt(at + 1, value);
    end += RECORD_BYTES;
    return Location.of(1, at);
  }

  /** Returns the location of the next record. */
  long next() {
    return Location.of(1, end);
  }

  @Override
  public byte[] read(long location, byte[] key) {
    int at = Location.offset(location);
    byte[] value = new byte[4];
    bytes.get(at + 1, value);
    return bytes.get(at) == key[0] ? value : null;
  }

  @Override
  public boolean isOf(long location, byte[] key) {
    return bytes.get(Location.offset(location)) == key[0];
  }

  /** Returns the value of a key, 0 if the key is absent, or -1 if the value is not there. */
  static int get(KeyDir keydir, byte[] key) {
    try {
      byte[] value = keydir.get(key);
      int number = value == null ? 0 : ByteBuffer.wrap(value).getInt();
      return value != null && number == 0 ? -1 : number;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Updates a keydir for a record that was appended. */
  static void follow(KeyDir keydir, byte type, byte[] key, long location) {
    try {
      keydir.follow(type, keydir.hash(key), key, location);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
