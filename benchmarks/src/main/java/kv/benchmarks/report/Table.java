package kv.benchmarks.report;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** A table in plain text: the first column is left-aligned, the others right-aligned. */
public final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  public Table(String... header) {
    rows.add(List.of(header));
  }

  public void row(List<String> cells) {
    rows.add(cells);
  }

  /** Returns all rows, the header first. */
  List<List<String>> rows() {
    return rows;
  }

  public void print(PrintStream out) {
    int columns = rows.get(0).size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    out.println();
    for (int r = 0; r < rows.size(); r++) {
      StringBuilder line = new StringBuilder("  ");
      for (int i = 0; i < columns; i++) {
        String cell = rows.get(r).get(i);
        String gap = " ".repeat(widths[i] - cell.length());
        line.append(i == 0 ? cell + gap : "   " + gap + cell);
      }
      out.println(line.toString().stripTrailing());
      if (r == 0) {
        out.println("  " + "-".repeat(line.length() - 2));
      }
    }
    out.println();
  }
}
