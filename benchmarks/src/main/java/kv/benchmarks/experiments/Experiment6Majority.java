/*
 * WHAT THIS FILE IS
 *
 * Experiment 6: the price of a majority. Clients put over the network, first on one server that
 * syncs each put, then in a cluster of three nodes. Server and nodes are processes on this machine,
 * started from the jars of their modules, and JMH is not used.
 *
 * WHAT IT SHOWS
 *
 * A put on the server waits for one fsync. A put in the cluster goes to the leader of its shard,
 * which syncs it and sends it to the others, and one of these syncs it too. With one client, each
 * put waits alone. With fifty, an fsync serves all puts that have arrived for the same log. The
 * server has one log, and so has the cluster, which has one shard here.
 *
 * HOW IT IS MEASURED
 *
 * Both run during the whole experiment, and the measurements take turns: server and cluster, with
 * one client and with fifty, in each round. Before the first round, fifty clients put on each for
 * some seconds, while the JVMs compile their code. A client is a thread with a connection. It sends a
 * put, waits for the reply, and sends the next one. The clients of the cluster are spread over its
 * nodes.
 *
 * WHAT IT DOES NOT SHOW
 *
 * A real cluster. Three nodes on one machine share its processors, and their fsyncs share its disk:
 * with many clients, three machines do more puts a second. But their network is slower than the
 * loopback interface: with one client, a put takes longer.
 *
 * The server or the nodes alone. The clients and the idle processes use the same processors.
 */
package kv.benchmarks.experiments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import kv.benchmarks.harness.Harness;
import kv.benchmarks.harness.Numbers;
import kv.benchmarks.harness.Profile;
import kv.benchmarks.harness.Ratio;
import kv.benchmarks.harness.Score;
import kv.benchmarks.harness.Step;
import kv.benchmarks.harness.WorkDirectory;
import kv.benchmarks.report.Chart;
import kv.benchmarks.report.Outcome;
import kv.benchmarks.report.Table;
import org.openjdk.jmh.runner.RunnerException;

/** Experiment 6: the price of a majority. */
public final class Experiment6Majority implements Experiment {
  private static final List<Integer> CLIENTS = List.of(1, 50);
  private static final String SERVER = "one server";
  private static final String CLUSTER = "three nodes";

  /** The length of a measurement, as a multiple of the profile's: a connection is slow to start. */
  private static final int TIMES = 10;

  /** The length of a warm-up, as a multiple of a measurement: three nodes have more to compile. */
  private static final int SERVER_WARMUP = 1;

  private static final int CLUSTER_WARMUP = 10;

  private final Path project;

  /**
   * Creates the experiment.
   *
   * @param project the folder of the project, in which the jars were built
   */
  public Experiment6Majority(Path project) {
    this.project = project;
  }

  @Override
  public String question() {
    return "What does a majority cost?";
  }

  @Override
  public Step first() {
    return Step.ENGINE;
  }

  @Override
  public Step lastKnown() {
    return Step.ENGINE;
  }

  @Override
  public String method() {
    return "Keys of 16 bytes, values of 100 bytes, over RESP. One server with --sync always, and"
        + " a cluster of three nodes with one shard, all on this machine. A client puts again after"
        + " the reply.";
  }

  @Override
  public String ratio(Profile profile) {
    return "One client: how many times as long does a put take on three nodes as on one server?";
  }

  @Override
  public String lesson() {
    return "A put in a cluster waits for more: the way to the leader, the way to the others, and the"
        + " slower of two\nfsyncs. Many clients wait together.";
  }

  @Override
  public String next() {
    return "The three nodes share one disk and the processors. Which number would be better with"
        + " three machines,\nand which would be worse?";
  }

  @Override
  public int measurements(Profile profile) {
    return 2 + 2 * CLIENTS.size() * profile.rounds();
  }

