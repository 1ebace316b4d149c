package kv.benchmarks.peers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import kv.benchmarks.harness.Data;
import net.openhft.chronicle.map.ChronicleMap;

/**
 * Chronicle Map, a hash table of fixed capacity in a mapped file.
 *
 * <p>Settings according to its tutorial: the exact number of entries; keys and values of constant
 * size; and puts that do not return the old value. It has no way to wait for the disk.
 */
final class ChronicleMapPeer implements Peer {
  private final ChronicleMap<byte[], byte[]> map;

  ChronicleMapPeer(Path directory, int keys, int valueLength) throws IOException {
    map =
        ChronicleMap.of(byte[].class, byte[].class)
            .name("peer")
            .entries(keys)
            .constantKeySizeBySample(new byte[Data.KEY_LENGTH])
            .constantValueSizeBySample(new byte[valueLength])
            .putReturnsNull(true)
            .createPersistedTo(directory.resolve("peer.chronicle").toFile());
  }

  @Override
  public void put(byte[] key, byte[] value) {
    map.put(key, value);
  }

  @Override
  public byte[] get(byte[] key) {
    return map.get(key);
  }

  @Override
  public void forEach(BiConsumer<byte[], byte[]> consumer) {
    map.forEach(consumer);
  }

  @Override
  public void compact() {
    throw new UnsupportedOperationException("Chronicle Map overwrites in place");
  }

  @Override
  public void close() {
    map.close();
  }
}
