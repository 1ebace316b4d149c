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
 * <p>Settings after its documentation: the defaults, which write what was put within a second, in
 * the background; a cache as large as the other peers'; the types of the arrays given, so that they
 * need not be found out for each. Durable, every put is committed and synced.
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
    // compactFile() of an open store leaves what is younger than its retention time.
    store.close();
    MVStoreTool.compact(file, false);
    open();
  }

  @Override
  public void close() {
    store.close();
  }
}
