package kv.benchmarks.harness;

import java.util.Collection;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.format.OutputFormat;

/** Counts JMH's iterations as they begin, and discards all of JMH's output. */
public final class Progress implements OutputFormat {
  /** Called with each iteration. */
  interface Listener {
    /** An iteration begins. The first has the number 1. */
    void iteration(int number);
  }

  private final Listener listener;
  private int iterations;

  Progress(Listener listener) {
    this.listener = listener;
  }

  @Override
  public void iteration(BenchmarkParams benchmark, IterationParams params, int iteration) {
    iterations++;
    listener.iteration(iterations);
  }

  @Override
  public void iterationResult(
      BenchmarkParams benchmark, IterationParams params, int iteration, IterationResult data) {}

  @Override
  public void startBenchmark(BenchmarkParams benchmark) {}

  @Override
  public void endBenchmark(BenchmarkResult result) {}

  @Override
  public void startRun() {}

  @Override
  public void endRun(Collection<RunResult> result) {}

  @Override
  public void print(String text) {}

  @Override
  public void println(String text) {}

  @Override
  public void flush() {}

  @Override
  public void close() {}

  @Override
  public void verbosePrintln(String text) {}

  @Override
  public void write(int one) {}

  @Override
  public void write(byte[] bytes) {}
}
