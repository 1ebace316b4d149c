package kv.benchmarks.harness;

import java.util.List;
import java.util.Map;

/**
 * A case to be measured: a JMH benchmark method with its parameters.
 *
 * @param name the name, for a reader
 * @param unit the unit of a score, for a reader
 * @param benchmark the class of the method
 * @param method the name of the method
 * @param threads the number of threads that call the method
 * @param once whether a round is a single call without a warm-up, since the method takes its own
 *     measurements
 * @param parameters the values of the benchmark's parameters
 * @param jvmArguments arguments for the JVM that measures it
 */
public record BenchmarkCase(
    String name,
    String unit,
    Class<?> benchmark,
    String method,
    int threads,
    boolean once,
    Map<String, String> parameters,
    List<String> jvmArguments) {
  /** Returns a case with one thread and many calls in a round. */
  public static BenchmarkCase of(
      String name, String unit, Class<?> benchmark, String method, Map<String, String> parameters) {
    return new BenchmarkCase(name, unit, benchmark, method, 1, false, parameters, List.of());
  }

  /** Returns the same case with a number of threads. */
  public BenchmarkCase withThreads(int threads) {
    return new BenchmarkCase(
        name, unit, benchmark, method, threads, once, parameters, jvmArguments);
  }

  /** Returns the same case with a single call in a round. */
  public BenchmarkCase calledOnce() {
    return new BenchmarkCase(
        name, unit, benchmark, method, threads, true, parameters, jvmArguments);
  }

  /** Returns the same case with arguments for its JVM. */
  public BenchmarkCase withJvmArguments(List<String> arguments) {
    return new BenchmarkCase(name, unit, benchmark, method, threads, once, parameters, arguments);
  }
}
