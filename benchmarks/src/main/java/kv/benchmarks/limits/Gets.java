package kv.benchmarks.limits;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import kv.benchmarks.harness.Data;
import kv.benchmarks.harness.RandomKeys;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Setup;

/** Gets, beside a lookup in a HashMap and a copy from a mapped file. */
public final class Gets {
  private Gets() {}

  /** By hand: the JDK's map as the index, and a mapped file. */
  @BenchmarkMode(Mode.Throughput)
  @OutputTimeUnit(TimeUnit.SECONDS)
  public static class RawGet extends MappedRecords {
    private final Map<ByteBuffer, Long> index = new HashMap<>();

    /** Fills the file and the index. */
    @Setup
    public void fill() throws IOException {
      fillFile();
      for (int i = 0; i < keys; i++) {
        index.put(ByteBuffer.wrap(Data.key(i)), (long) i * RECORD_LENGTH);
      }
    }

    /** Copies the value of a key that is present. */
    @Benchmark
    public byte[] hit(RandomKeys random) {
      long record = index.get(ByteBuffer.wrap(random.present(keys)));
      byte[] value = new byte[Data.VALUE_LENGTH];
      map.get((int) record + RECORD_HEADER + Data.KEY_LENGTH, value);
      return value;
    }

    /** Looks up a key that is absent. */
    @Benchmark
    public Long miss(RandomKeys random) {
      return index.get(ByteBuffer.wrap(random.absent(keys)));
    }
  }

  /** The engine. */
  @BenchmarkMode(Mode.Throughput)
  @OutputTimeUnit(TimeUnit.SECONDS)
  public static class Get extends FilledEngine {
    /** Gets a key that is present. */
    @Benchmark
    public byte[] hit(RandomKeys random) throws IOException {
      return store.get(random.present(keys));
    }

    /** Gets a key that is absent. */
    @Benchmark
    public byte[] miss(RandomKeys random) throws IOException {
      return store.get(random.absent(keys));
    }
  }
}
