/*
 * WHAT THIS FILE IS
 *
 * The race of the engine against other stores, in which everybody has to do the same work:
 *
 *     mvn -q -B -Ppeers package -DskipTests
 *     java -jar benchmarks/target/benchmarks.jar peers
 *     java -jar benchmarks/target/benchmarks.jar peers 100000 1024     keys, bytes of a value
 *     java -jar benchmarks/target/benchmarks.jar peers --full          all four sizes, more rounds
 *
 * Each store is measured in a JVM of its own (PeerRun), one after the other, with the settings that
 * its documentation recommends for a plain key-value store (the file named after it). A store that
 * fails is reported with the reason, and the race goes on.
 *
 * WHAT COMES OUT
 *
 * Two tables: what was measured, and how many times better the engine is. And for each store what
 * it does not promise: a put that may be lost is cheaper than one that may not, and a get that
 * trusts the disk is cheaper than one that does not.
 *
 *     benchmarks/target/report/peers/index.html     all of it, with charts, for a browser
 *     benchmarks/target/report/peers/*.svg          the charts
 *     benchmarks/target/report/peers/peers.csv      each number, with the least and the greatest
 *                                                   of the rounds
 *
 * WHAT IT DOES NOT SHOW
 *
 * What the others can and the engine cannot: keys in order (RocksDB, LMDB, MVStore), transactions,
 * more keys than the index has memory for, several processes at once (LMDB, Chronicle Map).
 */
package kv.benchmarks.peers;

import kv.benchmarks.harness.Harness;
import kv.benchmarks.harness.Data;
import kv.benchmarks.harness.WorkDirectory;
import kv.benchmarks.harness.Machine;
import kv.benchmarks.harness.Numbers;
import kv.benchmarks.report.Chart;
import kv.benchmarks.report.SvgPlot;
import kv.benchmarks.report.Table;
import kv.benchmarks.report.Report;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleBiFunction;

/** How does the engine compare with stores that others have made? */
public final class Peers {
  private static final String USAGE = "Usage: java -jar benchmarks.jar peers [--full | KEYS BYTES]";

  /** Of so many bytes of keys and values there is a heap of 4 GiB, of fewer one of 2 GiB. */
  private static final long MANY_BYTES = 512 << 20;

  /** What the documentation of Chronicle Map and of lmdbjava asks for. */
  private static final List<String> OPENED =
      List.of(
          "--add-opens=java.base/java.lang=ALL-UNNAMED",
          "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
          "--add-opens=java.base/java.io=ALL-UNNAMED",
          "--add-opens=java.base/java.nio=ALL-UNNAMED",
          "--add-opens=java.base/java.util=ALL-UNNAMED",
          "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
          "--add-opens=jdk.compiler/com.sun.tools.javac=ALL-UNNAMED",
          "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
          "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
          "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED",
          "--add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED");

  private static final List<Size> ALL_SIZES =
      List.of(
          new Size(1_000_000, 100),
          new Size(100_000, 100),
          new Size(1_000_000, 1024),
          new Size(100_000, 1024));

  private static final Rounds QUICK = new Rounds(3, 500);

  private static final Rounds THOROUGH = new Rounds(5, 500);

  private static final String LEGEND =
      """
      - is what a store does not offer. Reopening is after an orderly close. Disk is the length of
      the files, memory what the process has besides mapped files. "by hand" is the same work without
      a store. It is not a limit: it makes a system call for each put, which the engine does not.""";

  /** How much of what a store has printed before it failed is shown. */
  private static final int LAST_LINES = 15;

  private final PrintStream out;
  private final Path report;
  private final List<String> csv = new ArrayList<>();
  private final List<Report.Section> sections = new ArrayList<>();

  Peers(PrintStream out, Path report) {
    this.out = out;
    this.report = report;
  }

