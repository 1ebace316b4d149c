package kv.cluster;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import kv.cluster.Operation.Kind;
import kv.cluster.Operation.Outcome;

/** Checks the history of a key that clients only increment, and read at the end of a round. */
final class CounterChecker {
  private CounterChecker() {}

  /**
   * Checks a history.
   *
   * @param history the INCRs of one key, which is absent at the start, and the GETs after them
   * @return null if each INCR was done once, otherwise the fault
   */
  static String check(List<Operation> history) {
    List<Operation> acknowledged =
        history.stream().filter(each -> each.is(Kind.INCR, Outcome.OK)).toList();
    long unknown = history.stream().filter(each -> each.is(Kind.INCR, Outcome.UNKNOWN)).count();
    Set<String> replies = new HashSet<>();
    for (Operation each : acknowledged) {
      if (!replies.add(each.value())) {
        return each + ": an earlier INCR had the same reply";
      }
    }
    for (Operation each : history) {
      if (each.is(Kind.GET, Outcome.OK)) {
        long value = each.value() == null ? 0 : Long.parseLong(each.value());
        if (value < acknowledged.size() || value > acknowledged.size() + unknown) {
          return each
              + ": "
              + acknowledged.size()
              + " INCRs were acknowledged, and "
              + unknown
              + " are unknown";
        }
      }
    }
    return order(acknowledged);
  }

  /** An INCR that began after the end of another one has the larger reply. */
  private static String order(List<Operation> acknowledged) {
    List<Operation> ended = new ArrayList<>(acknowledged);
    ended.sort(Comparator.comparingLong(Operation::completed));
    List<Operation> begun = new ArrayList<>(acknowledged);
    begun.sort(Comparator.comparingLong(Operation::invoked));
    long largest = 0;
    int next = 0;
    for (Operation each : begun) {
      while (ended.get(next).completed() < each.invoked()) {
        largest = Math.max(largest, Long.parseLong(ended.get(next).value()));
        next++;
      }
      if (Long.parseLong(each.value()) <= largest) {
        return each + ": an INCR that ended before had the reply " + largest;
      }
    }
    return null;
  }
}
