package kv.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kv.benchmarks.harness.Machine;
import kv.benchmarks.harness.WorkDirectory;
import kv.benchmarks.report.Chart;
import kv.benchmarks.report.Compare;
import kv.benchmarks.report.Report;
import kv.benchmarks.report.SvgPlot;
import kv.benchmarks.report.Table;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;

/** The files of a run: the page, its charts, and JMH's results. They replace those of the last. */
final class ReportFiles {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm", Locale.ROOT);

  private ReportFiles() {}

  /**
   * Writes the files of a run, and prints their paths.
   *
   * @param before an earlier run to compare with, or null
   */
  static void write(
      Run run, Map<String, Compare.Measurement> before, Path directory, PrintStream out)
      throws IOException {
    Files.createDirectories(directory);
    writeCharts(run.entries(), directory);
    Path results = directory.resolve("results.json");
    ResultFormatFactory.getInstance(ResultFormatType.JSON, results.toString())
        .writeOut(run.results());
    Table comparison = null;
    if (before != null) {
      comparison = Compare.table(before, Compare.read(results));
      comparison.print(out);
    }
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("Date", LocalDateTime.now().format(DATE));
    facts.put("Settings", run.profile().toString());
    facts.putAll(Machine.facts());
    Path page = directory.resolve("index.html");
    Files.writeString(page, Report.html(run.entries(), comparison, facts));
    out.println("The report, with charts, for a browser: " + WorkDirectory.shown(page));
    out.println("JMH's numbers, for --compare: " + WorkDirectory.shown(results));
  }

  private static void writeCharts(List<Report.Entry> entries, Path directory) throws IOException {
    try (DirectoryStream<Path> old = Files.newDirectoryStream(directory, "*.svg")) {
      for (Path file : old) {
        Files.delete(file);
      }
    }
    for (Report.Entry entry : entries) {
      int number = 0;
      for (Chart chart : entry.outcome().charts()) {
        number++;
        String file = entry.name() + (number > 1 ? "-" + number : "") + ".svg";
        Files.writeString(
            directory.resolve(file.toLowerCase(Locale.ROOT).replace(' ', '-')),
            SvgPlot.draw(chart));
      }
    }
  }
}
