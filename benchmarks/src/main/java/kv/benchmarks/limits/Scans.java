package kv.benchmarks.limits;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.infra.Blackhole;

/** A visit of every pair, beside a copy of a whole mapped file. */
public final class Scans {
  private Scans() {}

  /** By hand: a mapped file. */
  @BenchmarkMode(Mode.SingleShotTime)
  @OutputTimeUnit(TimeUnit.MILLISECONDS)
  public static class RawScan extends MappedRecords {
    private final byte[] piece = new byte[64 << 10];

    /** Fills the file. */
    @Setup
    public void fill() throws IOException {
      fillFile();
    }

    /** Copies the file from start to end, a piece at a time. */
    @Benchmark
    public void copy(Blackhole blackhole) {
      map.clear();
      while (map.hasRemaining()) {
        map.get(piece, 0, Math.min(piece.length, map.remaining()));
        blackhole.consume(piece);
      }
    }
  }

  /** The engine. */
  @BenchmarkMode(Mode.SingleShotTime)
  @OutputTimeUnit(TimeUnit.MILLISECONDS)
  public static class Scan extends FilledEngine {
    /** Visits every pair. */
    @Benchmark
    public void forEach(Blackhole blackhole) throws IOException {
      store.forEach(
          (key, value) -> {
            blackhole.consume(key);
            blackhole.consume(value);
          });
    }
  }
}