  /** A server or a cluster, with a number of clients. */
  private record Case(String servers, int clients) {
    String name() {
      return servers + ", " + clients + (clients == 1 ? " client" : " clients");
    }
  }

  /** The puts a second and the median latency in milliseconds of each round. */
  private record Measured(List<Double> rates, List<Double> medians) {
    Score rate() {
      return new Score(rates);
    }

    Score median() {
      return new Score(medians);
    }
  }

  @Override
  public Outcome run(Harness harness) throws RunnerException, IOException {
    for (Path jar : List.of(Servers.serverJar(project), Servers.nodeJar(project))) {
      if (!Files.exists(jar)) {
        throw new RunnerException(
            WorkDirectory.shown(jar)
                + " does not exist; build it with: mvn -q -B package -DskipTests");
      }
    }
    Path directory = WorkDirectory.create();
    try (Servers servers = new Servers(project, directory)) {
      return outcome(measure(harness, servers), harness);
    } finally {
      WorkDirectory.delete(directory);
    }
  }

  private static Map<Case, Measured> measure(Harness harness, Servers servers) throws IOException {
    long nanos = TIMES * harness.profile().time().convertTo(TimeUnit.NANOSECONDS);
    Map<String, List<Integer>> ports = new LinkedHashMap<>();
    harness.begin(SERVER + ", start and warm-up");
    ports.put(SERVER, servers.startServer());
    harness.end(warmUp(ports.get(SERVER), SERVER_WARMUP * nanos));
    harness.begin(CLUSTER + ", start and warm-up");
    ports.put(CLUSTER, servers.startCluster());
    Putters.awaitLeaders(ports.get(CLUSTER));
    harness.end(warmUp(ports.get(CLUSTER), CLUSTER_WARMUP * nanos));

    Map<Case, Measured> all = new LinkedHashMap<>();
    for (int round = 1; round <= harness.profile().rounds(); round++) {
      for (int clients : CLIENTS) {
        for (String name : ports.keySet()) {
          Case one = new Case(name, clients);
          harness.begin(one.name());
          Putters.Result result = Putters.run(ports.get(name), clients, nanos);
          Measured measured =
              all.computeIfAbsent(
                  one, absent -> new Measured(new ArrayList<>(), new ArrayList<>()));
          measured.rates().add(result.putsPerSecond());
          measured.medians().add(result.medianMillis());
          harness.end(shown(result));
        }
      }
    }
    return all;
  }

  private static String warmUp(List<Integer> ports, long nanos) throws IOException {
    int most = CLIENTS.get(CLIENTS.size() - 1);
    return shown(Putters.run(ports, most, nanos));
  }

  private static String shown(Putters.Result result) {
    return String.format(Locale.ROOT, "%9s puts/s", Numbers.shown(result.putsPerSecond()));
  }

  private static Outcome outcome(Map<Case, Measured> all, Harness harness) {
    Table table = new Table("durable puts", "puts a second", "median in ms");
    all.forEach(
        (one, measured) -> {
          harness.noteRounds(one.name(), measured.rate());
          table.row(List.of(one.name(), measured.rate().toString(), measured.median().toString()));
        });
    List<Score> server = CLIENTS.stream().map(n -> all.get(new Case(SERVER, n)).rate()).toList();
    List<Score> cluster = CLIENTS.stream().map(n -> all.get(new Case(CLUSTER, n)).rate()).toList();
    Chart chart =
        new Chart(
            "Durable puts a second",
            Chart.Axis.labelled("clients", CLIENTS.stream().map(String::valueOf).toList()),
            Chart.Axis.logarithmic("puts a second"),
            true,
            List.of(Chart.Series.of(SERVER, 0, server), Chart.Series.of(CLUSTER, 1, cluster)));
    Ratio ratio =
        Ratio.of(all.get(new Case(CLUSTER, 1)).median(), all.get(new Case(SERVER, 1)).median());
    return new Outcome(ratio, table, List.of(chart));
  }
}
