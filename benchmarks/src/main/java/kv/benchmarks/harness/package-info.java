/**
 * The stores, the data, and measuring with JMH.
 *
 * <p>Reading order: {@link kv.benchmarks.harness.Step}, the stores that race, and {@link
 * kv.benchmarks.harness.AnyStore}, the type that they share here; {@link
 * kv.benchmarks.harness.Data}; {@link kv.benchmarks.harness.BenchmarkCase} and {@link
 * kv.benchmarks.harness.Harness}, which measures cases in turn with the settings of a {@link
 * kv.benchmarks.harness.Profile}; {@link kv.benchmarks.harness.Score} and {@link
 * kv.benchmarks.harness.Ratio}, its results.
 */
package kv.benchmarks.harness;
