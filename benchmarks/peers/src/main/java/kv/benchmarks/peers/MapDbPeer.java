package kv.benchmarks.peers;

import java.nio.file.Path;
import java.util.function.BiConsumer;
import org.mapdb.DB;
import org.mapdb.DBMaker;
import org.mapdb.HTreeMap;
import org.mapdb.Serializer;

/**
 * MapDB, collections in a file, of which this is the hash tree.
 *
 * <p>Settings according to its documentation: a mapped file, serializers for the types, a layout
 * with room for all keys, and no transactions. Durable: every put is committed, to a write-ahead
 * log.
 */
final class MapDbPeer implements Peer {
  /** Segments, slots in a node, and levels: 8 x 32^4 = 8 million keys before hashes collide. */
  private static final int SEGMENTS = 8;

  private static final int SLOTS = 32;
  private static final int LEVELS = 4;

  private final DB db;
  private final HTreeMap<byte[], byte[]> map;
  private final boolean durable;

  MapDbPeer(Path directory, boolean durable) {
    this.durable = durable;
    DBMaker.Maker maker =
        DBMaker.fileDB(directory.resolve("peer.mapdb").toFile()).fileMmapEnableIfSupported();
    db = durable ? maker.transactionEnable().make() : maker.make();
    map =
        db.hashMap("peer", Serializer.BYTE_ARRAY, Serializer.BYTE_ARRAY)
            .layout(SEGMENTS, SLOTS, LEVELS)
            .createOrOpen();
  }

  @Override
  public void put(byte[] key, byte[] value) {
    map.put(key, value);
    if (durable) {
      db.commit();
    }
  }

  @Override
  public byte[] get(byte[] key) {
    return map.get(key);
  }

  @Override
  public void forEach(BiConsumer<byte[], byte[]> consumer) {
    map.forEach(consumer::accept);
  }

  @Override
  public void compact() {
    db.getStore().compact();
  }

  @Override
  public void close() {
    db.close();
  }
}
