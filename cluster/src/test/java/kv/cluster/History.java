package kv.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/** The operations of all clients in one round. Methods can be called by any thread. */
final class History {
  private final List<Operation> operations = new ArrayList<>();

  synchronized void add(Operation operation) {
    operations.add(operation);
  }

  /** Returns the operations on a key. */
  List<Operation> of(String key) {
    return select(operation -> operation.key().equals(key));
  }

  /** Returns the operations that a condition selects, in the order of their invocations. */
  synchronized List<Operation> select(Predicate<Operation> condition) {
    return operations.stream()
        .filter(condition)
        .sorted(Comparator.comparingLong(Operation::invoked))
        .toList();
  }

  synchronized int size() {
    return operations.size();
  }

  synchronized long count(Operation.Outcome outcome) {
    return operations.stream().filter(operation -> operation.outcome() == outcome).count();
  }

  /**
   * Returns the longest time, in nanoseconds, between two successive acknowledged operations that a
   * condition selects. Only times after {@code from} count.
   */
  long longestGap(Predicate<Operation> condition, long from) {
    long last = from;
    long longest = 0;
    List<Operation> acknowledged =
        select(each -> each.outcome() == Operation.Outcome.OK && condition.test(each)).stream()
            .sorted(Comparator.comparingLong(Operation::completed))
            .toList();
    for (Operation operation : acknowledged) {
      if (operation.completed() > from) {
        longest = Math.max(longest, operation.completed() - last);
        last = operation.completed();
      }
    }
    return longest;
  }

  /** Writes one line per operation, with times in microseconds after the first invocation. */
  void writeTo(Path file) throws IOException {
    List<Operation> all = select(operation -> true);
    long start = all.isEmpty() ? 0 : all.get(0).invoked();
    List<String> lines = new ArrayList<>(all.size() + 1);
    lines.add("invoked\tcompleted\tclient\tnode\toutcome\tkind\tkey\tvalue");
    for (Operation each : all) {
      lines.add(
          String.join(
              "\t",
              Long.toString((each.invoked() - start) / 1000),
              Long.toString((each.completed() - start) / 1000),
              Integer.toString(each.client()),
              each.node(),
              each.outcome().toString(),
              each.kind().toString(),
              each.key(),
              String.valueOf(each.value())));
    }
    Files.write(file, lines);
  }
}
