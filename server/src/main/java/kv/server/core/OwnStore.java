/*
 * WHAT THIS FILE IS
 *
 * The reader's own store in place of the engine: --store work/mine. Its class is known when the
 * server runs, and not before, so its methods are called by handles, which are as cheap as calls.
 *
 *     ServedStore --> OwnStore --> method handles --> kv.step5.Store of the folder
 *
 * WHAT THE ENGINE HAS, AND THIS STORE HAS NOT
 *
 *     fsync every second         a thread here calls sync; other calls wait for that fsync
 *     keys without values        a walk reads the values too
 *     clear, snapshots           an error that says so
 *     merges, segments           not reported: see StoreStats
 *     failure                    a failed sync, or an IOException after which size() throws one too
 *
 * FAULTS IN THE READER'S CODE
 *
 * An exception that no step throws, such as that of an exercise that is not done yet, is an
 * IOException with its text here: the client gets it as its reply, and the server goes on. The
 * first one is logged with its stack trace.
 */
package kv.server.core;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The reader's store as a served store. */
public final class OwnStore implements ServedStore {
  private static final Logger LOGGER = LoggerFactory.getLogger(OwnStore.class);

  private final String name;
  private final MethodHandle get;
  private final MethodHandle containsKey;
  private final MethodHandle put;
  private final MethodHandle delete;
  private final MethodHandle sync;
  private final MethodHandle size;
  private final MethodHandle forEach;
  private final MethodHandle merge;
  private final MethodHandle close;
  private final MethodHandle stats;
  private final List<MethodHandle> numbers;

  /** Syncs every second; null if the policy is another. */
  private ScheduledExecutorService clock;

  private volatile IOException failure;

  /** The numbers of the last call that succeeded: a failed store of step 5 reports none. */
  private volatile StoreStats lastStats;

  private volatile boolean faultLogged;

  /** Whether the store is being closed: from then on its code throws for a good reason. */
  private volatile boolean closing;

  /** Ends a walk through all keys. */
  private static final class EnoughKeys extends RuntimeException {
    private static final long serialVersionUID = 1;

    EnoughKeys() {
      super(null, null, false, false);
    }
  }

  /** Serves an open store of the reader's class. */
  private OwnStore(OwnCode code, Object store) {
    this.name = code.folder().toString();
    this.get = code.get.bindTo(store);
    this.containsKey = code.containsKey.bindTo(store);
    this.put = code.put.bindTo(store);
    this.delete = code.delete.bindTo(store);
    this.sync = code.sync.bindTo(store);
    this.size = code.size.bindTo(store);
    this.forEach = code.forEach.bindTo(store);
    this.merge = code.merge.bindTo(store);
    this.close = code.close.bindTo(store);
    this.stats = code.stats.bindTo(store);
    this.numbers = code.numbers;
  }

  // ======== Opening ========

  /** Opens the store in the directory of the settings with the reader's code. */
  public static OwnStore open(OwnCode code, Settings settings) throws IOException {
    OwnStore store = new OwnStore(code, open(code, settings.directory()));
    try {
      store.lastStats = store.readStats();
    } catch (Throwable e) {
      store.close();
      throw store.thrown(e);
    }
    if (settings.sync() == Settings.Sync.everysec) {
      store.clock =
          Executors.newSingleThreadScheduledExecutor(
              task -> {
                Thread thread = new Thread(task, "kv-sync");
                thread.setDaemon(true);
                return thread;
              });
      store.clock.scheduleWithFixedDelay(store::syncInBackground, 1, 1, TimeUnit.SECONDS);
    }
    return store;
  }

  private static Object open(OwnCode code, Path directory) throws IOException {
    try {
      return (Object) code.open.invokeExact(directory);
    } catch (IOException | OutOfMemoryError e) {
      throw e;
    } catch (Throwable e) {
      throw fault(code.folder().toString(), e);
    }
  }

  @Override
  public String name() {
    return name;
  }

  // ======== Writing ========

