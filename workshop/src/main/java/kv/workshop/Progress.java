/*
 * WHAT THIS FILE IS
 *
 * The reader's progress: the last verdict of check on each exercise, kept in work/progress.txt.
 *
 * LAYOUT of progress.txt
 *
 *     1.1  done              5f0c1b2a99e04d17     exercise, verdict, hash of the files it was on
 *     1.2  wrong             c3a8e0d1f2b45960
 *
 * INVARIANT: a verdict counts only while the files have that hash, the reader's and the tests. Work
 * that changed since is "not checked", so a file that is lost, old or edited by hand never claims
 * that unfinished work is done.
 */
package kv.workshop;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import kv.workshop.Check.Verdict;

/** Keeps and shows the verdicts on the exercises. */
public final class Progress {
  private static final String HEAD =
      """
      # The last verdict of check on each exercise, and a hash of the files that it was on.
      # A verdict counts only while these files are unchanged.
      """;

  private static final int HASH_CHARS = 16;

  /** Number of exercises in a line of 80 columns. */
  private static final int IN_A_LINE = 3;

  private Progress() {}

  // ======== The command ========

  /** Prints the number of exercises that are done, and the verdicts of each chapter. */
  static int print(Project project, PrintStream out) throws IOException, BadUsage {
    Map<String, Verdict> verdicts = verdicts(project);
    out.print(summary(verdicts) + "\n\n");
    for (int chapter = 1; chapter <= Project.MODULES; chapter++) {
      List<String> cells = new ArrayList<>();
      String prefix = chapter + ".";
      verdicts.forEach(
          (number, verdict) -> {
            if (number.startsWith(prefix)) {
              cells.add(String.format(Locale.ROOT, "  %s %-16s", number, verdict.words()));
            }
          });
      for (int i = 0; i < cells.size(); i += IN_A_LINE) {
        String name = i == 0 ? "chapter " + chapter : " ".repeat("chapter 1".length());
        String line = String.join("", cells.subList(i, Math.min(i + IN_A_LINE, cells.size())));
        out.print(name + line.stripTrailing() + "\n");
      }
    }
    out.print("my store   " + verdict(Exercise.mine(project)).words() + "\n");
    return 0;
  }

  /** Returns the number of exercises that are done, as in "8 of 27 done". */
  static String summary(Project project) throws IOException, BadUsage {
    return summary(verdicts(project));
  }

  private static String summary(Map<String, Verdict> verdicts) {
    long done = verdicts.values().stream().filter(verdict -> verdict == Verdict.DONE).count();
    return done + " of " + verdicts.size() + " done";
  }

  /** Returns the verdicts on all exercises in words, by their numbers, in order. */
  public static Map<String, String> words(Project project) throws IOException, BadUsage {
    Map<String, String> words = new LinkedHashMap<>();
    verdicts(project).forEach((number, verdict) -> words.put(number, verdict.words()));
    return words;
  }

  /** Returns the verdicts on all exercises by their numbers, in order. */
  private static Map<String, Verdict> verdicts(Project project) throws IOException, BadUsage {
    Map<String, Verdict> verdicts = new LinkedHashMap<>();
    for (String number : Exercise.numbers(project)) {
      verdicts.put(number, verdict(Exercise.of(project, number)));
    }
    return verdicts;
  }

  // ======== The verdicts ========

  /** Returns the verdict on an exercise, as far as it is known without a run of its tests. */
  static Verdict verdict(Exercise exercise) throws IOException {
    if (!Files.isDirectory(exercise.workSources())) {
      return Verdict.NOT_STARTED;
    }
    if (!Exercise.blanks(exercise.workSources()).isEmpty()) {
      return Verdict.NOT_DONE;
    }
    String hash = hash(exercise);
    String line = lines(exercise.project()).getOrDefault(exercise.number(), "");
    for (Verdict verdict : Verdict.values()) {
      if (line.equals(line(exercise, verdict, hash))) {
        return verdict;
      }
    }
    return Verdict.NOT_CHECKED;
  }

  /**
   * Stores the verdict of a check.
   *
   * @param hash of the files, taken before they were compiled
   */
  static void store(Exercise exercise, Verdict verdict, String hash) throws IOException {
    Map<String, String> lines = lines(exercise.project());
    lines.put(exercise.number(), line(exercise, verdict, hash));
    Path file = file(exercise.project());
    Path whole = Files.createTempFile(file.getParent(), "progress", ".tmp");
    Files.writeString(whole, HEAD + String.join("\n", lines.values()) + "\n");
    Files.move(whole, file, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Returns a hash of the names and contents of the files that a check of an exercise compiles. */
  static String hash(Exercise exercise) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
    List<Path> files = new ArrayList<>(Project.javaFiles(exercise.workSources()));
    files.addAll(exercise.testFiles());
    for (Path file : files) {
      byte[] contents = Files.readAllBytes(file);
      String head = file.getFileName() + " " + contents.length + "\n";
      digest.update(head.getBytes(StandardCharsets.UTF_8));
      digest.update(contents);
    }
    return HexFormat.of().formatHex(digest.digest()).substring(0, HASH_CHARS);
  }

  // ======== The file ========

  private static Path file(Project project) {
    return project.folder().resolve("work").resolve("progress.txt");
  }

  private static String line(Exercise exercise, Verdict verdict, String hash) {
    return String.format(Locale.ROOT, "%-4s %-16s  %s", exercise.number(), verdict.words(), hash);
  }

  /** Returns the lines of the file by their exercises; none if there is no file. */
  private static Map<String, String> lines(Project project) throws IOException {
    Map<String, String> lines = new TreeMap<>();
    Path file = file(project);
    if (Files.exists(file)) {
      String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      text.lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .forEach(line -> lines.put(line.split(" ")[0], line.stripTrailing()));
    }
    return lines;
  }
}
