/*
 * WHAT THIS FILE IS
 *
 * The turns of phrase that this project does not use, each with the idiom that replaces it. They are
 * searched in comments, strings, names of tests and texts alike.
 *
 * A phrase is often broken by the end of a line, so a file is read as running text first: the lines
 * of a comment, a paragraph or a concatenated string follow each other without their marks.
 *
 *     // The place     behind
 *     // the seal.     "The place behind the seal."
 *
 * NOT HERE, AND WHY
 *
 * Grammar. A pattern finds words; a reviewer finds the rest.
 */
package kv.workshop.authoring;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Finds turns of phrase to avoid. */
final class Voice {
  /** A turn of phrase, and the idiom that replaces it. */
  record Rule(String name, Pattern pattern, String idiom) {}

  /** An occurrence of a rule's phrase. */
  record Hit(String file, int line, Rule rule, String excerpt) {
    @Override
    public String toString() {
      return file + ":" + line + ": [" + rule.name + "] " + excerpt + " -> " + rule.idiom;
    }
  }

  /** The rest of a sentence that is not a question. */
  private static final String NO_QUESTION = "(?![^.?!;\n]*\\?)";

  /** The rules for running text. */
  private static final List<Rule> IN_TEXT =
      List.of(
          rule(
              "is no, is none",
              "\\b(?:is|are|was|were|be)(?<!there (?:is|are|was|were|be))"
                  + " (?:(?-i:no) (?!longer|more\\b|less\\b|such\\b|better\\b|worse\\b|other\\b)\\w"
                  + "|none\\b)",
              "is not a ..., there is none"),
          rule(
              "behind",
              "\\bbehind\\b(?! (?:a |an |the |one )?(?:\\w+ )?"
                  + "(?:\\w*proxy|twemproxy|load balancer|firewall))",
              "after, past, following"),
          rule(
              "preposition + what",
              "\\b(?:of|with|to|than|for|in|on|from|by|at|all|into|is|was) what\\b" + NO_QUESTION,
              "a noun"),
          rule("nobody", "\\b(?:nobody|somebody|whoever|whatever|no one)\\b", "the actor"),
          rule(
              "bare who",
              "(?:(?<=[.;:(] )|^)who (?!am\\b)\\w+s\\b"
                  + NO_QUESTION
                  + "|\\b(?:for|of|to|by|than) who\\b"
                  + NO_QUESTION,
              "a program that ..., anyone who"),
          rule(
              "told of",
              "\\b(?:told (?:of|that|whether|when|what)|tells? (?:of|whether))\\b",
              "receives, is called with, reports, returns whether"),
          rule("so many", "\\bso (?:many|much)\\b", "n, the given number"),
          rule(
              "any more",
              "\\b(?:any more\\b(?! than)|anew\\b|meanwhile\\b)",
              "no longer; again; while"),
          rule(
              "has left",
              "\\b(?:has|have|had) left\\b|\\b(?:was|were) found to\\b",
              "simple past or a noun"),
          rule(
              "gives free",
              "\\b(?:giv(?:e|es|en|ing)|gave) free\\b|\\bt(?:ake|akes|ook|aken|aking) away\\b"
                  + "|\\bse(?:e|es|en|eing) to it\\b",
              "releases, removes, ensures"),
          rule(
              "but for",
              // The look back comes last: first, it would be tried at every character.
              "\\bbut for\\b(?<!\\bnot\\b[^.\n]{0,60}but for)|\\bbesides\\b"
                  + "|\\ball the same\\b(?<!\\b(?:is|are|was|were|be) all the same)"
                  + "|\\bbe had\\b|\\bwholly\\b|\\bone time\\b",
              "except, also, anyway, available, entirely, once"),
          rule("mend, wound", "\\b(?:un)?mend(?:s|ed|ing)?\\b|\\bwound(?:s|ed)?\\b", "fix, fault"),
          rule(
              "stands in",
              "\\bst(?:and|ands|ood) (?:in|at|there|here)\\b(?! for\\b)",
              "is stored in, appears at"),
          rule("it may be that", "\\bit may be that\\b|\\bas it is when\\b", "a direct statement"),
          rule("the one, the other", "\\bthe one\\b[^.\n]{0,80}\\bthe other\\b", "name both"));

