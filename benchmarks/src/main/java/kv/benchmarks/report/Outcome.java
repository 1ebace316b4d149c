package kv.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import kv.benchmarks.harness.Ratio;

/**
 * The result of an experiment.
 *
 * @param ratio the ratio that the reader was asked for
 * @param table the measurements
 * @param charts the same as charts
 * @param explanations notes on the table, where its header is not enough
 */
public record Outcome(Ratio ratio, Table table, List<Chart> charts, List<String> explanations) {
  public Outcome(Ratio ratio, Table table, List<Chart> charts) {
    this(ratio, table, charts, List.of());
  }

  /** Returns the explanations, and advice if a cell of the table is too noisy. */
  public List<String> notes() {
    List<String> notes = new ArrayList<>(explanations);
    if (table.rows().stream().anyMatch(row -> row.contains(Ratio.DOUBTFUL))) {
      notes.add(Ratio.ADVICE);
    }
    return notes;
  }
}
