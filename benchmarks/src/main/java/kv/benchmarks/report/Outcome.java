package kv.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import kv.benchmarks.harness.Ratio;

/**
 * The result of an experiment.
 *
 * @param ratio the number that was asked for
 * @param table all that was measured
 * @param charts the same to look at
 * @param explanations how to read the table, for what its header does not say
 */
public record Outcome(Ratio ratio, Table table, List<Chart> charts, List<String> explanations) {
  public Outcome(Ratio ratio, Table table, List<Chart> charts) {
    this(ratio, table, charts, List.of());
  }

  /** The explanations, and an advice if a cell of the table is too noisy. */
  public List<String> notes() {
    List<String> notes = new ArrayList<>(explanations);
    if (table.rows().stream().anyMatch(row -> row.contains(Ratio.DOUBTFUL))) {
      notes.add(Ratio.ADVICE);
    }
    return notes;
  }
}
