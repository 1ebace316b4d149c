/**
 * Results for a reader: tables and charts in a terminal, and a page with both.
 *
 * <p>Reading order: {@link kv.benchmarks.report.Outcome}, the result of an experiment, with its
 * {@link kv.benchmarks.report.Table} and its {@link kv.benchmarks.report.Chart}; {@link
 * kv.benchmarks.report.TextPlot} and {@link kv.benchmarks.report.SvgPlot}, which draw a chart on a
 * {@link kv.benchmarks.report.Scale} for each axis; {@link kv.benchmarks.report.Report}, the page;
 * {@link kv.benchmarks.report.Guess} and {@link kv.benchmarks.report.Compare}, which hold the
 * results against a guess and against another run.
 */
package kv.benchmarks.report;
