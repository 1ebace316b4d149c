/*
 * WHAT THIS FILE IS
 *
 * The commands hint and solution: help with an exercise, in small portions.
 */
package kv.workshop;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import kv.workshop.Members.Member;

/** Helps with an exercise. */
final class Hints {
  private Hints() {}

  /**
   * Prints one of an exercise's hints.
   *
   * @throws BadUsage if there is no such exercise or hint
   */
  static int hint(Project project, String number, String hint, PrintStream out)
      throws IOException, BadUsage {
    Exercise exercise = Exercise.of(project, number);
    int count = exercise.hints().size();
    if (!hint.matches("[1-9]") || Integer.parseInt(hint) > count) {
      throw new BadUsage(
          String.format(
              Locale.ROOT,
              "exercise %s has no hint \"%s\": its hints are 1 to %d",
              exercise.number(),
              hint,
              count));
    }
    int k = Integer.parseInt(hint);
    out.print("Exercise " + exercise.number() + ", hint " + k + " of " + count + ":" + "\n");
    out.print("\n");
    out.print(exercise.hints().get(k - 1) + "\n");
    out.print("\n");
    out.print(
        k < count
            ? "next hint: hint " + exercise.number() + " " + (k + 1) + "\n"
            : "the course's code: solution " + exercise.number() + "\n");
    return 0;
  }

  /**
   * Prints the course's own code for an exercise.
   *
   * @throws BadUsage if there is no such exercise
   */
  static int solution(Project project, String number, PrintStream out)
      throws IOException, BadUsage {
    Exercise exercise = Exercise.of(project, number);
    if (exercise.extendsStep()) {
      out.print("From " + project.folder().relativize(exercise.patch()) + ":" + "\n");
      out.print("\n");
      out.print(Files.readString(exercise.patch()));
      return 0;
    }
    for (Path file : Project.javaFiles(project.mainSources(exercise.chapter()))) {
      for (Member member : Members.of(file)) {
        if (exercise.members().contains(member.name())) {
          out.print("From " + project.folder().relativize(file) + ":" + "\n");
          out.print("\n");
          out.print(member.text() + "\n");
          out.print("\n");
        }
      }
    }
    return 0;
  }
}
