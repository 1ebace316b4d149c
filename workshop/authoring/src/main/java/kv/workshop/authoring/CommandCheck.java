/*
 * WHAT THIS FILE IS
 *
 * The check of commands that a text shows and the tests do not run. Maven, git, cd and the
 * benchmarks take too long or need a network. The files, modules and tests that such a command
 * names have to exist.
 */
package kv.workshop.authoring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import kv.workshop.BadUsage;
import kv.workshop.Folders;
import kv.workshop.Project;

/** Checks commands without running them. */
final class CommandCheck {
  private final Project project;
  private final Sandbox sandbox;

  /** Folders that a git clone in the text would create: a cd to one of them goes nowhere. */
  private final Set<String> clones = new HashSet<>();

  CommandCheck(Project project, Sandbox sandbox) {
    this.project = project;
    this.sandbox = sandbox;
  }

  /**
   * Checks that the files, modules and tests exist that a command names.
   *
   * @throws BadUsage if one is missing, or if a text may not show the command
   */
  void command(String command) throws IOException, BadUsage {
    List<String> words = Words.of(command);
    switch (words.get(0)) {
      case "mvn":
      case "./mvnw":
        checkMaven(words);
        break;
      case "cd":
        checkCd(words);
        break;
      case "git":
        if (words.size() > 2 && words.get(1).equals("clone")) {
          clones.add(words.get(2).replaceFirst(".*/", "").replaceFirst("\\.git$", ""));
          break;
        }
        files(command);
        break;
      case "java":
      case "jshell":
      case "nutcracker":
        files(command);
        break;
      case "curl":
      case "nc":
      case "redis-cli":
      case "redis-benchmark":
        break;
      default:
        throw new BadUsage(
            "\"" + command + "\" is not a command that a text may show: see CommandCheck.java");
    }
  }

  private void checkCd(List<String> words) throws BadUsage {
    String target = words.get(words.size() - 1);
    if (clones.contains(target)) {
      return;
    }
    Path next = sandbox.folder().resolve(target).normalize();
    if (words.size() != 2 || !sandbox.contains(next) || !Files.isDirectory(next)) {
      throw new BadUsage("there is no folder " + target);
    }
    sandbox.goTo(next);
  }

  private void checkMaven(List<String> words) throws IOException, BadUsage {
    List<String> modules = modules();
    if (words.contains("-pl")) {
      List<String> chosen = Arrays.asList(Words.after("-pl", words).split(","));
      for (String module : chosen) {
        if (!modules.contains(module)) {
          throw new BadUsage("there is no module " + module + " in pom.xml");
        }
      }
      modules = chosen;
    }
    for (String word : words) {
      if (word.startsWith("-Dtest=")) {
        for (String test : word.substring("-Dtest=".length()).split(",")) {
          checkTest(test, modules);
        }
      }
    }
  }

  private List<String> modules() throws IOException {
    return Pattern.compile("<module>(.*?)</module>")
        .matcher(Files.readString(project.folder().resolve("pom.xml")))
        .results()
        .map(result -> result.group(1))
        .toList();
  }

  /** Checks that one of the modules has a test, {@code GetTest} or {@code GetTest#findsIt}. */
  private void checkTest(String test, List<String> modules) throws IOException, BadUsage {
    String file = test.replaceFirst("#.*", "") + ".java";
    String method = test.contains("#") ? " " + test.replaceFirst(".*#", "") + "(" : "";
    for (String module : modules) {
      Path tests = project.folder().resolve(module).resolve("src/test/java");
      for (Path path : Folders.files(tests, path -> path.endsWith(file))) {
        if (Files.readString(path).contains(method)) {
          return;
        }
      }
    }
    throw new BadUsage("there is no test " + test + " in " + String.join(", ", modules));
  }

  /** Checks that the files exist that a command names: its words with a slash in them. */
  void files(String command) throws IOException, BadUsage {
    for (String word : Words.of(command)) {
      if (word.contains("/")
          && !word.startsWith("-")
          && !Files.exists(sandbox.folder().resolve(word))
          && !Files.exists(project.folder().resolve(word))
          && !isBuilt(word)) {
        throw new BadUsage("\"" + command + "\" names " + word + ", which does not exist");
      }
    }
  }

  /** Returns whether a build creates a file: it need not exist yet when the tests run. */
  private boolean isBuilt(String name) throws IOException {
    int target = name.indexOf("/target/");
    if (target < 0) {
      return false;
    }
    Path pom = project.folder().resolve(name.substring(0, target)).resolve("pom.xml");
    String jar = name.replaceFirst(".*/", "").replaceFirst("\\.jar$", "");
    return Files.exists(pom)
        && Files.readString(pom).contains("<finalName>" + jar + "</finalName>");
  }
}
