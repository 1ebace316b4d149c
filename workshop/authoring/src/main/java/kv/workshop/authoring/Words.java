package kv.workshop.authoring;

import java.util.Arrays;
import java.util.List;
import kv.workshop.BadUsage;

/** A command line as words. No shell interprets it: no shell is available to all readers. */
final class Words {
  private Words() {}

  static String after(String option, List<String> words) throws BadUsage {
    int at = words.indexOf(option) + 1;
    if (at == words.size()) {
      throw new BadUsage("option " + option + " has no value");
    }
    return words.get(at);
  }

  static List<String> of(String command) throws BadUsage {
    if (command.matches(".*[|<>&;*?~'\"`\\\\].*")) {
      throw new BadUsage("\"" + command + "\" needs a shell, and not every reader has the same");
    }
    return Arrays.stream(command.strip().split(" +")).filter(word -> !word.isEmpty()).toList();
  }
}