  /** The rules for the beginning of a comment, with its marks. */
  private static final List<Rule> IN_SOURCE =
      List.of(
          new Rule(
              "/** What",
              Pattern.compile(
                  "(?m)(?:/\\*\\*|^ *\\*|//) (?:What|Who) (?!this file is|breaks|changed)"
                      + NO_QUESTION),
              "a noun phrase or a verb"),
          new Rule(
              "Javadoc question",
              Pattern.compile(
                  "/\\*\\* (?:(?:Is|Are|Does|Do|Can|May|Was|Has)\\b"
                      // On a field, "Whether ..." is a noun phrase; on a method it is a question.
                      + "|Whether\\b(?:[^*]|\\*(?!/))*\\*/(?:\\s*@\\w+(?:\\([^)]*\\))?)*"
                      + "[^=;{/]*?\\()"),
              "Returns whether ..."));

  private static final Pattern TEST_NAME = Pattern.compile("\\bvoid ([a-z]\\w*)\\(");

  private Voice() {}

  private static Rule rule(String name, String phrase, String idiom) {
    return new Rule(name, Pattern.compile(phrase, Pattern.CASE_INSENSITIVE), idiom);
  }

  /** Returns all rules. */
  static List<Rule> rules() {
    List<Rule> rules = new ArrayList<>(IN_TEXT);
    rules.addAll(IN_SOURCE);
    return rules;
  }

  /** Returns the occurrences in a file. */
  static List<Hit> hits(String file, String source) {
    List<Hit> hits = new ArrayList<>();
    Running running = new Running(source, file.endsWith(".patch"));
    for (Rule rule : IN_TEXT) {
      String text = running.text.toString();
      rule.pattern
          .matcher(text)
          .results()
          .forEach(m -> hits.add(hit(file, running.lines.get(m.start()), rule, text, m)));
    }
    if (file.endsWith(".java")) {
      for (Rule rule : IN_SOURCE) {
        rule.pattern
            .matcher(source)
            .results()
            .forEach(m -> hits.add(hit(file, lineOf(source, m.start()), rule, source, m)));
      }
      TEST_NAME
          .matcher(source)
          .results()
          .forEach(m -> addHitsOfName(file, lineOf(source, m.start()), m.group(1), hits));
    }
    return hits;
  }

  private static void addHitsOfName(String file, int line, String name, List<Hit> hits) {
    String words =
        name.replace('_', ' ').replaceAll("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ");
    String text = words.toLowerCase(Locale.ROOT);
    for (Rule rule : IN_TEXT) {
      if (rule.pattern.matcher(text).find()) {
        hits.add(new Hit(file, line, rule, name));
      }
    }
  }

  private static Hit hit(String file, int line, Rule rule, String text, MatchResult match) {
    int from = Math.max(text.lastIndexOf('\n', match.start()) + 1, match.start() - 30);
    int end = text.indexOf('\n', match.end());
    int to = Math.min(end < 0 ? text.length() : end, match.end() + 30);
    return new Hit(file, line, rule, text.substring(from, to).replaceAll("\\s+", " ").strip());
  }

  private static int lineOf(String source, int at) {
    return 1 + (int) source.substring(0, at).chars().filter(c -> c == '\n').count();
  }

  /** A file as running text. A blank line stays a line break, which ends a phrase. */
  private static final class Running {
    private static final Pattern MARKS =
        Pattern.compile("^\\s*(?:/\\*+(?!/)|\\*(?!/)|//+|#+|>)?\\s*|\\s*(?:\\*/)?\\s*$");

    private final StringBuilder text = new StringBuilder();

    /** The number of the line that each character of the text comes from. */
    private final List<Integer> lines = new ArrayList<>();

    Running(String source, boolean patch) {
      int number = 0;
      for (String line : source.split("\n", -1)) {
        number++;
        String content = patch && !line.isEmpty() ? line.substring(1) : line;
        append(MARKS.matcher(content).replaceAll(""), number);
      }
    }

    private void append(String line, int number) {
      int length = text.length();
      boolean string = line.startsWith("+ \"") && length > 0 && text.charAt(length - 1) == '"';
      if (string) {
        text.setLength(length - 1);
        lines.remove(length - 1);
      }
      String piece = line.isEmpty() ? "\n" : string ? line.substring(3) : line;
      if (!string && length > 0 && !line.isEmpty() && text.charAt(length - 1) != '\n') {
        piece = " " + piece;
      }
      text.append(piece);
      for (int i = 0; i < piece.length(); i++) {
        lines.add(number);
      }
    }
  }
}
