package kv.benchmarks.peers;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import jetbrains.exodus.ArrayByteIterable;
import jetbrains.exodus.ByteIterable;
import jetbrains.exodus.env.Cursor;
import jetbrains.exodus.env.Environment;
import jetbrains.exodus.env.EnvironmentConfig;
import jetbrains.exodus.env.Environments;
import jetbrains.exodus.env.Store;
import jetbrains.exodus.env.StoreConfig;

/**
 * Xodus, the storage of JetBrains' YouTrack: B+ trees whose changed pages are appended to a log.
 *
 * <p>Settings according to its documentation: a store without duplicates, a log cache as large as
 * the caches of the other peers, and an exclusive transaction for each put, which is never
 * repeated. Durable: every commit waits for the disk. A background job removes files with little
 * live data. {@link #compact} copies the log when it opens it again, and removes the replaced files,
 * which version 2.0.1 renames but does not remove.
 */
final class XodusPeer implements Peer {
  private final Path directory;
  private final boolean durable;
  private Environment environment;
  private Store store;

  XodusPeer(Path directory, boolean durable) {
    this.directory = directory;
    this.durable = durable;
    open(false);
  }

  private void open(boolean compact) {
    EnvironmentConfig config =
        new EnvironmentConfig()
            .setLogDurableWrite(durable)
            .setMemoryUsage((long) PeerStore.CACHE_MEBIBYTES << 20)
            .setEnvCompactOnOpen(compact)
            .setManagementEnabled(false);
    environment = Environments.newInstance(directory.toFile(), config);
    store =
        environment.computeInExclusiveTransaction(
            transaction ->
                environment.openStore("peer", StoreConfig.WITHOUT_DUPLICATES, transaction));
  }

  @Override
  public void put(byte[] key, byte[] value) {
    environment.executeInExclusiveTransaction(
        transaction ->
            store.put(transaction, new ArrayByteIterable(key), new ArrayByteIterable(value)));
  }

  @Override
  public byte[] get(byte[] key) {
    return environment.computeInReadonlyTransaction(
        transaction -> {
          ByteIterable value = store.get(transaction, new ArrayByteIterable(key));
          return value == null ? null : copy(value);
        });
  }

  @Override
  public void forEach(BiConsumer<byte[], byte[]> consumer) {
    environment.executeInReadonlyTransaction(
        transaction -> {
          try (Cursor cursor = store.openCursor(transaction)) {
            while (cursor.getNext()) {
              consumer.accept(copy(cursor.getKey()), copy(cursor.getValue()));
            }
          }
        });
  }

  private static byte[] copy(ByteIterable bytes) {
    byte[] copy = new byte[bytes.getLength()];
    System.arraycopy(bytes.getBytesUnsafe(), 0, copy, 0, copy.length);
    return copy;
  }

  @Override
  public void compact() throws IOException {
    environment.close();
    open(true);
    try (DirectoryStream<Path> replaced = Files.newDirectoryStream(directory, "*.del")) {
      for (Path file : replaced) {
        Files.delete(file);
      }
    }
  }

  @Override
  public void close() {
    environment.close();
  }
}
