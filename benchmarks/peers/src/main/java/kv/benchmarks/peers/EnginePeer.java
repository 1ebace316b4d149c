package kv.benchmarks.peers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import kv.engine.Options;
import kv.engine.Options.SyncPolicy;
import kv.engine.Store;

/** The engine with its defaults. If it is not durable, the operating system does the syncing. */
final class EnginePeer implements Peer {
  private final Store store;

  EnginePeer(Path directory, boolean durable) throws IOException {
    SyncPolicy sync = durable ? SyncPolicy.ALWAYS : SyncPolicy.NEVER;
    store = Store.open(directory, Options.DEFAULT.withSync(sync));
  }

  @Override
  public void put(byte[] key, byte[] value) throws IOException {
    store.put(key, value);
  }

  @Override
  public byte[] get(byte[] key) throws IOException {
    return store.get(key);
  }

  @Override
  public void forEach(BiConsumer<byte[], byte[]> consumer) throws IOException {
    store.forEach(consumer);
  }

  @Override
  public void compact() throws IOException {
    store.merge();
  }

  @Override
  public void close() throws IOException {
    store.close();
  }
}
