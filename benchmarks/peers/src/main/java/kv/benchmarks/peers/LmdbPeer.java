package kv.benchmarks.peers;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiConsumer;
import kv.benchmarks.harness.Data;
import org.lmdbjava.CursorIterable;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.Txn;

/**
 * LMDB, a B+ tree in a mapped file, in C, through lmdbjava.
 *
 * <p>Settings according to the comments of lmdb.h: read transactions are reset and renewed, which
 * saves their allocation, and are not bound to threads (MDB_NOTLS). If it is not durable, the
 * operating system does the syncing (MDB_NOSYNC). Without MDB_WRITEMAP, which would let a stray
 * pointer damage the store.
 */
final class LmdbPeer implements Peer {
  /** Room for half-full pages, and for pages that readers still use. */
  private static final int ROOM_PER_BYTE = 8;

  private static final long LEAST_ROOM_BYTES = 64 << 20;

  private final Env<ByteBuffer> env;
  private final Dbi<ByteBuffer> db;
  private final Queue<Reader> readers = new ConcurrentLinkedQueue<>();
  private final ThreadLocal<Reader> reader = ThreadLocal.withInitial(this::newReader);
  private final ThreadLocal<Writer> writer;

  private record Reader(Txn<ByteBuffer> transaction, ByteBuffer key) {}

  private record Writer(ByteBuffer key, ByteBuffer value) {}

  LmdbPeer(Path directory, boolean durable, int keys, int valueLength) {
    var builder =
        Env.create()
            .setMapSize(
                LEAST_ROOM_BYTES + (long) ROOM_PER_BYTE * keys * (Data.KEY_LENGTH + valueLength))
            .setMaxDbs(1);
    env =
        durable
            ? builder.open(directory.toFile(), EnvFlags.MDB_NOTLS)
            : builder.open(directory.toFile(), EnvFlags.MDB_NOTLS, EnvFlags.MDB_NOSYNC);
    db = env.openDbi((String) null, DbiFlags.MDB_CREATE);
    writer =
        ThreadLocal.withInitial(
            () ->
                new Writer(
                    ByteBuffer.allocateDirect(Data.KEY_LENGTH),
                    ByteBuffer.allocateDirect(valueLength)));
  }

  private Reader newReader() {
    Reader created = new Reader(env.txnRead(), ByteBuffer.allocateDirect(Data.KEY_LENGTH));
    created.transaction.reset();
    readers.add(created);
    return created;
  }

  @Override
  public void put(byte[] key, byte[] value) {
    Writer mine = writer.get();
    mine.key.clear().put(key).flip();
    mine.value.clear().put(value).flip();
    try (Txn<ByteBuffer> transaction = env.txnWrite()) {
      db.put(transaction, mine.key, mine.value);
      transaction.commit();
    }
  }

  @Override
  public byte[] get(byte[] key) {
    Reader mine = reader.get();
    mine.transaction.renew();
    try {
      ByteBuffer value = db.get(mine.transaction, mine.key.clear().put(key).flip());
      return value == null ? null : copy(value);
    } finally {
      mine.transaction.reset();
    }
  }

  @Override
  public void forEach(BiConsumer<byte[], byte[]> consumer) {
    try (Txn<ByteBuffer> transaction = env.txnRead();
        CursorIterable<ByteBuffer> pairs = db.iterate(transaction)) {
      for (CursorIterable.KeyVal<ByteBuffer> pair : pairs) {
        consumer.accept(copy(pair.key()), copy(pair.val()));
      }
    }
  }

  private static byte[] copy(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  @Override
  public void compact() {
    throw new UnsupportedOperationException("LMDB reuses free pages, and never releases them");
  }

  @Override
  public void close() throws IOException {
    readers.forEach(created -> created.transaction.close());
    env.sync(true);
    env.close();
  }
}
