package kv.benchmarks.harness;

import java.util.Map;

/**
 * One of the measurements that take turns: a benchmark of JMH's with its parameters.
 *
 * @param what its name for the reader
 * @param unit the unit of a score, for the reader
 * @param once whether a round is a single call without a warm-up, which measures by itself
 */
public record BenchmarkCase(
    String what,
    String unit,
    Class<?> benchmark,
    String method,
    int threads,
    boolean once,
    Map<String, String> parameters) {
  /** A benchmark that JMH measures, with one thread. */
  public static BenchmarkCase of(
      String what, String unit, Class<?> benchmark, String method, Map<String, String> parameters) {
    return new BenchmarkCase(what, unit, benchmark, method, 1, false, parameters);
  }

  /** The same with several threads. */
  public BenchmarkCase withThreads(int threads) {
    return new BenchmarkCase(what, unit, benchmark, method, threads, once, parameters);
  }

  /** The same, called once in a round. */
  public BenchmarkCase calledOnce() {
    return new BenchmarkCase(what, unit, benchmark, method, threads, true, parameters);
  }
}
