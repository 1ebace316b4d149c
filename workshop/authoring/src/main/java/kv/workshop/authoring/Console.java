/*
 * WHAT THIS FILE IS
 *
 * The transcripts of the project's texts. A console fence shows the commands that a reader types,
 * and the output of a real run:
 *
 *     $ java -jar workshop/target/workshop.jar dump work/demo/store.data
 *     ...                                               any number of lines
 *     the last record is torn
 *     $ jshell --class-path step2-scan/target/classes step2-scan/play.jsh
 *     store is open in /tmp/kv-step2-8253               differs from run to run (see Mask)
 *     try: put("os", "mac")   get("os")
 *
 *     jshell> get("os")
 *     $21 ==> "linux"
 *
 *     jshell> /exit
 *     |  Goodbye
 *
 * An output that matches the run is kept, with its cuts and with the parts that differ from run to
 * run. Otherwise the whole new output replaces it. In a session this is decided for each output, so
 * that a cut further down stays.
 *
 * NOT HERE, AND WHY
 *
 * The welcome of jshell, which says nothing about the course.
 */
package kv.workshop.authoring;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import kv.workshop.BadUsage;

/** Weaves the transcripts of one text. */
final class Console {
  /** Parts that differ from run to run, each with its replacement for the comparison of lines. */
  private enum Mask {
    TEMPORARY_FOLDER("\\S*[/\\\\]kv-step[1-5]-[0-9]+", "<temporary folder>"),
    DATE_OF_A_LOG_LINE(
        "^[A-Z][a-z]{2} [0-9]{1,2}, 20[0-9]{2},? [0-9]{1,2}:[0-9]{2}:[0-9]{2}\\h[AP]M\\b",
        "<date>"),
    TIME_OF_DAY("\\b[0-9]{2}:[0-9]{2}:[0-9]{2}\\b", "<time>"),
    MILLISECONDS("\\b[0-9][0-9,.]* ms\\b", "<time>"),
    ABOUT("\\babout [0-9][0-9,]*\\b", "about <number>"),
    IDENTITY_HASH("(?<=[\\w$\\]])@[0-9a-f]{5,8}\\b", "@<hash>"),
    SEPARATOR_ON_WINDOWS("\\\\(?=work\\b)|(?<=\\bwork\\S{0,99})\\\\", "/");

    private final Pattern pattern;
    private final String replacement;

    Mask(String pattern, String replacement) {
      this.pattern = Pattern.compile(pattern);
      this.replacement = replacement;
    }

    static String all(String line) {
      String masked = line;
      for (Mask mask : values()) {
        masked = mask.pattern.matcher(masked).replaceAll(mask.replacement);
      }
      return masked;
    }

    /** Masks all lines of an output, including the salted fields. */
    static List<String> all(List<String> lines) {
      return Salted.mask(lines).stream().map(Mask::all).toList();
    }
  }

  /** In an output, stands for any number of lines. */
  private static final String ANY_LINES = "...";

  private static final String COMMAND = "$ ";
  private static final String PROMPT = "jshell> ";
  private static final String CONTINUATION = "   ...> ";

  private final Sandbox sandbox;

  /** A console whose commands are run in a sandbox. */
  Console(Sandbox sandbox) {
    this.sandbox = sandbox;
  }

  /**
   * Weaves a transcript: runs its commands.
   *
   * @param shown the lines of a console fence
   * @param exit the expected exit code of its commands
   * @throws BadUsage if a text may not show a command, or it ends with another exit code
   */
  List<String> weave(List<String> shown, int exit) throws IOException, BadUsage {
    List<String> woven = new ArrayList<>();
    for (List<String> part : commands(shown)) {
      String command = part.get(0).substring(COMMAND.length());
      List<String> output = trim(part.subList(1, part.size()));
      woven.add(part.get(0));
      if (Sandbox.isTool(command)) {
        woven.addAll(keep(output, sandbox.runTool(command, exit)));
      } else if (Sandbox.isJShell(command)) {
        woven.addAll(session(command, output));
      } else if (Sandbox.isCopy(command)) {
        sandbox.copyFolder(command);
      } else if (Network.isServer(command)) {
        woven.addAll(keep(output, sandbox.network().start(command, exit)));
      } else if (Network.isClient(command)) {
        woven.addAll(keep(output, sandbox.network().talk(command, output)));
      } else {
        sandbox.check().command(command);
        if (!output.isEmpty()) {
          throw new BadUsage(
              "\"" + command + "\" is not run by the tests, so its output must not be shown");
        }
      }
    }
    return woven;
  }

