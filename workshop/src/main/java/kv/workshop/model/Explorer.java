/*
 * WHAT THIS FILE IS
 *
 * Visits every state that can be reached, nearest first, until one breaks a promise. So the first
 * history that breaks a promise is also the shortest.
 *
 * PICTURE
 *
 *     start -- put a=1 ------ sync ----- ...
 *          |         `------- kill -9 -- ...      a state that was seen before is not visited again
 *          `-- put b=1 ------ ...
 *
 * A disk, a process or a past occurs in many states, and is kept once, to save memory.
 *
 * NOT HERE, AND WHY
 *
 * Hash codes in place of states, which would need less memory: two states with the same hash code
 * would be taken for one, and a wrong one could be missed.
 */
package kv.workshop.model;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.stream.Stream;
import kv.workshop.model.Actions.Step;
import kv.workshop.model.Promise.Broken;
import kv.workshop.model.State.Past;
import kv.workshop.model.State.Process;

/** A search through all states. */
final class Explorer {
  /**
   * The result of a search.
   *
   * @param states number of different states that were seen
   * @param history the shortest history that breaks a promise, empty if there is none
   */
  record Result(int states, List<Step> history) {}

  private final Actions actions;

  /** For each state the one from which it was reached first. */
  private final Map<State, State> before = new HashMap<>();

  private final Map<Disk, Disk> disks = new HashMap<>();
  private final Map<Process, Process> processes = new HashMap<>();
  private final Map<Past, Past> pasts = new HashMap<>();

  Explorer(Actions actions) {
    this.actions = actions;
  }

  Result explore() {
    Queue<State> open = new ArrayDeque<>(List.of(actions.start()));
    before.put(open.element(), null);
    while (!open.isEmpty()) {
      State state = open.remove();
      for (Step step : actions.next(state)) {
        State next = shared(step.state());
        boolean isNew = before.putIfAbsent(next, state) == null;
        // An open that fails leaves the state as it was, which is not new.
        Broken broken = isNew ? Promise.brokenByGet(next) : step.broken();
        if (broken != null) {
          return new Result(
              before.size(), history(state, new Step(step.action(), next, broken, null)));
        }
        if (isNew) {
          open.add(next);
        }
      }
    }
    return new Result(before.size(), List.of());
  }

  /** Returns a state with the parts of states that were seen before, where they are equal. */
  private State shared(State state) {
    Disk disk = disks.computeIfAbsent(state.disk(), same -> same);
    Process process = processes.computeIfAbsent(state.process(), same -> same);
    return new State(disk, process, pasts.computeIfAbsent(state.past(), same -> same));
  }

  /** Returns the steps from the start to a state, and one more. */
  private List<Step> history(State last, Step broken) {
    LinkedList<Step> history = new LinkedList<>(List.of(broken));
    for (State at = last; before.get(at) != null; at = before.get(at)) {
      history.addFirst(step(before.get(at), at));
    }
    return history;
  }

  private Step step(State from, State to) {
    Stream<Step> steps = actions.next(from).stream();
    return steps.filter(step -> step.state().equals(to)).findFirst().orElseThrow();
  }
}