  @Override
  public void put(byte[] key, byte[] value) throws IOException {
    requireUsable();
    try {
      put.invokeExact(key, value);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  @Override
  public boolean delete(byte[] key) throws IOException {
    requireUsable();
    try {
      return (boolean) delete.invokeExact(key);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  @Override
  public void sync() throws IOException {
    requireUsable();
    try {
      sync.invokeExact();
    } catch (Throwable e) {
      if (closing && e instanceof IllegalStateException closed) {
        throw closed;
      }
      // A failed fsync is never retried, even if the reader's code would do so.
      IOException failed = e instanceof IOException io ? io : fault(name, e);
      fail(failed);
      throw failed;
    }
  }

  private void syncInBackground() {
    try {
      sync();
    } catch (IOException | IllegalStateException e) {
      // The turns of the event loop find the failure; or the store was closed.
      clock.shutdown();
    }
  }

  @Override
  public void merge() throws IOException {
    requireUsable();
    try {
      merge.invokeExact();
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  @Override
  public void clear() {
    throw new UnsupportedOperationException(
        "the store in "
            + name
            + " cannot delete all keys: step 5 has no call for that; delete them by DEL");
  }

  @Override
  public String snapshotRefusal() {
    return "the store in "
        + name
        + " cannot take snapshots: step 5 has no call for that; stop the server and copy --dir";
  }

  @Override
  public void snapshot(Path directory) {
    throw new UnsupportedOperationException(snapshotRefusal());
  }

  // ======== Reading ========

  @Override
  public byte[] get(byte[] key) throws IOException {
    try {
      return (byte[]) get.invokeExact(key);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  @Override
  public boolean containsKey(byte[] key) throws IOException {
    try {
      return (boolean) containsKey.invokeExact(key);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  @Override
  public long size() throws IOException {
    try {
      return (long) size.invokeExact();
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  @Override
  public boolean forEachKey(Predicate<byte[]> consumer) throws IOException {
    BiConsumer<byte[], byte[]> each =
        (key, value) -> {
          if (!consumer.test(key)) {
            throw new EnoughKeys();
          }
        };
    try {
      forEach.invokeExact(each);
      return true;
    } catch (EnoughKeys e) {
      return false;
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  @Override
  public StoreStats stats() {
    try {
      lastStats = readStats();
    } catch (Throwable e) {
      // Notes the failure, and the numbers stay those of the last call.
      thrown(e);
    }
    return lastStats;
  }

  private StoreStats readStats() throws Throwable {
    Object all = stats.invoke();
    return new StoreStats(
        (long) numbers.get(0).invoke(all),
        (int) numbers.get(1).invoke(all),
        (long) numbers.get(2).invoke(all),
        (long) numbers.get(3).invoke(all),
        null,
        null,
        List.of(),
        null);
  }

  // ======== Failures ========

  @Override
  public IOException failure() {
    return failure;
  }

  private void requireUsable() throws IOException {
    IOException reason = failure;
    if (reason != null) {
      throw reason;
    }
  }

  private synchronized void fail(IOException reason) {
    if (failure == null) {
      failure = reason;
    }
  }

  /**
   * Returns the exception for the caller, and notes whether the store can no longer be used. Throws
   * those that the server treats in the same way for every store: the store is being closed, or the
   * JVM is out of memory.
   */
  private IOException thrown(Throwable cause) {
    if (closing && cause instanceof IllegalStateException closed) {
      throw closed;
    }
    if (cause instanceof OutOfMemoryError error) {
      throw error;
    }
    if (cause instanceof IOException e) {
      if (isUnusable()) {
        fail(e);
      }
      return e;
    }
    if (!faultLogged) {
      faultLogged = true;
      LOGGER.error("the code in {} has a fault; further ones are not logged", name, cause);
    }
    return fault(name, cause);
  }

  /** Returns the exception for one that only faulty code throws. */
  private static IOException fault(String name, Throwable cause) {
    return new IOException("the code in " + name + " threw " + cause, cause);
  }

  /** Returns whether every call throws: a store of step 5 refuses all use after some failures. */
  private boolean isUnusable() {
    try {
      long keys = (long) size.invokeExact();
      return keys < 0;
    } catch (IOException e) {
      return true;
    } catch (Throwable e) {
      return false;
    }
  }

  // ======== Closing ========

  @Override
  public void close() throws IOException {
    closing = true;
    if (clock != null) {
      // Without an interrupt, which would close the store's files.
      clock.shutdown();
    }
    try {
      close.invokeExact();
    } catch (Throwable e) {
      throw thrown(e);
    }
  }
}
