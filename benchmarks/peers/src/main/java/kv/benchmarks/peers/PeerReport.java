package kv.benchmarks.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import kv.benchmarks.harness.Numbers;
import kv.benchmarks.report.Chart;
import kv.benchmarks.report.Report;
import kv.benchmarks.report.SvgPlot;
import kv.benchmarks.report.Table;

/** The results of the race as tables, charts, a page, and a CSV file. */
final class PeerReport {
  /** An explanation of the tables, for all stores. */
  static final String LEGEND =
      """
      "-": the store does not offer it. "reopen" follows an orderly close. "disk" is the length of
      the files; "memory" is that of the process, without mapped files, and with the caches of 512
      MiB that RocksDB, MVStore and Xodus were given. "by hand" is the same work without a store; it
      is not a limit, as it makes a system call for each put, unlike the engine. "Holes" are keys
      that lack a put although a newer put of another key is there.\
      """;

  private final List<String> csv = new ArrayList<>();
  private final List<Report.Section> sections = new ArrayList<>();

  PeerReport() {
    csv.add("keys,value bytes,store,workload,unit,median,least,greatest");
  }

  /**
   * The results of one store.
   *
   * @param failure why there are no further results, or null
   */
  record Results(Map<PeerWorkload, PeerResult> byWorkload, String failure) {
    PeerResult of(PeerWorkload workload) {
      return byWorkload.get(workload);
    }
  }

  /** Adds a line to the CSV file. */
  void addLine(PeerStore store, PeerRace.Size size, PeerResult result) {
    csv.add(
        String.format(
            Locale.ROOT,
            "%d,%d,%s,\"%s\",\"%s\",%.4f,%.4f,%.4f",
            size.keys(),
            size.valueLength(),
            store,
            result.workload(),
            result.workload().unit(),
            result.median(),
            result.least(),
            result.greatest()));
  }

  /** Adds the charts and tables of one size, and returns the tables. */
  List<Table> addSection(
      PeerRace.Size size, PeerWorkload.Group group, Map<PeerStore, Results> results) {
    List<Table> tables = List.of(numbers(group, results), ratios(group, results));
    List<String> warnings = warnings(results);
    Map<String, String> facts =
        warnings.isEmpty() ? Map.of() : Map.of("Uneven", String.join(" ", warnings));
    String title = group == PeerWorkload.Group.WAITS ? "Waits: " + size : size.toString();
    sections.add(new Report.Section(title, charts(group, results), tables, facts));
    return tables;
  }

  /** Adds the effects of a trial, by store. */
  void addTrial(String title, Map<String, String> effects) {
    sections.add(new Report.Section(title, List.of(), List.of(), effects));
  }

  /** Returns a sentence for each result whose median says little. */
  static List<String> warnings(Map<PeerStore, Results> results) {
    List<String> warnings = new ArrayList<>();
    results.forEach(
        (store, one) ->
            one.byWorkload().values().stream()
                .filter(PeerResult::isUneven)
                .forEach(result -> warnings.add(warning(store, result))));
    return warnings;
  }

  private static String warning(PeerStore store, PeerResult result) {
    return String.format(
        Locale.ROOT,
        "%s, %s: the rounds are uneven, %s to %s %s.",
        store,
        result.workload(),
        Numbers.shown(result.least()),
        Numbers.shown(result.greatest()),
        result.workload().unit());
  }

  /**
   * Writes the page, the charts and the CSV file.
   *
   * @return the page
   */
  Path write(Path directory, String settings, Map<String, String> machine) throws IOException {
    sections.add(new Report.Section("Settings and promises", List.of(), List.of(), promises()));
    sections.add(new Report.Section("Machine and settings", List.of(), List.of(), machine));
    Files.createDirectories(directory);
    Files.write(directory.resolve("peers.csv"), csv);
    int number = 0;
    for (Report.Section section : sections) {
      for (Chart chart : section.charts()) {
        number++;
        Files.writeString(directory.resolve("peers-" + number + ".svg"), SvgPlot.draw(chart));
      }
    }
    Path page = directory.resolve("index.html");
    return Files.writeString(page, Report.html("The engine and its peers", settings, sections));
  }