  record Size(int keys, int valueLength) {
    /** As much for every store: those that work outside of the heap leave it empty. */
    String heap() {
      return (long) keys * (Data.KEY_LENGTH + valueLength) < MANY_BYTES ? "2g" : "4g";
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "%,d keys, values of %,d bytes, a heap of %s", keys, valueLength, heap());
    }
  }

  /** How often something is measured, and how long. */
  record Rounds(int count, int milliseconds) {}

  private record Measured(double mean, double least, double greatest) {}

  /** What is known of one store: what was measured, and why the rest was not, or null. */
  private record Result(Map<PeerWorkload, Measured> measured, String failure) {}

  /** Runs the race: the exit status, 1 if a store has failed. */
  public static int run(String[] arguments, PrintStream out, PrintStream err) throws Exception {
    try {
      if (arguments.length == 0) {
        return race(out, List.of(new Size(1_000_000, 100)), QUICK);
      }
      if (arguments.length == 1 && arguments[0].equals("--full")) {
        return race(out, ALL_SIZES, THOROUGH);
      }
      if (arguments.length == 2) {
        Size size = new Size(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]));
        if (size.keys > 0
            && size.valueLength >= PeerRun.MIN_VALUE_LENGTH
            && size.valueLength <= PeerRun.MAX_VALUE_LENGTH) {
          return race(out, List.of(size), QUICK);
        }
      }
    } catch (NumberFormatException e) {
      // Not a number: said below.
    }
    err.println(USAGE);
    return 2;
  }

  private static int race(PrintStream out, List<Size> sizes, Rounds rounds) throws Exception {
    return new Peers(out, WorkDirectory.besideTheCode("report").resolve("peers"))
        .race(List.of(PeerStore.values()), sizes, rounds);
  }

  /** Measures stores, the first of which is the engine, with each size. */
  int race(List<PeerStore> stores, List<Size> sizes, Rounds rounds) throws Exception {
    long start = System.nanoTime();
    out.println("The peers. How does the engine compare with stores that others have made?");
    String settings =
        String.format(
            Locale.ROOT,
            "Keys of %d bytes; means of %d rounds of %d ms.",
            Data.KEY_LENGTH,
            rounds.count,
            rounds.milliseconds);
    Map<String, String> machine = Machine.facts();
    out.println(settings);
    out.println(String.join("; ", machine.values()) + ".");
    csv.add("keys,value bytes,store,workload,unit,mean,least,greatest");
    boolean failed = false;
    for (Size size : sizes) {
      out.println();
      out.println(size + ".");
      Map<PeerStore, Result> results = new EnumMap<>(PeerStore.class);
      for (PeerStore store : stores) {
        Result result = measure(store, size, rounds);
        results.put(store, result);
        if (result.failure != null) {
          failed = true;
          out.println(store + " failed: " + result.failure);
        }
      }
      Report.Section section =
          new Report.Section(size.toString(), charts(results), tables(results), Map.of());
      section.tables().forEach(table -> table.print(out));
      sections.add(section);
    }
    notes();
    sections.add(new Report.Section("What each promises", List.of(), List.of(), promises()));
    sections.add(new Report.Section("Where and how", List.of(), List.of(), machine));
    long seconds = (System.nanoTime() - start) / 1_000_000_000;
    out.println(String.format(Locale.ROOT, "Done in %d min %02d s.", seconds / 60, seconds % 60));
    report(settings);
    return failed ? 1 : 0;
  }

  // ======== One store ========

  private Result measure(PeerStore store, Size size, Rounds rounds) throws Exception {
    Map<PeerWorkload, Measured> measured = new EnumMap<>(PeerWorkload.class);
    List<String> others = new ArrayList<>();
    Path directory = WorkDirectory.create();
    Process process = null;
    try {
      process = start(store, directory, size, rounds);
      // Else it would go on alone when this one is interrupted.
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
      try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (line.startsWith(PeerRun.RESULT)) {
            note(store, size, line.split(" "), measured);
          } else {
            others.add(line);
          }
        }
      }
      int status = process.waitFor();
      List<String> last = others.subList(Math.max(0, others.size() - LAST_LINES), others.size());
      return new Result(
          measured,
          status == 0 ? null : "exit status " + status + "\n    " + String.join("\n    ", last));
    } finally {
      if (process != null) {
        process.destroyForcibly().waitFor();
      }
      WorkDirectory.delete(directory);
    }
  }

  /** Starts the JVM that measures. It writes errors to where it writes everything else. */
  private static Process start(PeerStore store, Path directory, Size size, Rounds rounds)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(OPENED);
    if (Runtime.version().feature() >= Harness.FIRST_TO_WARN) {
      command.add("--sun-misc-unsafe-memory-access=allow");
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(List.of("-Xms" + size.heap(), "-Xmx" + size.heap()));
    command.add("-Dlmdbjava.disable.checks=true");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), PeerRun.class.getName()));
    command.addAll(List.of(store.name(), directory.toString()));
    command.addAll(List.of("" + size.keys, "" + size.valueLength));
    command.addAll(List.of("" + rounds.count, "" + rounds.milliseconds));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private void note(
      PeerStore store, Size size, String[] words, Map<PeerWorkload, Measured> measured) {
    PeerWorkload workload = PeerWorkload.valueOf(words[1]);
    Measured numbers =
        new Measured(
            Double.parseDouble(words[2]),
            Double.parseDouble(words[3]),
            Double.parseDouble(words[4]));
    measured.put(workload, numbers);
    out.println(
        String.format(
            Locale.ROOT,
            "  %-10s %-30s %9s %s   (%s to %s)",
            store,
            workload,
            Numbers.shown(numbers.mean),
            workload.unit(),
            Numbers.shown(numbers.least),
            Numbers.shown(numbers.greatest)));
    csv.add(
        String.format(
            Locale.ROOT,
            "%d,%d,%s,\"%s\",\"%s\",%.4f,%.4f,%.4f",
            size.keys,
            size.valueLength,
            store,
            workload,
            workload.unit(),
            numbers.mean,
            numbers.least,
            numbers.greatest));
  }

  // ======== What came out ========

  /** What is in the charts: speed, as a multiple of the engine's, and space. */
  private static List<Chart> charts(Map<PeerStore, Result> results) {
    Map<PeerWorkload, Measured> ours = results.get(PeerStore.ENGINE).measured;
    List<Chart> charts = new ArrayList<>();
    if (ours.containsKey(PeerWorkload.LOAD)) {
      charts.add(
          chart(
              "How many times as fast as the engine?",
              "operations per second, the engine = 1",
              PeerWorkload.Unit.RATE,
              results,
              (workload, measured) -> measured / ours.get(workload).mean));
    }
    if (ours.containsKey(PeerWorkload.DISK_LOADED)) {
      charts.add(
          chart(
              "How much disk?",
              "bytes on disk / live bytes",
              PeerWorkload.Unit.LIVE,
              results,
              (workload, measured) -> measured));
    }
    return charts;
  }

  /** A row for each workload of a unit that the engine has, and in it a point for each store. */
  private static Chart chart(
      String title,
      String axis,
      PeerWorkload.Unit unit,
      Map<PeerStore, Result> results,
      ToDoubleBiFunction<PeerWorkload, Double> shown) {
    List<PeerWorkload> workloads =
        Arrays.stream(PeerWorkload.values())
            .filter(workload -> workload.unit() == unit)
            .filter(results.get(PeerStore.ENGINE).measured::containsKey)
            .toList();
    List<Chart.Series> series = new ArrayList<>();
    results.forEach(
        (store, result) -> {
          List<Chart.Point> points = new ArrayList<>();
          for (PeerWorkload workload : workloads) {
            Measured measured = result.measured.get(workload);
            if (measured != null) {
              double x = shown.applyAsDouble(workload, measured.mean);
              points.add(new Chart.Point(x, workloads.indexOf(workload) + 1));
            }
          }
          series.add(new Chart.Series(store.toString(), store.ordinal(), points));
        });
    List<String> rows = workloads.stream().map(PeerWorkload::toString).toList();
    return new Chart(
        title, Chart.Axis.logarithmic(axis), Chart.Axis.labelled("", rows), false, series);
  }

  private static List<Table> tables(Map<PeerStore, Result> results) {
    List<String> header = new ArrayList<>(List.of("measured"));
    results.keySet().forEach(store -> header.add(store.toString()));
    Table numbers = new Table(header.toArray(String[]::new));
    header.set(0, "the engine is better by");
    header.remove(PeerStore.ENGINE.toString());
    Table times = new Table(header.toArray(String[]::new));
    for (PeerWorkload workload : PeerWorkload.values()) {
      List<String> measured = new ArrayList<>(List.of(workload + ", " + workload.unit()));
      List<String> better = new ArrayList<>(List.of(workload.toString()));
      Measured ours = results.get(PeerStore.ENGINE).measured.get(workload);
      for (Map.Entry<PeerStore, Result> entry : results.entrySet()) {
        Measured one = entry.getValue().measured.get(workload);
        String number = entry.getValue().failure == null ? "-" : "failed";
        String ratio = number;
        if (one != null) {
          number = Numbers.shown(one.mean);
          ratio =
              ours == null ? "-" : Numbers.shown(workload.timesBetter(ours.mean, one.mean)) + " x";
        }
        measured.add(number);
        if (entry.getKey() != PeerStore.ENGINE) {
          better.add(ratio);
        }
      }
      numbers.row(measured);
      times.row(better);
    }
    return List.of(numbers, times);
  }

  private void notes() {
    out.println("What a store does not promise belongs to its numbers; and what was chosen for it:");
    for (PeerStore store : PeerStore.values()) {
      out.println();
      out.println("  " + store);
      store.notes().forEach(note -> out.println("    " + note));
    }
    out.println();
    out.println(LEGEND);
    out.println();
  }

  /** The same for the page. */
  private static Map<String, String> promises() {
    Map<String, String> promises = new LinkedHashMap<>();
    for (PeerStore store : PeerStore.values()) {
      promises.put(store.toString(), String.join(". ", store.notes()) + ".");
    }
    promises.put("All", LEGEND.replace('\n', ' '));
    return promises;
  }

  private void report(String settings) throws IOException {
    Files.createDirectories(report);
    Files.write(report.resolve("peers.csv"), csv);
    int number = 0;
    for (Report.Section section : sections) {
      for (Chart chart : section.charts()) {
        number++;
        Files.writeString(report.resolve("peers-" + number + ".svg"), SvgPlot.draw(chart));
      }
    }
    Path page = report.resolve("index.html");
    Files.writeString(page, Report.html("The engine and its peers", settings, sections));
    out.println("The same with charts, to be opened in a browser: " + WorkDirectory.shown(page));
  }
}
