/**
 * The steps and the engine against each other: six experiments, each with a question that is worth
 * a guess before the answer is measured.
 *
 * <p>Reading order: {@link kv.benchmarks.Main}, the command line, then the packages, each of which
 * uses only those above it:
 *
 * <ol>
 *   <li>{@link kv.benchmarks.harness}: the stores, the data, and measuring with JMH
 *   <li>{@link kv.benchmarks.report}: tables, charts, and the page
 *   <li>{@link kv.benchmarks.experiments}: the experiments of the course
 *   <li>{@link kv.benchmarks.limits}: the engine beside the same work without a store
 * </ol>
 */
package kv.benchmarks;
