package kv.benchmarks.peers;

import com.google.gson.Gson;
import java.util.Arrays;

/**
 * The result of one workload: a line of JSON that a {@link PeerRun} prints.
 *
 * @param workload the workload
 * @param mean the mean of the rounds
 * @param least the least of the rounds
 * @param greatest the greatest of the rounds
 */
record PeerResult(PeerWorkload workload, double mean, double least, double greatest) {
  /** The start of every result; the libraries of some stores print lines of their own. */
  private static final String START = "{\"workload\":";

  static PeerResult of(PeerWorkload workload, double... rounds) {
    return new PeerResult(
        workload,
        Arrays.stream(rounds).average().orElseThrow(),
        Arrays.stream(rounds).min().orElseThrow(),
        Arrays.stream(rounds).max().orElseThrow());
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
