package kv.server.core;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Predicate;
import kv.engine.Options;
import kv.engine.Stats;
import kv.engine.Store;

/** The engine as a served store. */
public class EngineStore implements ServedStore {
  /** The name of this store. */
  public static final String NAME = "engine";

  private final Store store;

  /** Serves an open store of the engine. */
  public EngineStore(Store store) {
    this.store = store;
  }

  /** Opens the store in the directory of the settings. */
  public static EngineStore open(Settings settings) throws IOException {
    Options options =
        Options.DEFAULT
            .withReadOnly(settings.readOnly())
            .withSegmentSize(settings.segmentSize())
            // ALWAYS would cost an fsync for each put. One for each turn is enough: see Turn.
            .withSync(
                settings.sync() == Settings.Sync.everysec && !settings.readOnly()
                    ? Options.SyncPolicy.EVERY_SECOND
                    : Options.SyncPolicy.NEVER);
    return new EngineStore(Store.open(settings.directory(), options));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public byte[] get(byte[] key) throws IOException {
    return store.get(key);
  }

  @Override
  public boolean containsKey(byte[] key) throws IOException {
    return store.containsKey(key);
  }

  @Override
  public void put(byte[] key, byte[] value) throws IOException {
    store.put(key, value);
  }

  @Override
  public boolean delete(byte[] key) throws IOException {
    return store.delete(key);
  }

  @Override
  public void sync() throws IOException {
    store.sync();
  }

  @Override
  public long size() throws IOException {
    return store.size();
  }

  @Override
  public boolean forEachKey(Predicate<byte[]> consumer) throws IOException {
    return store.forEachKey(consumer);
  }

  @Override
  public StoreStats stats() {
    Stats stats = store.stats();
    return new StoreStats(
        stats.keys(),
        stats.files(),
        stats.liveBytes(),
        stats.deadBytes(),
        stats.merges(),
        stats.mergedBytes(),
        stats.segments(),
        stats.merging());
  }

  @Override
  public void merge() throws IOException {
    store.merge();
  }

  @Override
  public void clear() throws IOException {
    store.clear();
  }

  @Override
  public String snapshotRefusal() {
    return null;
  }

  @Override
  public void snapshot(Path directory) throws IOException {
    store.snapshot(directory);
  }

  @Override
  public IOException failure() {
    return store.failure();
  }

  @Override
  public void close() throws IOException {
    store.close();
  }
}
