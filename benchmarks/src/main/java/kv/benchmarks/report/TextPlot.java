package kv.benchmarks.report;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Draws charts with characters, for a terminal of 80 columns. The name of a line is at its right
 * end, or in a legend if the names need too much room.
 */
public final class TextPlot {
  private static final int WIDTH = 78;
  private static final int HEIGHT = 16;

  /** The length of the longest name that fits at the end of a line. */
  private static final int LONGEST_NAME = 24;

  /** The mark of each style. */
  private static final String MARKS = "#*^xo@+%";

  private final Chart chart;
  private final Scale x;
  private final Scale y;
  private final int left;
  private final char[][] grid;

  /** The text to the right of each row of the grid; empty if there is a legend. */
  private final String[] names;

  private TextPlot(Chart chart) {
    this.chart = chart;
    x = chart.scaleX();
    y = chart.scaleY();
    left = 2 + y.ticks().stream().mapToInt(tick -> tick.label().length()).max().orElse(0);
    int longest = chart.series().stream().mapToInt(one -> one.name().length()).max().orElse(0);
    boolean namesAtEnds =
        chart.connected() && longest <= LONGEST_NAME && chart.series().size() <= HEIGHT;
    int right = namesAtEnds ? longest + 3 : 0;
    grid = new char[chart.hasRows() ? y.ticks().size() : HEIGHT][WIDTH - left - 3 - right];
    for (char[] line : grid) {
      Arrays.fill(line, ' ');
    }
    names = namesAtEnds ? namesAtEnds() : new String[0];
  }

  /** Prints a chart. */
  public static void print(Chart chart, PrintStream out) {
    new TextPlot(chart).lines().forEach(line -> out.println(line.stripTrailing()));
  }

  private List<String> lines() {
    if (chart.connected()) {
      chart.series().forEach(this::connect);
    }
    chart.series().forEach(this::mark);

    List<String> lines = new ArrayList<>();
    lines.add("  " + (chart.hasRows() ? chart.title() : name(chart.y())));
    for (int row = 0; row < grid.length; row++) {
      String label = "";
      for (Scale.Tick tick : y.ticks()) {
        label = row(tick.value()) == row ? tick.label() : label;
      }
      String edge = label.isEmpty() ? " |" : " +";
      String name = names.length == 0 ? "" : names[row];
      lines.add(
          " ".repeat(left - label.length()) + label + edge + String.valueOf(grid[row]) + name);
    }
    lines.add(" ".repeat(left) + " +" + "-".repeat(grid[0].length));
    lines.add(labelsOfX());
    lines.add(centred(name(chart.x())));
    if (names.length == 0) {
      lines.addAll(legend());
    }
    return lines;
  }

  private static String name(Chart.Axis axis) {
    return axis.name() + (axis.logarithmic() ? " (logarithmic)" : "");
  }

  private int column(double value) {
    return (int) Math.round(x.at(value) * (grid[0].length - 1));
  }

  private int row(double value) {
    int last = grid.length - 1;
    if (chart.hasRows()) {
      return (int) Math.round(value) - 1;
    }
    return last - (int) Math.round(y.at(value) * last);
  }

  private void mark(Chart.Series series) {
    for (Chart.Point point : series.points()) {
      grid[row(point.y())][column(point.x())] = markOf(series);
    }
  }

  private static char markOf(Chart.Series series) {
    return MARKS.charAt(series.style() % Chart.STYLES);
  }

  private void connect(Chart.Series series) {
    List<Chart.Point> points = series.points();
    for (int i = 1; i < points.size(); i++) {
      int fromColumn = column(points.get(i - 1).x());
      int fromRow = row(points.get(i - 1).y());
      int columns = column(points.get(i).x()) - fromColumn;
      int rows = row(points.get(i).y()) - fromRow;
      int steps = Math.max(Math.abs(columns), Math.abs(rows));
      for (int step = 1; step < steps; step++) {
        int column = fromColumn + Math.round((float) columns * step / steps);
        grid[fromRow + Math.round((float) rows * step / steps)][column] = '.';
      }
    }
  }

  /** Returns the labels of the x axis below their places, except those without room. */
  private String labelsOfX() {
    StringBuilder line = new StringBuilder(" ".repeat(WIDTH));
    int free = 0;
    for (Scale.Tick tick : x.ticks()) {
      String label = tick.label();
      int centre = left + 2 + column(tick.value());
      int start = Math.max(0, Math.min(centre - label.length() / 2, WIDTH - label.length()));
      if (start >= free) {
        line.replace(start, start + label.length(), label);
        free = start + label.length() + 1;
      }
    }
    return line.toString();
  }

  private String centred(String text) {
    return " ".repeat(Math.max(0, left + 2 + (grid[0].length - text.length()) / 2)) + text;
  }

  /** Puts each name into the row in which its line ends, or into a free row near it. */
  private String[] namesAtEnds() {
    List<Chart.Series> byEnd = new ArrayList<>(chart.series());
    byEnd.sort(Comparator.comparingInt(this::lastRow));
    int[] rows = byEnd.stream().mapToInt(this::lastRow).toArray();
    for (int i = 1; i < rows.length; i++) {
      rows[i] = Math.max(rows[i], rows[i - 1] + 1);
    }
    int lowest = grid.length - 1;
    for (int i = rows.length - 1; i >= 0; i--) {
      rows[i] = Math.min(rows[i], lowest);
      lowest = rows[i] - 1;
    }
    String[] atEnds = new String[grid.length];
    Arrays.fill(atEnds, "");
    for (int i = 0; i < rows.length; i++) {
      atEnds[rows[i]] = " " + markOf(byEnd.get(i)) + " " + byEnd.get(i).name();
    }
    return atEnds;
  }

  private int lastRow(Chart.Series series) {
    List<Chart.Point> points = series.points();
    return row(points.get(points.size() - 1).y());
  }

  private List<String> legend() {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (Chart.Series series : chart.series()) {
      String entry = "   " + markOf(series) + " " + series.name();
      if (line.length() + entry.length() > WIDTH) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(entry);
    }
    lines.add(line.toString());
    return lines;
  }
}
