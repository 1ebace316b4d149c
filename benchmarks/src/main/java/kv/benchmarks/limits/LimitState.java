package kv.benchmarks.limits;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import kv.benchmarks.harness.AnyStore;
import kv.benchmarks.harness.Data;
import kv.benchmarks.harness.WorkDirectory;
import kv.engine.Options;
import kv.engine.Options.SyncPolicy;
import kv.engine.Store;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The state that both sides of a pair have: a number of keys, and a directory. */
@State(Scope.Benchmark)
public abstract class LimitState {
  /** Bytes of a record before its key, in every step and in the engine. */
  static final int RECORD_HEADER = 16;

  /** Bytes of a whole record. */
  static final int RECORD_LENGTH = RECORD_HEADER + Data.KEY_LENGTH + Data.VALUE_LENGTH;

  /** No fsync for a put, and no merges: their cost is in experiments 1 and 5. */
  static final Options UNSYNCED =
      Options.DEFAULT.withSync(SyncPolicy.NEVER).withAutomaticMerge(false);

  /** The number of keys, which is that of records. */
  @Param("1000000")
  public int keys;

  private Path directory;

  /** Creates the directory, which is empty. */
  final Path createDirectory() throws IOException {
    directory = WorkDirectory.create();
    return directory;
  }

  final Path directory() {
    return directory;
  }

  final void deleteDirectory() throws IOException {
    WorkDirectory.delete(directory);
  }

  /** Creates the directory and a store in it, with all keys. */
  final Store createFilledStore() throws IOException {
    Store store = Store.open(createDirectory(), UNSYNCED);
    AnyStore.of(store).fill(keys);
    return store;
  }

  /** Creates the directory and an empty file in it. */
  final FileChannel createFile() throws IOException {
    return FileChannel.open(
        createDirectory().resolve("raw.data"),
        StandardOpenOption.CREATE_NEW,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE);
  }

  /** Puts a record with a header of zeros, which no benchmark reads, into a buffer. */
  static ByteBuffer putRecord(ByteBuffer buffer, long number) {
    return buffer.put(new byte[RECORD_HEADER]).put(Data.key(number)).put(Data.value(number));
  }

  /** Returns a record in a buffer from which the operating system takes it without another copy. */
  static ByteBuffer directRecord() {
    return putRecord(ByteBuffer.allocateDirect(RECORD_LENGTH), 0);
  }
}
