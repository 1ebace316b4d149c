package kv.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/** Builds the log of a store of steps 1 to 4, without any of the code under test. */
final class OldStore {
  static final String FILE_NAME = "store.data";

  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final SortedMap<String, String> state = new TreeMap<>();

  OldStore() {
    log.writeBytes(new byte[] {'K', 'V', 'S', 'T', 'E', 'P', 'S', 1});
  }

  OldStore put(String key, String value) {
    return add('P', false, key, value);
  }

  /** Adds a put with the sync mark: everything before it was durable. */
  OldStore putMarked(String key, String value) {
    return add('P', true, key, value);
  }

  OldStore delete(String key) {
    return add('D', false, key, "");
  }

  private OldStore add(char type, boolean syncMark, String key, String value) {
    log.writeBytes(record(type, syncMark, key.getBytes(ISO_8859_1), value.getBytes(ISO_8859_1)));
    if (type == 'P') {
      state.put(key, value);
    } else {
      state.remove(key);
    }
    return this;
  }

  /** Returns the bytes of the log. */
  byte[] bytes() {
    return log.toByteArray();
  }

  /** Returns the contents of the store. */
  SortedMap<String, String> state() {
    return new TreeMap<>(state);
  }

  static byte[] record(char type, boolean syncMark, byte[] key, byte[] value) {
    ByteBuffer record = ByteBuffer.allocate(16 + key.length + value.length);
    record.put((byte) type).put((byte) (syncMark ? 1 : 0)).putShort((short) key.length);
    record.putInt(value.length).position(16).put(key).put(value);
    record.putInt(8, crc(record.array(), 16, record.capacity()));
    record.putInt(12, crc(record.array(), 0, 12));
    return record.array();
  }

  private static int crc(byte[] bytes, int from, int to) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, to - from);
    return (int) crc.getValue();
  }
}