  private static Map<String, String> promises() {
    Map<String, String> promises = new LinkedHashMap<>();
    for (PeerStore store : PeerStore.values()) {
      promises.put(store.toString(), String.join(". ", store.notes()) + ".");
    }
    promises.put("All", LEGEND.replace('\n', ' '));
    return promises;
  }

  // ======== Tables ========

  private static Table numbers(PeerWorkload.Group group, Map<PeerStore, Results> results) {
    List<String> header = new ArrayList<>(List.of("measured"));
    results.keySet().forEach(store -> header.add(store.toString()));
    Table table = new Table(header.toArray(String[]::new));
    for (PeerWorkload workload : PeerWorkload.of(group)) {
      List<String> row = new ArrayList<>(List.of(workload + ", " + workload.unit()));
      for (Results one : results.values()) {
        PeerResult result = one.of(workload);
        row.add(result == null ? missing(one) : Numbers.shown(result.median()));
      }
      table.row(row);
    }
    return table;
  }

  private static Table ratios(PeerWorkload.Group group, Map<PeerStore, Results> results) {
    List<PeerStore> others = new ArrayList<>(results.keySet());
    others.remove(PeerStore.ENGINE);
    List<String> header = new ArrayList<>(List.of("the engine is better by"));
    others.forEach(store -> header.add(store.toString()));
    Table table = new Table(header.toArray(String[]::new));
    Results engines = results.get(PeerStore.ENGINE);
    for (PeerWorkload workload : PeerWorkload.of(group)) {
      PeerResult engine = engines == null ? null : engines.of(workload);
      List<String> row = new ArrayList<>(List.of(workload.toString()));
      for (PeerStore store : others) {
        row.add(ratio(workload, engine, results.get(store)));
      }
      table.row(row);
    }
    return table;
  }

  private static String ratio(PeerWorkload workload, PeerResult engine, Results other) {
    PeerResult result = other.of(workload);
    if (result == null) {
      return missing(other);
    }
    return engine == null
        ? "-"
        : Numbers.shown(workload.timesBetter(engine.median(), result.median())) + " x";
  }

  private static String missing(Results results) {
    return results.failure() == null ? "-" : "failed";
  }

  // ======== Charts ========

  /** Returns a chart of speed, as a multiple of the engine's, and a chart of space. */
  private static List<Chart> charts(PeerWorkload.Group group, Map<PeerStore, Results> results) {
    Results engine = results.get(PeerStore.ENGINE);
    List<Chart> charts = new ArrayList<>();
    if (engine == null || group == PeerWorkload.Group.WAITS) {
      return charts;
    }
    if (engine.of(PeerWorkload.LOAD) != null) {
      charts.add(
          chart(
              "How many times as fast as the engine?",
              "operations per second, the engine = 1",
              PeerWorkload.Unit.RATE,
              results,
              result -> result.median() / engine.of(result.workload()).median()));
    }
    if (engine.of(PeerWorkload.DISK_LOADED) != null) {
      charts.add(
          chart(
              "How much disk?",
              "bytes on disk / live bytes",
              PeerWorkload.Unit.LIVE,
              results,
              PeerResult::median));
    }
    return charts;
  }

  private static Chart chart(
      String title,
      String axis,
      PeerWorkload.Unit unit,
      Map<PeerStore, Results> results,
      ToDoubleFunction<PeerResult> shown) {
    List<PeerWorkload> workloads =
        Arrays.stream(PeerWorkload.values())
            .filter(workload -> workload.unit() == unit)
            .filter(results.get(PeerStore.ENGINE).byWorkload()::containsKey)
            .toList();
    List<Chart.Series> series = new ArrayList<>();
    results.forEach(
        (store, one) -> {
          List<Chart.Point> points = new ArrayList<>();
          for (int row = 0; row < workloads.size(); row++) {
            PeerResult result = one.of(workloads.get(row));
            if (result != null) {
              points.add(new Chart.Point(shown.applyAsDouble(result), row + 1));
            }
          }
          series.add(new Chart.Series(store.toString(), store.ordinal(), points));
        });
    List<String> rows = workloads.stream().map(PeerWorkload::toString).toList();
    return new Chart(
        title, Chart.Axis.logarithmic(axis), Chart.Axis.labelled("", rows), false, series);
  }
}
