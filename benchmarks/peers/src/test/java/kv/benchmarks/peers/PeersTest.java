package kv.benchmarks.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import kv.benchmarks.peers.PeerRace.Section;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeersTest {
  /** Settings that run everything, and give no useful numbers. */
  private static final PeerRace.Rounds SHORT = new PeerRace.Rounds(1, 1);

  @TempDir Path report;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);

  @Test
  void everyWorkloadIsInTheTableAndInTheReport() throws Exception {
    assertEquals(0, race(new PeerRace.Size(1_000, 100), Section.RATES, Section.WAITS));

    List<String> lines = Files.readAllLines(report.resolve("peers.csv"));
    assertEquals(1 + PeerWorkload.values().length, lines.size());
    for (PeerWorkload workload : PeerWorkload.values()) {
      String row = "(?s).*\n  " + quoted(workload + ", " + workload.unit()) + " +[0-9][0-9.,]*\n.*";
      assertTrue(printed().matches(row), workload + " is not in:\n" + printed());
    }
    assertTrue(printed().contains("every get verifies the record's CRC-32C"), printed());
    String page = Files.readString(report.resolve("index.html"));
    for (PeerWorkload workload : PeerWorkload.values()) {
      assertTrue(page.contains(">" + workload + ", " + workload.unit() + "<"), page);
    }
    assertTrue(page.contains("every get verifies the record's CRC-32C"), page);
    assertTrue(page.contains(Files.readString(report.resolve("peers-1.svg"))), page);
    assertTrue(page.contains(Files.readString(report.resolve("peers-2.svg"))), page);
  }

  @Test
  void everyTrialIsPrintedAndInTheReport() throws Exception {
    assertEquals(0, race(new PeerRace.Size(1_000, 100), Section.TRIALS));

    String page = Files.readString(report.resolve("index.html"));
    PeerTrials trials = trials();
    for (PeerTrials.Trial trial : PeerTrials.Trial.values()) {
      assertTrue(printed().contains("\n" + trials.title(trial) + ".\n  the engine "), printed());
      assertTrue(page.contains(trials.title(trial)), page);
    }
    assertTrue(printed().contains("of 2 kills, 2 without fault."), printed());
    assertTrue(
        printed().contains("all puts of an interrupted thread return; another thread's puts"),
        printed());
    assertTrue(printed().contains("Opened again: every put is there."), printed());
  }

  @Test
  void aStoreThatFailsIsReportedWithTheReason() throws Exception {
    assertEquals(1, race(new PeerRace.Size(0, 100), Section.RATES));

    assertTrue(printed().contains("the engine failed: exit status 1"), printed());
    assertTrue(printed().contains("IllegalArgumentException"), printed());
    assertTrue(printed().matches("(?s).*\n  load, 1,000/s +failed\n.*"), printed());
  }

  @Test
  void argumentsThatAreNotASizeAreRefusedInOneLine() {
    for (String[] arguments :
        new String[][] {
          {"1"},
          {"10", "x"},
          {"0", "100"},
          {"10", "3"},
          {"10", "32769"},
          {"--full", "10", "100"},
          {"--only", "x"},
          {"--stores", "x"},
          {"--large", "0"},
          {"--large", "x"}
        }) {
      out.reset();
      assertEquals(2, Peers.run(arguments, printed, printed));
      assertEquals(1, printed().lines().count(), printed());
    }
    assertEquals(2, Peers.run(new String[] {"10", "3"}, printed, printed));
    assertTrue(
        printed().contains("the length of a value is 3; the limits are 4 and 32768"), printed());
  }

  @Test
  void helpNamesTheArguments() {
    assertEquals(0, Peers.run(new String[] {"--help"}, printed, printed));
    assertTrue(printed().contains("peers [--full | KEYS BYTES]"), printed());
    assertTrue(printed().contains("[--only PART,...] [--stores STORE,...]"), printed());
  }

  private int race(PeerRace.Size size, Section... sections) throws Exception {
    return new PeerRace(printed, report)
        .run(
            new PeerRace.Plan(
                List.of(PeerStore.ENGINE), Set.of(sections), List.of(size), size, SHORT, trials()));
  }

  private static PeerTrials trials() {
    return new PeerTrials(1_000, 2);
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private static String quoted(String text) {
    return java.util.regex.Pattern.quote(text);
  }
}
