/**
 * The steps against each other: four experiments, each with a question that is worth a guess before
 * the answer is measured.
 *
 * <p>Read {@link kv.benchmarks.Main} and {@link kv.benchmarks.Step}, then the experiments in the
 * order of their numbers. The timings are JMH's; each experiment says what it does not show.
 */
package kv.benchmarks;
