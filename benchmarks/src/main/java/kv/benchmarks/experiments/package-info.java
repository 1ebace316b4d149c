/**
 * The experiments of the course: a question each, and how it is measured.
 *
 * <p>Reading order: {@link kv.benchmarks.experiments.Experiment}, then the experiments in the order
 * of their numbers, then {@link kv.benchmarks.experiments.MeasureWrong}, a benchmark with a mistake
 * in it. Each file says what it shows and what it does not show.
 */
package kv.benchmarks.experiments;
