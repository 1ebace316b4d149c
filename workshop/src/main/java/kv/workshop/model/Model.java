/*
 * WHAT THIS FILE IS
 *
 * A model of the store of step 5, small enough to try everything that can happen to it: every order
 * of puts, deletes, syncs and the operations of a merge, a crash at every point, and every disk
 * that the crash can leave. After each crash an open must find all that was promised, and before it
 * a get must find the last put. The crash tests of step 5 try its code at some points; the model
 * tries the rules that the code follows at all of them. A second model does this for the engine.
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
 * The engine has the same disk, promises, merges and crashes. These files have its differences:
 *
 *     EngineRule       its own rules, and those that it shares with step 5
 *     EngineFiles      hint files, the saved index, and seals
 *     Flight           the two segments in flight, and a running group commit
 *     EngineActions    what can happen next
 *     EngineRecovery   an open
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
 * Damage. The rules that refuse a damaged store cannot be missed in a model whose disks only lose
 * what was not synced. In the engine these are the requirement of a seal, the proofs that a segment
 * was durable, the salt that is computed from the segment before, and the comparison of a hint file
 * with its seal. TwoSegmentsModelTest tries some of them.
 *
 * The deletion of the saved index by an open. A power loss can undo it, so the index must be
 * compared with the log anyway. Nor does the index need an fsync, or a rename: a torn one is
 * recognized by its checksum.
 *
 * Failed fsyncs in step 5, full disks, and the file of steps 1 to 4.
 */
package kv.workshop.model;

import java.io.PrintStream;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import kv.workshop.BadUsage;
import kv.workshop.model.Actions.Bounds;
import kv.workshop.model.Explorer.Result;

/** Explores the models: the command model. */
public final class Model {
  /** Bounds for all rules: more than a million states. */
  private static final Bounds WIDE = new Bounds(3, 3, 3, 2);

  /** Bounds for a rule that is left out: one merge suffices for each rule. */
  static final Bounds SHORT = new Bounds(3, 3, 1, 2);

  /** The same for the engine, where hint files and closes count as merges do. */
  private static final Bounds ENGINE_WIDE = new Bounds(2, 3, 2, 2);

  static final Bounds ENGINE_SHORT = new Bounds(2, 3, 1, 2);

  /** For most rules one crash suffices, and is found sooner. */
  private static final Bounds ENGINE_ONE_CRASH = new Bounds(2, 3, 1, 1);

  /** The rules whose absence only a second crash, or a crash after a close, can show. */
  private static final Set<EngineRule> TWO_CRASHES =
      EnumSet.of(
          EngineRule.OPEN_SYNCS_FILES,
          EngineRule.OPEN_SYNCS_TWO,
          EngineRule.OPEN_SYNCS_DIRECTORY,
          EngineRule.SYNC_DROP,
          EngineRule.INDEX_OF_LOG);

  private Model() {}

  /** Prints the rules of step 5. Returns 0. */
  public static int printRules(PrintStream out) {
    for (Rule rule : Rule.values()) {
      printRule(rule, rule.method, rule.sentence, out);
    }
    return 0;
  }

  /** Prints the rules of the engine. Returns 0. */
  public static int printEngineRules(PrintStream out) {
    for (EngineRule rule : EngineRule.values()) {
      printRule(rule, rule.method, rule.sentence, out);
    }
    return 0;
  }

  private static void printRule(Enum<?> rule, String method, String sentence, PrintStream out) {
    out.println(String.format(Locale.ROOT, "%-22s %s", rule, method));
    out.println("    " + sentence);
  }

  /**
   * Explores all states of step 5, and prints the shortest history that breaks a promise.
   *
   * @param without the name of the rule that the store does not follow, or null if it follows all
   * @return 0 if no promise was broken, otherwise 1
   * @throws BadUsage if there is no such rule
   */
  public static int run(String without, PrintStream out) throws BadUsage {
    Set<Rule> rules = EnumSet.allOf(Rule.class);
    if (without != null) {
      rules.remove(rule(Rule.values(), without));
    }
    Bounds bounds = without == null ? WIDE : SHORT;
    announce(without, out);
    Result result = new Explorer(new Actions(rules, bounds)).explore();
    String limits = shown(bounds, "files", "merges");
    return report(result, without, limits, new Story(Story.LEGEND, out), out);
  }

  /** As {@link #run}, for the engine. */
  public static int runEngine(String without, PrintStream out) throws BadUsage {
    EngineRule rule = without == null ? null : rule(EngineRule.values(), without);
    Bounds bounds = ENGINE_WIDE;
    if (rule != null) {
      bounds = TWO_CRASHES.contains(rule) ? ENGINE_SHORT : ENGINE_ONE_CRASH;
    }
    announce(without, out);
    Result result = new Explorer(new EngineActions(rule, bounds)).explore();
    String limits = shown(bounds, "segments", "merges, hint files or closes");
    return report(result, without, limits, new Story(Story.ENGINE_LEGEND, out), out);
  }

  private static void announce(String without, PrintStream out) {
    if (without == null) {
      out.println("This takes up to a minute.");
      out.flush();
    }
  }

  private static int report(
      Result result, String without, String limits, Story story, PrintStream out) {
    String states = String.format(Locale.ROOT, "%,d states", result.states());
    if (result.history().isEmpty()) {
      String rule = without == null ? "" : "without " + without + ", ";
      out.println(rule + states + " of a store with two keys, " + limits);
      out.println("none breaks a promise");
      return 0;
    }
    out.println("without " + without + ", a promise is broken after " + states);
    out.println();
    story.print(result.history());
    return 1;
  }

  private static String shown(Bounds bounds, String files, String merges) {
    return String.format(
        Locale.ROOT,
        "up to %d puts or deletes, %d %s, %d %s and %d crashes:",
        bounds.changes(),
        bounds.files(),
        files,
        bounds.merges(),
        merges,
        bounds.crashes());
  }

  private static <E> E rule(E[] rules, String name) throws BadUsage {
    for (E rule : rules) {
      if (rule.toString().equals(name)) {
        return rule;
      }
    }
    throw new BadUsage("there is no rule \"" + name + "\"; list the rules with --rules");
  }
}
