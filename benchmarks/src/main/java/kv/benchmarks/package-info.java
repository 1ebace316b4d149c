/**
 * The steps against each other: five experiments, each with a question that is worth a guess before
 * the answer is measured.
 *
 * <p>Read {@link kv.benchmarks.Main} and {@link kv.benchmarks.Step}, then the experiments in the
 * order of their numbers, then {@link kv.benchmarks.MeasureWrong} and {@link
 * kv.benchmarks.Limits}. The timings are JMH's; each experiment says what it does not show. How it
 * looks is in {@link kv.benchmarks.Chart}, {@link kv.benchmarks.SvgPlot}, {@link
 * kv.benchmarks.TextPlot} and {@link kv.benchmarks.Report}.
 */
package kv.benchmarks;
