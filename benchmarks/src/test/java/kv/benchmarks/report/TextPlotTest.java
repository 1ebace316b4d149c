package kv.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import kv.benchmarks.harness.Score;
import kv.benchmarks.report.Chart.Axis;
import kv.benchmarks.report.Chart.Point;
import kv.benchmarks.report.Chart.Series;
import org.junit.jupiter.api.Test;

class TextPlotTest {
  @Test
  void aLineThatGrowsTenfoldIsADiagonalOnLogarithmicAxes() {
    Series scan =
        new Series("scan", 0, List.of(new Point(1, 1), new Point(10, 10), new Point(100, 100)));
    Series lookup = new Series("look up", 1, List.of(new Point(1, 2), new Point(100, 2)));
    Chart chart =
        new Chart(
            "A get", Axis.logarithmic("keys"), Axis.logarithmic("us"), true, List.of(scan, lookup));

    String[] lines = print(chart).split("\n");
    assertEquals("  us (logarithmic)", lines[0]);
    assertTrue(lines[1].matches("  100 \\+ {57}\\.\\.# # scan"), "the end: " + lines[1]);
    assertTrue(lines[8].matches("   10 \\+ {29}\\.#\\.\\."), "the middle: " + lines[8]);
    assertTrue(lines[16].matches("    1 \\+#\\.+( .*)?"), "the start: " + lines[16]);
    assertTrue(print(chart).contains("keys (logarithmic)"), print(chart));
  }

  @Test
  void aLineHasItsNameAtItsEnd() {
    Series scan = new Series("scan", 0, List.of(new Point(0, 0), new Point(10, 10)));
    Series lookup = new Series("look up", 1, List.of(new Point(0, 5), new Point(10, 0)));

    String[] lines = print(lines(scan, lookup)).split("\n");
    assertTrue(lines[1].endsWith("# # scan"), lines[1]);
    assertTrue(lines[16].endsWith("* * look up"), lines[16]);
  }

  @Test
  void namesOfLinesThatEndTogetherAreInSeparateRows() {
    Series first = new Series("first", 0, List.of(new Point(0, 0), new Point(10, 10)));
    Series second = new Series("second", 1, List.of(new Point(0, 3), new Point(10, 10)));
    Series low = new Series("low", 2, List.of(new Point(0, 3), new Point(10, 0)));
    Series lower = new Series("lower", 3, List.of(new Point(0, 9), new Point(10, 0)));

    String[] lines = print(lines(first, second, low, lower)).split("\n");
    assertTrue(lines[1].endsWith("# first"), lines[1]);
    assertTrue(lines[2].endsWith("* second"), lines[2]);
    assertTrue(lines[15].endsWith("^ low"), lines[15]);
    assertTrue(lines[16].endsWith("x lower"), lines[16]);
  }

  private static Chart lines(Series... series) {
    return new Chart("Lines", Axis.linear("x"), Axis.linear("y"), true, List.of(series));
  }

  @Test
  void labelsOfTheYAxisAreRows() {
    Chart chart =
        new Chart(
            "Stores",
            Axis.linear("puts"),
            Axis.labelled("workload", List.of("load", "overwrite")),
            false,
            List.of(
                new Series("raw", 5, List.of(new Point(0, 1), new Point(10, 2))),
                new Series("store", 4, List.of(new Point(5, 1), new Point(5, 2)))));

    String[] lines = print(chart).split("\n");
    assertTrue(lines[1].matches(" +load \\+@ +o"), lines[1]);
    assertTrue(lines[2].matches(" +overwrite \\+ +o +@"), lines[2]);
  }

  @Test
  void noLineIsLongerThanATerminalIsWide() {
    Chart chart =
        new Chart(
            "Long names",
            Axis.labelled("step", List.of("a".repeat(30), "b".repeat(30), "c".repeat(30))),
            Axis.linear("puts per second"),
            true,
            List.of(
                Series.of("first ".repeat(8), 0, List.of(new Score(1e9), new Score(2e9))),
                Series.of("second ".repeat(8), 1, List.of(new Score(2e9), new Score(1e9)))));

    print(chart).lines().forEach(line -> assertTrue(line.length() < 80, line));
    assertTrue(print(chart).contains("   # first first"), "a legend: " + print(chart));
  }

  @Test
  void theLongestNameAtTheEndOfALineFitsATerminal() {
    Series series = Series.of("n".repeat(24), 0, List.of(new Score(1e9), new Score(2e9)));

    print(lines(series)).lines().forEach(line -> assertTrue(line.length() < 80, line));
    assertTrue(print(lines(series)).contains("# # " + "n".repeat(24)), print(lines(series)));
  }

  private static String print(Chart chart) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    TextPlot.print(chart, new PrintStream(bytes, true, StandardCharsets.UTF_8));
    return bytes.toString(StandardCharsets.UTF_8).replace("\r\n", "\n");
  }
}
