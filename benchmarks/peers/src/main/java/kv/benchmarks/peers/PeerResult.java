package kv.benchmarks.peers;

import com.google.gson.Gson;
import java.util.Arrays;

/**
 * The result of one workload: a line of JSON that a {@link PeerRun} prints.
 *
 * @param workload the workload
 * @param median the median of the rounds
 * @param least the least of the rounds
 * @param greatest the greatest of the rounds
 */
record PeerResult(PeerWorkload workload, double median, double least, double greatest) {
  /** The start of every result; the libraries of some stores print lines of their own. */
  private static final String START = "{\"workload\":";

  /** The greatest round as a multiple of the least, from which a result is uneven. */
  private static final int UNEVEN_TIMES = 4;

  static PeerResult of(PeerWorkload workload, double... rounds) {
    return new PeerResult(
        workload,
        median(rounds),
        Arrays.stream(rounds).min().orElseThrow(),
        Arrays.stream(rounds).max().orElseThrow());
  }

  private static double median(double[] rounds) {
    double[] sorted = rounds.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** Returns whether the rounds are too far apart for the median to stand for all of them. */
  boolean isUneven() {
    return greatest > UNEVEN_TIMES * least;
  }

  /** Returns whether a printed line is a result. */
  static boolean isResult(String line) {
    return line.startsWith(START);
  }

  /** Reads a line that {@link #toJson} made. */
  static PeerResult parse(String line) {
    return new Gson().fromJson(line, PeerResult.class);
  }

  String toJson() {
    return new Gson().toJson(this);
  }
}
