package kv.benchmarks;

import java.util.List;

/**
 * What an experiment has found out.
 *
 * @param ratio the number that was asked for
 * @param table all that was measured
 * @param charts the same to look at
 */
record Outcome(double ratio, Table table, List<Chart> charts) {}
