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
 * with a slot for every key, and no transactions. Durable: every put is committed, to a write-ahead
 * log, and the file is not mapped. With a mapping, a commit forces every MiB of the file: 106 puts
 * per second instead of 530, with 200,000 keys.
 */
final class MapDbPeer implements Peer {
  /**
   * Segments, slots in a node, and levels: 8 x 32^4 = 8.4 million slots. With a million keys, one
   * key in nine shares its slot with another.
   */
  private static final int SEGMENTS = 8;

  private static final int SLOTS = 32;
  private static final int LEVELS = 4;

  private final DB db;
  private final HTreeMap<byte[], byte[]> map;
  private final boolean durable;

  /**
   * Opens a store.
   *
   * @param recover whether to open a file that was not closed
   */
  MapDbPeer(Path directory, boolean durable, boolean recover) {
    this.durable = durable;
    DBMaker.Maker maker = DBMaker.fileDB(directory.resolve("peer.mapdb").toFile());
    if (recover) {
      maker.checksumHeaderBypass();
    }
    db =
        durable
            ? maker.fileChannelEnable().transactionEnable().make()
            : maker.fileMmapEnableIfSupported().make();
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
