package kv.benchmarks.peers;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import kv.benchmarks.harness.Data;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;

/**
 * Chronicle Map, a hash table in a mapped file. Its sizing is fixed for the life of the file: one
 * made for 100,000 entries accepts about 208,000, and with {@code maxBloatFactor(10)} over a
 * million, but each segment that overflows becomes a chain.
 *
 * <p>Settings according to its tutorial: the exact number of entries; keys and values of constant
 * size; and puts that do not return the old value. It has no way to wait for the disk.
 */
final class ChronicleMapPeer implements Peer {
  private final ChronicleMap<byte[], byte[]> map;

  /**
   * Opens a map.
   *
   * @param recover whether to open a file that was not closed
   */
  ChronicleMapPeer(Path directory, int keys, int valueLength, boolean recover) throws IOException {
    File file = directory.resolve("peer.chronicle").toFile();
    ChronicleMapBuilder<byte[], byte[]> builder =
        ChronicleMap.of(byte[].class, byte[].class)
            .name("peer")
            .entries(keys)
            .constantKeySizeBySample(new byte[Data.KEY_LENGTH])
            .constantValueSizeBySample(new byte[valueLength])
            .putReturnsNull(true);
    map = recover ? builder.recoverPersistedTo(file, true) : builder.createPersistedTo(file);
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
