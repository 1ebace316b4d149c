package kv.benchmarks.peers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;

/**
 * RocksDB, a log-structured merge tree in C++, through JNI.
 *
 * <p>Settings according to its wiki, "Setup Options and Basic Tuning", for gets of single keys:
 * {@code optimizeForPointLookup} (a hash index in the blocks, Bloom filters of 10 bits per key, a
 * block cache), as many background jobs as processors, LZ4, and files that are written to the disk
 * in small portions. A close flushes the memtable first: otherwise the next open replays the log,
 * which takes over a hundred times as long.
 */
final class RocksDbPeer implements Peer {
  private static final long BYTES_PER_SYNC = 1 << 20;

  static {
    RocksDB.loadLibrary();
  }

  private final Options options =
      new Options()
          .setCreateIfMissing(true)
          .optimizeForPointLookup(PeerStore.CACHE_MEBIBYTES)
          .setIncreaseParallelism(Runtime.getRuntime().availableProcessors())
          .setCompressionType(CompressionType.LZ4_COMPRESSION)
          .setBytesPerSync(BYTES_PER_SYNC);
  private final WriteOptions writing;
  private final RocksDB db;

  RocksDbPeer(Path directory, boolean durable) throws IOException {
    writing = new WriteOptions().setSync(durable);
    try {
      db = RocksDB.open(options, directory.toString());
    } catch (RocksDBException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void put(byte[] key, byte[] value) throws IOException {
    try {
      db.put(writing, key, value);
    } catch (RocksDBException e) {
      throw new IOException(e);
    }
  }

  @Override
  public byte[] get(byte[] key) throws IOException {
    try {
      return db.get(key);
    } catch (RocksDBException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void forEach(BiConsumer<byte[], byte[]> consumer) throws IOException {
    try (RocksIterator iterator = db.newIterator()) {
      for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
        consumer.accept(iterator.key(), iterator.value());
      }
      iterator.status();
    } catch (RocksDBException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void compact() throws IOException {
    try {
      db.compactRange();
    } catch (RocksDBException e) {
      throw new IOException(e);
    }
  }

  @Override
  public long memoryOutsideHeap() throws IOException {
    try {
      return db.getLongProperty("rocksdb.block-cache-usage")
          + db.getLongProperty("rocksdb.estimate-table-readers-mem")
          + db.getLongProperty("rocksdb.cur-size-all-mem-tables");
    } catch (RocksDBException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    try (FlushOptions flush = new FlushOptions().setWaitForFlush(true)) {
      db.flush(flush);
    } catch (RocksDBException e) {
      throw new IOException(e);
    } finally {
      release();
    }
  }

  private void release() {
    db.close();
    writing.close();
    options.close();
  }
}
