package kv.benchmarks;

/**
 * What an experiment has found out.
 *
 * @param ratio the number that was asked for
 * @param table all that was measured
 */
record Outcome(double ratio, Table table) {}
