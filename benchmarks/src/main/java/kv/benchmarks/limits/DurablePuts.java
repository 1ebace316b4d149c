package kv.benchmarks.limits;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import kv.benchmarks.harness.Data;
import kv.benchmarks.harness.RandomKeys;
import kv.engine.Options;
import kv.engine.Options.SyncPolicy;
import kv.engine.Store;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Puts that are durable when they return, beside a positional write and an fsync. */
public final class DurablePuts {
  private DurablePuts() {}

  /**
   * By hand: a file whose space is reserved and durable, so that a write changes only bytes within
   * it.
   */
  @BenchmarkMode(Mode.Throughput)
  @OutputTimeUnit(TimeUnit.SECONDS)
  public static class RawForce extends LimitState {
    private final AtomicLong next = new AtomicLong();
    private FileChannel file;

    /** The record of one thread. */
    @State(Scope.Thread)
    public static class Ready {
      private final ByteBuffer record = directRecord();
    }

    /** Reserves the space. */
    @Setup
    public void reserve() throws IOException {
      file = createFile();
      ByteBuffer zeros = ByteBuffer.allocateDirect(RECORD_LENGTH);
      for (int i = 0; i < keys; i++) {
        file.write(zeros.rewind());
      }
      file.force(true);
    }

    /** Closes and deletes the file. */
    @TearDown
    public void close() throws IOException {
      file.close();
      deleteDirectory();
    }

    /** Writes a record after the one before, and waits for the disk; at the end it starts over. */
    @Benchmark
    public void write(Ready ready) throws IOException {
      long position = next.getAndIncrement() % keys * RECORD_LENGTH;
      file.write(ready.record.rewind(), position);
      file.force(false);
    }
  }

  /** The engine: a filled store in which a put is durable when it returns. */
  @BenchmarkMode(Mode.Throughput)
  @OutputTimeUnit(TimeUnit.SECONDS)
  public static class DurablePut extends LimitState {
    private final byte[] value = Data.value(0);
    private Store store;

    /** Fills a store without waiting for the disk, and reopens it. */
    @Setup
    public void fill() throws IOException {
      createFilledStore().close();
      store = Store.open(directory(), Options.DEFAULT.withSync(SyncPolicy.ALWAYS));
    }

    /** Closes and deletes the store. */
    @TearDown
    public void close() throws IOException {
      store.close();
      deleteDirectory();
    }

    /** Overwrites a random key, and waits for the disk. */
    @Benchmark
    public void put(RandomKeys random) throws IOException {
      store.put(random.present(keys), value);
    }
  }
}
