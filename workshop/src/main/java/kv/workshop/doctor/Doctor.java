/*
 * WHAT THIS FILE IS
 *
 * The command doctor: one line for each check, in about a minute. It downloads nothing,
 * needs only the workshop's jar, and deletes the only file that it creates. The offline build
 * compiles the files that changed, as every build does.
 *
 *     JDK      ok: 17.0.15
 *     Maven    ok: 3.9.16 on Java 17.0.15
 *     build    ok: all modules are built
 *     offline  ok: mvn -o builds every module, and runs a test
 *     space    ok: 120 GiB free
 *     disk     ok: 1,900 fsyncs a second, 410 MiB a second
 *     noise    WRONG: 35 % more time for the same work; close programs, and plug in
 *     ports    ok: all 13 are free
 *     1 of 8 checks found something wrong.
 *
 * The checks come in the order in which their problems have to be solved.
 */
package kv.workshop.doctor;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Checks whether a machine is ready for the course. */
public final class Doctor {
  /** A check of the machine. */
  interface Check {
    Finding run() throws IOException;
  }

  private Doctor() {}

  /**
   * Runs all checks, and prints a line for each.
   *
   * @param folder the project's folder
   * @return 0 if all is well, otherwise 1
   */
  public static int run(Path folder, PrintStream out) {
    return run(checks(folder), out);
  }

  /** Returns the checks by name, in order. */
  static Map<String, Check> checks(Path folder) {
    Maven maven = new Maven(folder);
    Map<String, Check> checks = new LinkedHashMap<>();
    checks.put("JDK", Jdk::check);
    checks.put("Maven", maven::version);
    checks.put("build", () -> Build.check(folder));
    checks.put("offline", maven::offline);
    checks.put("space", () -> Disk.space(folder));
    checks.put("disk", () -> Disk.speed(folder));
    checks.put("noise", Noise::check);
    checks.put("ports", Ports::check);
    return checks;
  }

  static int run(Map<String, Check> checks, PrintStream out) {
    int wrong = 0;
    for (Map.Entry<String, Check> check : checks.entrySet()) {
      // The name first: a check can take seconds.
      out.print(String.format(Locale.ROOT, "%-8s ", check.getKey()));
      out.flush();
      Finding finding = find(check.getValue());
      out.print((finding.ok() ? "ok: " : "WRONG: ") + finding.text() + "\n");
      wrong += finding.ok() ? 0 : 1;
    }
    out.print(
        wrong == 0
            ? "This machine is ready.\n"
            : wrong + " of " + checks.size() + " checks found something wrong.\n");
    return wrong == 0 ? 0 : 1;
  }

  private static Finding find(Check check) {
    try {
      return check.run();
    } catch (IOException e) {
      return Finding.wrong("the check failed: " + e);
    }
  }
}
