/*
 * WHAT THIS FILE IS
 *
 * The command line of the race of the engine against other stores, all of which do the same work:
 *
 *     mvn -q -B -Ppeers package -DskipTests
 *     java -jar benchmarks/target/benchmarks.jar peers
 *     java -jar benchmarks/target/benchmarks.jar peers 100000 1024     keys, bytes of a value
 *     java -jar benchmarks/target/benchmarks.jar peers --full          all four sizes, more rounds
 *     java -jar benchmarks/target/benchmarks.jar peers --only waits --large 10000000
 *     java -jar benchmarks/target/benchmarks.jar peers --only trials --stores engine,mvstore
 *
 * A race has three parts, and each part of each store has a JVM of its own (PeerMain), one after the
 * other, with the settings that the store's documentation recommends for a plain key-value store
 * (the file named after it):
 *
 *     rates     operations per second, files, memory (PeerRun)
 *     waits     the slowest puts of a load, opens of a large store, puts and gets beside merges
 *               (PeerWaits)
 *     trials    a copy of an open store, kill -9, a full disk, an interrupted thread (PeerTrials)
 *
 * OUTPUT
 *
 * Two tables: the measurements, and how many times better the engine is. A measurement is the median
 * of its rounds; a line below the tables names each one whose rounds differ by more than four times.
 * Then the effect of each trial on each store. And for each store the promises that it does not
 * make: a put that may be lost is cheaper than one that may not, and a get that trusts the disk is
 * cheaper than one that does not.
 *
 *     benchmarks/target/report/peers/index.html     all of it, with charts, for a browser
 *     benchmarks/target/report/peers/*.svg          the charts
 *     benchmarks/target/report/peers/peers.csv      each number, with the least and the greatest
 *                                                   of the rounds
 *
 * NOT SHOWN
 *
 * Abilities of the others that the engine lacks: keys in order (RocksDB, LMDB, MVStore, Xodus),
 * transactions, more keys than the index has memory for, several processes at once (LMDB, Chronicle
 * Map).
 */
package kv.benchmarks.peers;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import kv.benchmarks.CommandLines;
import kv.benchmarks.harness.WorkDirectory;
import kv.benchmarks.peers.PeerRace.Plan;
import kv.benchmarks.peers.PeerRace.Rounds;
import kv.benchmarks.peers.PeerRace.Section;
import kv.benchmarks.peers.PeerRace.Size;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs the race from the command line. */
@Command(
    name = "java -jar benchmarks/target/benchmarks.jar peers",
    customSynopsis = {
      "java -jar benchmarks/target/benchmarks.jar peers [--full | KEYS BYTES]",
      "           [--only PART,...] [--stores STORE,...] [--large KEYS]"
    },
    description = {
      "",
      "Measures the engine and other stores, each in a JVM of its own. Takes about three",
      "quarters of an hour, half of it for Xodus; with --full, several times as long.",
      ""
    },
    footer = {"", "Without arguments: 1,000,000 keys and values of 100 bytes."},
    sortOptions = false)
public final class Peers implements Callable<Integer> {
  private static final Size DEFAULT_SIZE = new Size(1_000_000, 100);

  private static final List<Size> ALL_SIZES =
      List.of(
          DEFAULT_SIZE, new Size(100_000, 100), new Size(1_000_000, 1024), new Size(100_000, 1024));

  /** The number of keys for the waits: a laptop loads them into each store in seconds. */
  private static final int DEFAULT_LARGE = 1_000_000;

  private static final int TRIAL_KEYS = 20_000;

  private static final int QUICK_TRIALS = 5;

  private static final int THOROUGH_TRIALS = 50;

  private static final Rounds QUICK = new Rounds(3, 500);

  private static final Rounds THOROUGH = new Rounds(5, 500);

  private final PrintStream out;

  @Spec private CommandSpec spec;

  @Parameters(index = "0", arity = "0..1", paramLabel = "KEYS", description = "number of keys")
  private Integer keys;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "BYTES",
      description = "length of a value, 4 to 32768")
  private Integer valueLength;

  @Option(names = "--full", description = "four sizes and more rounds")
  private boolean full;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "PART",
      description = "parts of the race: rates, waits, trials")
  private Set<Section> sections = EnumSet.allOf(Section.class);

  @Option(
      names = "--stores",
      split = ",",
      paramLabel = "STORE",
      description = "${COMPLETION-CANDIDATES}")
  private Set<PeerStore> stores = EnumSet.allOf(PeerStore.class);

  @Option(names = "--large", paramLabel = "KEYS", description = "number of keys for the waits")
  private int large = DEFAULT_LARGE;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "shows this text")
  private boolean help;

  private Peers(PrintStream out) {
    this.out = out;
  }

  /** Runs the race, and returns the exit status: 1 if a store failed, 2 for bad usage. */
  public static int run(String[] arguments, PrintStream out, PrintStream err) {
    CommandLine command = new CommandLine(new Peers(out)).setCaseInsensitiveEnumValuesAllowed(true);
    return CommandLines.execute(command, arguments, out, err);
  }

  @Override
  public Integer call() throws Exception {
    if (full && keys != null) {
      throw new ParameterException(spec.commandLine(), "--full has sizes of its own: omit KEYS");
    }
    if (large <= 0) {
      throw new ParameterException(
          spec.commandLine(), "the number of keys for the waits is " + large + "; the least is 1");
    }
    Path report = WorkDirectory.besideTheCode("report").resolve("peers");
    List<Size> sizes = full ? ALL_SIZES : List.of(size());
    return new PeerRace(out, report)
        .run(
            new Plan(
                List.copyOf(EnumSet.copyOf(stores)),
                sections,
                sizes,
                new Size(large, sizes.get(0).valueLength()),
                full ? THOROUGH : QUICK,
                new PeerTrials(TRIAL_KEYS, full ? THOROUGH_TRIALS : QUICK_TRIALS)));
  }

  private Size size() {
    if (keys == null) {
      return DEFAULT_SIZE;
    }
    if (valueLength == null) {
      throw new ParameterException(
          spec.commandLine(), "the length of a value is missing: give KEYS and BYTES");
    }
    if (keys <= 0) {
      throw new ParameterException(
          spec.commandLine(), "the number of keys is " + keys + "; the least is 1");
    }
    if (valueLength < PeerData.MIN_VALUE_LENGTH || valueLength > PeerData.MAX_VALUE_LENGTH) {
      throw new ParameterException(
          spec.commandLine(),
          "the length of a value is "
              + valueLength
              + "; the limits are "
              + PeerData.MIN_VALUE_LENGTH
              + " and "
              + PeerData.MAX_VALUE_LENGTH);
    }
    return new Size(keys, valueLength);
  }
}
