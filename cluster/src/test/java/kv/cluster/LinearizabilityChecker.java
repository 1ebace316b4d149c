/*
 * WHAT THIS FILE IS
 *
 * Decides whether the history of one key is linearizable: whether there is an order of its SETs and
 * GETs in which each GET returns the value of the last SET before it, and in which an operation that
 * ended before another one began precedes it.
 *
 *     client 1   |--SET a--|    |----SET b----|
 *     client 2        |--GET a--|   |--GET b--|   |--GET a--|     not linearizable: a is stale
 *
 * ALGORITHM
 *
 * The search of Wing and Gong, with the memory of Lowe. The list contains the begin and the end of
 * each operation in the order of time. The search takes an operation that can come next, which is
 * one that begins before the first end in the list, removes both of its events, and goes on from the
 * head. At an end it must step back: that operation had to come earlier. A pair of the operations
 * taken so far and the value they leave is tried once.
 *
 * WRITES WITHOUT A REPLY
 *
 * An unknown SET takes effect at any time after its invocation, or never. Each value is written
 * once, so the reads decide: if no GET returned the value, the history without the SET is
 * linearizable exactly if the one with it is, and the SET is left out. If a GET returned it, the SET
 * took effect before the end of the first such GET, and that is its end.
 */
package kv.cluster;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import kv.cluster.Operation.Kind;
import kv.cluster.Operation.Outcome;

/** Checks the history of one key, which is absent at the start. */
final class LinearizabilityChecker {
  /** Maximum number of memorized states, so that a search ends before the memory does. */
  private static final int MAX_STATES = 3_000_000;

  private final List<Operation> operations = new ArrayList<>();
  private final Event head = new Event(null, -1, null);

  /** The begin of an operation, or its end. */
  private static final class Event {
    final Operation operation;
    final int number;

    /** The end that belongs to a begin; null if this event is an end. */
    final Event end;

    Event previous;
    Event next;

    Event(Operation operation, int number, Event end) {
      this.operation = operation;
      this.number = number;
      this.end = end;
    }

    void remove() {
      previous.next = next;
      if (next != null) {
        next.previous = previous;
      }
    }

    /** Undoes the last {@link #remove} that was not undone yet. */
    void restore() {
      previous.next = this;
      if (next != null) {
        next.previous = this;
      }
    }
  }

  private record State(BitSet taken, String value) {}

  private record Step(Event begin, String valueBefore) {}

  private record At(long time, boolean ends, Event event) {}

  private LinearizabilityChecker() {}

  /**
   * Checks a history.
   *
   * @param history the SETs and GETs of one key; each value is written once
   * @return null if the history is linearizable, otherwise the fault
   */
  static String check(List<Operation> history) {
    LinearizabilityChecker checker = new LinearizabilityChecker();
    String fault = checker.load(history);
    return fault == null ? checker.search() : fault;
  }

  /** Puts the events in a list; returns a fault that is visible without a search. */
  private String load(List<Operation> history) {
    Map<String, Operation> writes = new HashMap<>();
    for (Operation each : history) {
      if (each.kind() == Kind.SET && writes.put(each.value(), each) != null) {
        throw new IllegalArgumentException("the value " + each.value() + " was written twice");
      }
    }
    Map<String, Long> firstRead = new HashMap<>();
    for (Operation each : history) {
      if (each.is(Kind.GET, Outcome.OK) && each.value() != null) {
        Operation write = writes.get(each.value());
        if (write == null || write.outcome() == Outcome.FAILED) {
          return each + ": the value was never written";
        }
        firstRead.merge(each.value(), each.completed(), Math::min);
      }
    }
    List<At> events = new ArrayList<>();
    for (Operation each : history) {
      long end = each.completed();
      if (each.is(Kind.SET, Outcome.UNKNOWN) && firstRead.containsKey(each.value())) {
        end = firstRead.get(each.value());
      } else if (each.outcome() != Outcome.OK) {
        continue;
      }
      Event ends = new Event(each, operations.size(), null);
      events.add(new At(each.invoked(), false, new Event(each, operations.size(), ends)));
      // A read that ended before the write began is found by the search.
      events.add(new At(Math.max(end, each.invoked()), true, ends));
      operations.add(each);
    }
    // Of events at the same time the begins come first: the operations overlap.
    events.sort(Comparator.comparingLong(At::time).thenComparing(At::ends));
    Event last = head;
    for (At at : events) {
      last.next = at.event();
      at.event().previous = last;
      last = at.event();
    }
    return null;
  }

  private String search() {
    Set<State> tried = new HashSet<>();
    Deque<Step> steps = new ArrayDeque<>();
    BitSet taken = new BitSet();
    String value = null;
    int mostTaken = -1;
    Operation blocked = null;
    String blockedValue = null;
    Event event = head.next;
    while (head.next != null) {
      if (event.end != null) {
        Operation operation = event.operation;
        boolean writes = operation.kind() == Kind.SET;
        if (writes || Objects.equals(value, operation.value())) {
          String after = writes ? operation.value() : value;
          taken.set(event.number);
          if (tried.add(new State((BitSet) taken.clone(), after))) {
            if (tried.size() > MAX_STATES) {
              throw new IllegalStateException(
                  "the search needs more than " + MAX_STATES + " states");
            }
            steps.push(new Step(event, value));
            value = after;
            event.remove();
            event.end.remove();
            event = head.next;
            continue;
          }
          taken.clear(event.number);
        }
        event = event.next;
      } else {
        if (steps.size() > mostTaken) {
          mostTaken = steps.size();
          blocked = event.operation;
          blockedValue = value;
        }
        if (steps.isEmpty()) {
          return blocked
              + ": no order explains it; in the longest one found, "
              + mostTaken
              + " of "
              + operations.size()
              + " operations precede it and the value is "
              + blockedValue;
        }
        Step step = steps.pop();
        step.begin().end.restore();
        step.begin().restore();
        taken.clear(step.begin().number);
        value = step.valueBefore();
        event = step.begin().next;
      }
    }
    return null;
  }
}
