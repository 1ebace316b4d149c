/*
 * WHAT THIS FILE IS
 *
 * Runs three nodes, lets clients use them, causes a fault in each round, and checks that each key's
 * history is linearizable. It is a program and not a test of the build, since it runs for hours.
 *
 *     java -cp cluster/target/cluster.jar:cluster/target/test-classes kv.cluster.Torture
 *
 * A ROUND
 *
 *     start clients --> fault --> heal --> wait until each node answers --> stop clients
 *        --> read each key through each node --> compare the nodes' copies --> check histories
 *
 * Each round has keys of its own, so that a history is short. All rounds of one fault run on the same
 * three nodes, which keep their data.
 *
 * Exit status: 0 if no round failed, 1 if one did, 2 after a wrong argument. After a failure the
 * folder stays, with the histories and the output of the nodes.
 */
package kv.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Tortures a cluster. */
@Command(
    name = "java -cp cluster/target/cluster.jar:cluster/target/test-classes kv.cluster.Torture",
    sortOptions = false,
    description = "Causes faults in a cluster of three nodes, and checks what its clients see.")
final class Torture implements Callable<Integer> {
  private static final int KEYS = 6;
  private static final int COUNTERS = 2;
  private static final long BEFORE_MILLIS = 1500;
  private static final long AFTER_MILLIS = 1000;

  /** Time without writes, and then without any operation, before some faults. */
  private static final long QUIET_MILLIS = 300;

  private static final long MAX_READ_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** Room for the logs and stores of two shards. */
  private static final int DISK_MEGABYTES = 600;

