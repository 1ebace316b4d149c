/*
 * WHAT THIS FILE IS
 *
 * A model of the store of step 5, small enough to try everything that can happen to it: every order
 * of puts, deletes, syncs and the operations of a merge, a crash at every point, and every disk
 * that the crash can leave. After each crash an open must find all that was promised, and before it
 * a get must find the last put. The crash tests of step 5 try its code at some points; the model
 * tries the rules that the code follows at all of them.
 *
 * Leave out one rule, and the model prints the shortest history in which the store loses a value,
 * brings back an old one, or refuses to open.
 *
 * PICTURE: the files of this package, in the order in which to read them
 *
 *     Rule       the rules that can be left out, and the method of step 5 that keeps each
 *     Disk       files and names, in memory and on the disk; all that a power loss can leave
 *     State      the disk, the memory of the process, and the calls so far
 *     Actions    what can happen next
 *     Recovery   an open
 *     Promise    what must be there
 *     Explorer   visits all states
 *     Story      prints a history
 *
 * WHAT IS PROMISED
 *
 * A get returns the last put. After kill -9, an open finds every put and delete that returned.
 * After a power loss it finds the first n of them, and n includes everything synced. It refuses
 * nothing that a crash can leave.
 *
 * NOT HERE, AND WHY
 *
 * More than two keys and a few puts. A rule that is wrong is wrong in a small store already: each
 * history that the model has found needs at most two puts or deletes.
 *
 * The engine. Two of its segments can be torn, and its records are stores to a map, with the type
 * byte last: other states and another recovery. TwoSegmentsModelTest is its model.
 *
 * Damage. The rules that refuse a damaged store cannot be missed in a model whose disks only lose
 * what was not synced.
 *
 * Failed fsyncs, full disks, and the file of steps 1 to 4.
 */
package kv.workshop.model;

import java.io.PrintStream;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import kv.workshop.BadUsage;
import kv.workshop.model.Actions.Bounds;
import kv.workshop.model.Explorer.Result;

/** Explores the model: the command model. */
public final class Model {
  /** Bounds for all rules: more than a million states. */
  private static final Bounds WIDE = new Bounds(3, 3, 3, 2);

  /** Bounds for a rule that is left out: one merge suffices for each rule. */
  static final Bounds SHORT = new Bounds(3, 3, 1, 2);

  private Model() {}

  /** Prints the rules. Returns 0. */
  public static int printRules(PrintStream out) {
    for (Rule rule : Rule.values()) {
      out.println(String.format(Locale.ROOT, "%-22s %s", rule, rule.method));
      out.println("    " + rule.sentence);
    }
    return 0;
  }

  /**
   * Explores all states, and prints the shortest history that breaks a promise.
   *
   * @param without the name of the rule that the store does not follow, or null if it follows all
   * @return 0 if no promise was broken, otherwise 1
   * @throws BadUsage if there is no such rule
   */
  public static int run(String without, PrintStream out) throws BadUsage {
    Set<Rule> rules = EnumSet.allOf(Rule.class);
    if (without != null) {
      rules.remove(rule(without));
    }
    Bounds bounds = without == null ? WIDE : SHORT;
    if (without == null) {
      out.println("This takes up to a minute.");
      out.flush();
    }
    Result result = new Explorer(new Actions(rules, bounds)).explore();
    String states = String.format(Locale.ROOT, "%,d states", result.states());
    if (result.history().isEmpty()) {
      String rule = without == null ? "" : "without " + without + ", ";
      out.println(rule + states + " of a store with two keys, " + shown(bounds));
      out.println("none breaks a promise");
      return 0;
    }
    out.println("without " + without + ", a promise is broken after " + states);
    out.println();
    new Story(out).print(result.history());
    return 1;
  }

  private static String shown(Bounds bounds) {
    return String.format(
        Locale.ROOT,
        "up to %d puts or deletes, %d files, %d merges and %d crashes:",
        bounds.changes(),
        bounds.files(),
        bounds.merges(),
        bounds.crashes());
  }

  private static Rule rule(String name) throws BadUsage {
    for (Rule rule : Rule.values()) {
      if (rule.toString().equals(name)) {
        return rule;
      }
    }
    throw new BadUsage("there is no rule \"" + name + "\"; list the rules with --rules");
  }
}
