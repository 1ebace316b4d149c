/*
 * WHAT THIS FILE IS
 *
 * The verdict of a store on a damaged copy of itself. The store of the step opens the copy, so the
 * verdict is that of its own recovery, and not of a second one here.
 *
 *     refused   the open failed, with this message
 *     whole     all records are there
 *     prefix    the first n records are there
 *     unread    step 1 opened the copy, which is damaged: it never reads
 *     failed-read   the store opened, and a read found the damage: the engine does not read what
 *               hint files describe
 *     other     the contents are not those after any number of records
 */
package kv.workshop.scope;

import java.io.IOException;
import java.nio.file.Path;
import kv.workshop.Json;
import kv.workshop.Project;

/** Opens a copy with the store of a step, and compares it with the original. */
final class Verdict {
  /** Largest number of keys of each kind in a verdict. */
  private static final int MOST_KEYS = 20;

  private final int step;
  private final History before;

  private Verdict(int step, History before) {
    this.step = step;
    this.before = before;
  }

  /**
   * Returns the verdict as JSON.
   *
   * @param original a folder with the undamaged files
   * @param copy a folder with the damaged files, which the open changes
   * @param shown the folder to name in messages in place of the copy
   */
  static String of(int step, Path original, Path copy, String shown) throws IOException {
    return new Verdict(step, History.read(original)).open(copy, shown);
  }

  private String open(Path copy, String shown) throws IOException {
    boolean clean = step > 1 || isClean(copy);
    History.Contents contents = new History.Contents();
    boolean opened = false;
    try (StepStore store = StepStore.open(step, copy)) {
      opened = true;
      if (step > 1) {
        store.forEach(contents);
      }
    } catch (IOException e) {
      String message = String.valueOf(e.getMessage()).replace(copy.toString(), shown);
      if (!opened) {
        String sentence = name() + " refuses the copy. It changes nothing in it.";
        return json("refused", 0, message, History.Differences.NONE, sentence);
      }
      String sentence = name() + " opens the copy, and a read of the damaged record fails.";
      History.Differences differences = before.differencesOf(contents, MOST_KEYS);
      return json("failed-read", 0, message, differences, sentence);
    }
    int there = History.read(copy).records();
    if (step == 1) {
      return ofStep1(clean, there);
    }
    int prefix = before.prefixOf(contents, there);
    History.Differences differences = before.differencesOf(contents, MOST_KEYS);
    int all = before.records();
    if (prefix == all) {
      return json("whole", all, null, differences, name() + " opens the copy with all records.");
    }
    if (prefix < 0) {
      String sentence = name() + " opens the copy, with contents that the store never had.";
      return json("other", there, null, differences, sentence);
    }
    String count = prefix == 1 ? "the first" : "the first " + prefix;
    String first = prefix == 0 ? "no record" : count + " of " + all + " records";
    String sentence = name() + " opens the copy with " + first + ".";
    return json("prefix", prefix, null, differences, sentence);
  }

  private String ofStep1(boolean clean, int there) {
    if (!clean) {
      String sentence = "Step 1 opens the copy without reading it, and does not see the damage.";
      return json("unread", there, null, History.Differences.NONE, sentence);
    }
    boolean all = there == before.records();
    String count = all ? "all records" : there + " of " + before.records() + " records";
    String sentence = "Step 1 opens the copy without reading it. It contains " + count + ".";
    return json(all ? "whole" : "prefix", there, null, History.Differences.NONE, sentence);
  }

  private static boolean isClean(Path copy) throws IOException {
    StoreFiles files = new StoreFiles(copy, 1);
    files.update(0);
    return files.all().stream().allMatch(data -> StoreDamage.of(files, data).isEmpty());
  }

  private String name() {
    return step == Project.ENGINE ? "The engine" : "Step " + step;
  }

  private String json(
      String verdict,
      int records,
      String message,
      History.Differences differences,
      String sentence) {
    Json json = new Json().object().field("verdict", verdict).field("records", records);
    json.field("of", before.records()).field("message", message);
    json.array("lost", differences.lost(), Verdict::add);
    json.array("older", differences.older(), Verdict::add);
    json.array("back", differences.back(), Verdict::add);
    return json.field("sentence", sentence).end().toString();
  }

  private static void add(Json array, Key key) {
    array.string(key.text());
  }
}