  /** Bytes added to each value on small disks, so that a full disk is soon noticed. */
  private static final int DISK_FILLER_BYTES = 4096;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "20",
      description = "the number of rounds of each fault (default: ${DEFAULT-VALUE})")
  private int rounds;

  @Option(
      names = "--fault",
      paramLabel = "NAME",
      converter = FaultConverter.class,
      description =
          "kill-leader, kill-follower, kill-all, stop-leader, slow-node, "
              + "partition-leader, partition-one-way, full-disk, slow-disk, lost-folder, "
              + "far-back or more-nodes; can be repeated (default: all)")
  private List<Fault> faults = List.of(Fault.values());

  @Option(
      names = "--clients",
      paramLabel = "N",
      defaultValue = "8",
      description = "the number of clients (default: ${DEFAULT-VALUE})")
  private int clients;

  @Option(
      names = "--mebibytes",
      paramLabel = "N",
      defaultValue = "128",
      description =
          "the number of mebibytes by which a node falls back in a round of far-back "
              + "(default: ${DEFAULT-VALUE})")
  private int mebibytes;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "chooses the operations of the clients (default: a random number)")
  private long seed = new Random().nextInt(1_000_000);

  @Option(
      names = "--dir",
      paramLabel = "DIRECTORY",
      description = "a directory for the nodes, which need not exist (default: a temporary one)")
  private Path directory;

  @Option(names = "--keep", description = "keep the folder, and the histories of good rounds")
  private boolean keeps;

  @Option(names = "--help", usageHelp = true, description = "show this text")
  private boolean help;

  /** The names of faults on the command line. */
  static final class FaultConverter implements ITypeConverter<Fault> {
    @Override
    public Fault convert(String name) {
      return Arrays.stream(Fault.values())
          .filter(fault -> fault.toString().equals(name))
          .findFirst()
          .orElseThrow(() -> new TypeConversionException("there is no fault " + name));
    }
  }

  /** The results of a fault. */
  private record Result(Fault fault, List<Long> gapsMillis, int failures) {}

  private Torture() {}

  /** Runs the command line. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Torture()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (directory == null) {
      directory = Files.createTempDirectory("torture");
    }
    print("seed %d, folder %s", seed, directory);
    List<Result> results = new ArrayList<>();
    for (Fault fault : faults) {
      String missing = fault.missing();
      if (missing == null) {
        results.add(run(fault));
      } else {
        print("%s skipped: it needs %s", fault, missing);
      }
    }
    print("");
    print("%-18s %6s %28s %10s", "fault", "rounds", "ms without answer: p50, worst", "violations");
    for (Result result : results) {
      List<Long> gaps = result.gapsMillis().stream().sorted().toList();
      print(
          "%-18s %6d %20d %8d %10d",
          result.fault(),
          gaps.size(),
          gaps.get((gaps.size() - 1) / 2),
          gaps.get(gaps.size() - 1),
          result.failures());
    }
    boolean failed = results.stream().anyMatch(result -> result.failures() > 0);
    if (failed || keeps) {
      print("histories and the output of the nodes are in %s", directory);
    } else {
      ShardFiles.delete(directory);
    }
    return failed ? 1 : 0;
  }

  private static void print(String format, Object... arguments) {
    System.out.println(String.format(Locale.ROOT, format, arguments));
  }

  private Result run(Fault fault) throws IOException, InterruptedException {
    Path folder = Files.createDirectories(directory.resolve(fault.toString()));
    boolean disk = fault == Fault.FULL_DISK;
    List<Long> gaps = new ArrayList<>();
    int failures = 0;
    try (Network network =
            Namespaces.available()
                ? new Namespaces(Nodes.all())
                : new Network.Loopback(Nodes.all());
        Nodes nodes = new Nodes(folder, network, disk ? DISK_MEGABYTES : 0)) {
      Thread hook = new Thread(() -> closeBoth(nodes, network));
      Runtime.getRuntime().addShutdownHook(hook);
      nodes.awaitAll();
      for (int number = 1; number <= rounds; number++) {
        OneRound round = new OneRound(fault, number, nodes, folder, disk ? DISK_FILLER_BYTES : 0);
        round.run();
        gaps.add(round.gapMillis);
        failures += round.problems.isEmpty() ? 0 : 1;
      }
      Runtime.getRuntime().removeShutdownHook(hook);
    }
    return new Result(fault, gaps, failures);
  }

  /** Called if the program is ended by a signal. */
  private static void closeBoth(Nodes nodes, Network network) {
    try (network;
        nodes) {
      print("ended by a signal");
    } catch (IOException e) {
      print("%s", e.getMessage());
    }
  }

  /** A round. */
  private final class OneRound implements Fault.Round {
    private final Fault fault;
    private final int number;
    private final Nodes nodes;
    private final Path folder;
    private final History history = new History();
    private final List<String> keys;
    private final List<String> counters;
    private final Workload workload;
    private final List<String> problems = new ArrayList<>();
    private long beginNanos;
    private long gapMillis;

    OneRound(Fault fault, int number, Nodes nodes, Path folder, int fillerBytes) {
      this.fault = fault;
      this.number = number;
      this.nodes = nodes;
      this.folder = folder;
      this.keys = keys("key", KEYS);
      this.counters = keys("counter", COUNTERS);
      this.workload = new Workload(nodes, history, keys, counters, fillerBytes);
    }

    @Override
    public int number() {
      return number;
    }

    @Override
    public int shard() {
      return number % Nodes.SHARDS;
    }

    @Override
    public int mebibytes() {
      return mebibytes;
    }

    @Override
    public void begins() {
      beginNanos = System.nanoTime();
    }

    @Override
    public void beginsQuietly() throws InterruptedException {
      if (number % 3 != 2) {
        workload.pauseWrites(3 * QUIET_MILLIS);
        Thread.sleep(QUIET_MILLIS);
        workload.pauseAll(2 * QUIET_MILLIS);
        Thread.sleep(QUIET_MILLIS);
      }
      begins();
    }

    @Override
    public void problem(String text) {
      problems.add(text);
    }

    private List<String> keys(String kind, int count) {
      List<String> keys = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        keys.add("round-" + number + "-" + kind + "-" + i);
      }
      return keys;
    }

    void run() throws IOException, InterruptedException {
      long startNanos = System.nanoTime();
      beginNanos = startNanos;
      workload.start(clients, seed + 1000L * number);
      try {
        try {
          Thread.sleep(BEFORE_MILLIS);
          fault.run(nodes, this);
          nodes.awaitAll();
          Thread.sleep(AFTER_MILLIS);
        } finally {
          workload.stop();
        }
        Shards shards = new Shards(Nodes.SHARDS);
        gapMillis =
            TimeUnit.NANOSECONDS.toMillis(
                history.longestGap(
                    each -> shards.of(each.key().getBytes(UTF_8)) == shard(), beginNanos));
        workload.readThroughAll(MAX_READ_NANOS);
        String difference = workload.compareCopies(MAX_READ_NANOS);
        if (difference != null) {
          problem(difference);
        }
        check(keys, LinearizabilityChecker::check);
        check(counters, CounterChecker::check);
      } catch (IOException e) {
        problem(e.getMessage());
      }
      problems.addAll(nodes.restartEnded());
      print(
          "%s %d: %d s, %d operations, %d unknown, %d ms without an answer, %s",
          fault,
          number,
          TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNanos),
          history.size(),
          history.count(Operation.Outcome.UNKNOWN),
          gapMillis,
          problems.isEmpty() ? "ok" : "FAILED");
      if (!problems.isEmpty() || keeps) {
        Path file = folder.resolve("history-" + number + ".tsv");
        history.writeTo(file);
        problems.forEach(problem -> print("  %s", problem));
        print("  history: %s", file);
      }
    }

    /** Checks the history of one key. */
    private interface Check {
      String of(List<Operation> history);
    }

    private void check(List<String> keys, Check check) {
      for (String key : keys) {
        String fault = check.of(history.of(key));
        if (fault != null) {
          problem(fault);
        }
      }
    }
  }
}
