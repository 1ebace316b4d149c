package kv.benchmarks.peers;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import kv.benchmarks.harness.Data;

/**
 * The same work by hand, without a store, with classes of the JDK: a get is a lookup in a HashMap
 * and a copy from a mapped file; a put is the same lookup and a positional write into a file whose
 * space is reserved, and a durable put also forces the file. All values have the same length and
 * are overwritten in place. An open rebuilds the index from the file.
 *
 * <p>Threads must not put new keys concurrently, since a HashMap has no lock.
 */
final class RawPeer implements Peer {
  private final Map<ByteBuffer, Integer> index = new HashMap<>();
  private final FileChannel file;
  private final MappedByteBuffer map;
  private final int valueLength;
  private final int recordLength;
  private final boolean durable;

  RawPeer(Path directory, boolean durable, int keys, int valueLength) throws IOException {
    this.durable = durable;
    this.valueLength = valueLength;
    recordLength = Data.KEY_LENGTH + valueLength;
    file =
        FileChannel.open(
            directory.resolve("raw.data"),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    map = file.map(FileChannel.MapMode.READ_WRITE, 0, (long) keys * recordLength);
    byte[] key = new byte[Data.KEY_LENGTH];
    for (int i = 0; i < keys && map.getLong(i * recordLength) != 0; i++) {
      map.get(i * recordLength, key);
      index.put(ByteBuffer.wrap(key.clone()), i);
    }
  }

  @Override
  public void put(byte[] key, byte[] value) throws IOException {
    ByteBuffer record = ByteBuffer.allocate(recordLength).put(key).put(value).flip();
    Integer number = index.get(ByteBuffer.wrap(key));
    if (number == null) {
      number = index.size();
      index.put(ByteBuffer.wrap(key), number);
    }
    file.write(record, (long) number * recordLength);
    if (durable) {
      file.force(false);
    }
  }

  @Override
  public byte[] get(byte[] key) {
    Integer number = index.get(ByteBuffer.wrap(key));
    if (number == null) {
      return null;
    }
    byte[] value = new byte[valueLength];
    map.get(number * recordLength + Data.KEY_LENGTH, value);
    return value;
  }

  @Override
  public void forEach(BiConsumer<byte[], byte[]> consumer) {
    for (int i = 0; i < index.size(); i++) {
      byte[] key = new byte[Data.KEY_LENGTH];
      byte[] value = new byte[valueLength];
      map.get(i * recordLength, key);
      map.get(i * recordLength + Data.KEY_LENGTH, value);
      consumer.accept(key, value);
    }
  }

  @Override
  public void compact() {
    throw new UnsupportedOperationException("overwrites are in place: there is no dead space");
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
