package kv.benchmarks.peers;

import java.nio.file.Path;
import java.util.function.BiConsumer;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreTool;
import org.h2.mvstore.type.ByteArrayDataType;

/**
 * MVStore, the storage of the database H2: a B-tree whose pages are appended in chunks.
 *
 * <p>Settings according to its documentation: the defaults, which write puts in the background
 * within a second; a cache as large as those of the other peers; and explicit types, so that the
 * store need not detect the type of each array. Durable: every put is committed and synced.
 */
final class MvStorePeer implements Peer {
  private final String file;
  private final boolean durable;
  private MVStore store;
  private MVMap<byte[], byte[]> map;

  MvStorePeer(Path directory, boolean durable) {
    this.file = directory.resolve("peer.mv.db").toString();
    this.durable = durable;
    open();
  }

  private void open() {
    store = new MVStore.Builder().fileName(file).cacheSize(PeerStore.CACHE_MEBIBYTES).open();
    map =
        store.openMap(
            "peer",
            new MVMap.Builder<byte[], byte[]>()
                .keyType(ByteArrayDataType.INSTANCE)
                .valueType(ByteArrayDataType.INSTANCE));
  }

  @Override
  public void put(byte[] key, byte[] value) {
    map.put(key, value);
    if (durable) {
      store.commit();
      store.sync();
    }
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
    // compactFile() of an open store keeps all chunks that are younger than its retention time.
    store.close();
    MVStoreTool.compact(file, false);
    open();
  }

  @Override
  public void close() {
    store.close();
  }
}
