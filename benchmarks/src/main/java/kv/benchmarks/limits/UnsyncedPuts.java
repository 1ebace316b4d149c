package kv.benchmarks.limits;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.Collections;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import kv.benchmarks.harness.Data;
import kv.engine.Store;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Puts that do not wait for the disk, beside positional writes of a record that is ready. All are
 * measured in batches of as many records as there are keys.
 */
public final class UnsyncedPuts {
  private UnsyncedPuts() {}

  /** By hand: a file that grows by one record at a time. */
  @BenchmarkMode(Mode.SingleShotTime)
  @OutputTimeUnit(TimeUnit.MILLISECONDS)
  public static class RawWrite extends LimitState {
    private final ByteBuffer record = directRecord();
    private FileChannel file;

    /** Creates an empty file. */
    @Setup(Level.Invocation)
    public void open() throws IOException {
      file = createFile();
    }

    /** Closes and deletes the file. */
    @TearDown(Level.Invocation)
    public void close() throws IOException {
      file.close();
      deleteDirectory();
    }

    /** Writes the same record again and again, each after the one before. */
    @Benchmark
    public void write() throws IOException {
      for (long i = 0; i < keys; i++) {
        file.write(record.rewind(), i * RECORD_LENGTH);
      }
    }
  }

  /** The engine: a batch of puts, whose keys were made in advance. */
  @BenchmarkMode(Mode.SingleShotTime)
  @OutputTimeUnit(TimeUnit.MILLISECONDS)
  public abstract static class PutBatch extends LimitState {
    private final byte[] value = Data.value(0);

    /** All keys, in the order in which they are put. */
    byte[][] all;

    /** The store. */
    Store store;

    final void makeAllKeys() {
      all = new byte[keys][];
      for (int i = 0; i < keys; i++) {
        all[i] = Data.key(i);
      }
    }

    /** Deletes the store, and unmaps its files, which would keep their disk space otherwise. */
    @TearDown(Level.Invocation)
    public void close() throws IOException {
      store.close();
      store = null;
      deleteDirectory();
      System.gc();
    }

    /** Puts each key once. */
    @Benchmark
    public void put() throws IOException {
      for (byte[] key : all) {
        store.put(key, value);
      }
    }
  }

  /** Each key is put for the first time. */
  public static class Load extends PutBatch {
    /** Makes the keys. */
    @Setup
    public void makeKeys() {
      makeAllKeys();
    }

    /** Opens an empty store. */
    @Setup(Level.Invocation)
    public void open() throws IOException {
      store = Store.open(createDirectory(), UNSYNCED);
    }
  }

  /** Each key is put for the second time, in an order that is not the log's. */
  public static class Overwrite extends PutBatch {
    /** Makes and shuffles the keys. */
    @Setup
    public void makeKeys() {
      makeAllKeys();
      Collections.shuffle(Arrays.asList(all), new Random(keys));
    }

    /** Fills a store. */
    @Setup(Level.Invocation)
    public void fill() throws IOException {
      store = createFilledStore();
    }
  }
}