  /** Weaves a jshell session, output by output. {@code shown} begins below the command. */
  private List<String> session(String command, List<String> shown) throws IOException, BadUsage {
    List<String> typed = shown.stream().filter(Console::isTyped).toList();
    if (typed.isEmpty() || !typed.get(typed.size() - 1).equals(PROMPT + "/exit")) {
      throw new BadUsage("the last line typed into jshell must be /exit");
    }
    List<String> actual =
        sandbox.runJShell(
            command, typed.stream().map(line -> line.substring(PROMPT.length())).toList());
    List<String> prompts = actual.stream().filter(Console::isTyped).toList();
    if (prompts.size() != typed.size()) {
      throw new BadUsage(
          typed.size()
              + " lines are typed, and jshell shows "
              + prompts.size()
              + ": is there an /exit too early, or a prompt in an output?");
    }
    List<List<String>> shownOutputs = outputs(shown);
    List<List<String>> actualOutputs = outputs(actual);
    List<String> woven = new ArrayList<>();
    for (int i = 0; i <= prompts.size(); i++) {
      woven.addAll(keep(shownOutputs.get(i), actualOutputs.get(i)));
      if (i < prompts.size()) {
        if (prompts.get(i).startsWith(PROMPT) && !woven.isEmpty()) {
          woven.add("");
        }
        woven.add(prompts.get(i));
      }
    }
    return woven;
  }

  private static boolean isTyped(String line) {
    return line.startsWith(PROMPT) || line.startsWith(CONTINUATION);
  }

  /** Returns the outputs before, between and after the typed lines, without blank ends. */
  private static List<List<String>> outputs(List<String> session) {
    List<List<String>> outputs = new ArrayList<>();
    outputs.add(new ArrayList<>());
    for (String line : session) {
      if (isTyped(line)) {
        outputs.add(new ArrayList<>());
      } else {
        outputs.get(outputs.size() - 1).add(line);
      }
    }
    outputs.replaceAll(Console::trim);
    return outputs;
  }

  /** Returns the commands, each with its output. */
  private static List<List<String>> commands(List<String> lines) throws BadUsage {
    List<List<String>> commands = new ArrayList<>();
    for (String line : lines) {
      if (line.startsWith(COMMAND)) {
        commands.add(new ArrayList<>());
      } else if (commands.isEmpty()) {
        throw new BadUsage(
            "a console fence must start with a command: \"" + COMMAND + "\" and words");
      }
      commands.get(commands.size() - 1).add(line);
    }
    return commands;
  }

  /** Returns the shown lines if they match the actual ones, otherwise the actual lines. */
  static List<String> keep(List<String> shown, List<String> actual) {
    if (matches(shown, actual)) {
      return shown;
    }
    // Without the masks for salts: all lines of a dump must have one salt.
    Map<String, String> known = new HashMap<>();
    shown.forEach(line -> known.put(Mask.all(line), line));
    return actual.stream().map(line -> known.getOrDefault(Mask.all(line), line)).toList();
  }

  private static boolean matches(List<String> shown, List<String> actual) {
    List<String> rest = Mask.all(actual);
    List<String> part = new ArrayList<>();
    boolean first = true;
    for (String line : Mask.all(shown)) {
      if (!line.equals(ANY_LINES)) {
        part.add(line);
        continue;
      }
      int at = Collections.indexOfSubList(rest, part);
      if (at < 0 || first && at > 0) {
        return false;
      }
      rest = rest.subList(at + part.size(), rest.size());
      part.clear();
      first = false;
    }
    return first ? rest.equals(part) : endsWith(rest, part);
  }

  private static boolean endsWith(List<String> lines, List<String> end) {
    return lines.size() >= end.size()
        && lines.subList(lines.size() - end.size(), lines.size()).equals(end);
  }

  /** Returns the lines without the blank ones at their end. */
  static List<String> trim(List<String> lines) {
    int size = lines.size();
    while (size > 0 && lines.get(size - 1).isBlank()) {
      size--;
    }
    return lines.subList(0, size);
  }
}
