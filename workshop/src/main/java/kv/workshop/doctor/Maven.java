package kv.workshop.doctor;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The checks of Maven. Maven itself is asked whether its repository is complete: no list of files
 * would follow its settings, its mirrors and the plugins that plugins load.
 */
final class Maven {
  /** Limit for a call, in seconds. A machine that needs longer is not ready. */
  private static final int LIMIT_SECONDS = 180;

  /** Length of the part of Maven's message that is shown. */
  private static final int MOST_CHARS = 300;

  /** A change of colour, which some versions print without colours too. */
  private static final Pattern COLOUR = Pattern.compile("\u001B\\[[0-9;]*m");

  private static final Pattern VERSION = Pattern.compile("Apache Maven ((\\d+)\\.(\\d+)[.\\w-]*)");
  private static final Pattern DISTRIBUTION = Pattern.compile("distributionUrl=.*/(.*)-bin\\.zip");
  private static final Pattern JAVA = Pattern.compile("Java version: ((\\d+)[.\\w+-]*)");

  /**
   * A build of every module that runs one test, so that every dependency and the plugins of tests
   * are needed. It packs nothing: on Windows, the jar of this program could not be replaced.
   */
  private static final List<String> OFFLINE =
      List.of(
          "-o",
          "-q",
          "-B",
          "test",
          "-Dtest=kv.step1.PutTest",
          "-Dsurefire.failIfNoSpecifiedTests=false");

  private static final String REMEDY =
      "with a network, run: mvn -q -B package -DskipTests, and mvn -B -pl step1-append test";

  private final Path folder;

  Maven(Path folder) {
    this.folder = folder.toAbsolutePath();
  }

  /** The end of a call: its exit code, or null at the limit, and its output. */
  record Result(Integer exitCode, String output) {}

  // ======== Version ========

  /** Checks Maven's version, and the version of the Java that it runs on. */
  Finding version() throws IOException {
    List<String> call = call();
    return call.isEmpty()
        ? Finding.wrong("there is no Maven; install version 3.8 or newer, so that mvn starts it")
        : judgeVersion(run(call, List.of("-version")).output());
  }

  static Finding judgeVersion(String output) {
    Matcher maven = VERSION.matcher(output);
    Matcher java = JAVA.matcher(output);
    if (!maven.find() || !java.find()) {
      return Finding.wrong("mvn -version prints no version: " + shortened(output));
    }
    String found = maven.group(1) + " on Java " + java.group(1);
    int major = Integer.parseInt(maven.group(2));
    if (major < 3 || major == 3 && Integer.parseInt(maven.group(3)) < 8) {
      return Finding.wrong(found + "; install Maven 3.8 or newer");
    }
    if (Integer.parseInt(java.group(2)) < Jdk.OLDEST) {
      return Finding.wrong(found + "; let JAVA_HOME name a JDK of version 17 or newer");
    }
    return Finding.ok(found);
  }

  // ======== Offline ========

  /** Checks that a build needs no network. */
  Finding offline() throws IOException {
    List<String> call = call();
    if (call.isEmpty() || !Build.check(folder).ok()) {
      return Finding.wrong("not checked, since the build or Maven is missing");
    }
    return judgeOffline(run(call, OFFLINE));
  }

  static Finding judgeOffline(Result result) {
    if (result.exitCode() == null) {
      return Finding.wrong(
          "mvn -o took more than " + LIMIT_SECONDS + " seconds; stop other programs");
    }
    return result.exitCode() == 0
        ? Finding.ok("mvn -o builds every module, and runs a test")
        : Finding.wrong("mvn -o fails; " + REMEDY + " (" + shortened(result.output()) + ")");
  }

  /** Returns the first error of an output, or its start, in one line. */
  private static String shortened(String output) {
    String line =
        output
            .lines()
            .map(each -> COLOUR.matcher(each).replaceAll(""))
            .filter(each -> each.startsWith("[ERROR] "))
            .findFirst()
            .orElse(output)
            .strip()
            .replaceAll("\\s+", " ");
    return line.length() <= MOST_CHARS ? line : line.substring(0, MOST_CHARS) + " ...";
  }

  // ======== Calling it ========

  /** Returns the command that starts Maven, or an empty list if it would have to be downloaded. */
  private List<String> call() throws IOException {
    boolean windows = System.getProperty("os.name").startsWith("Windows");
    String suffix = windows ? ".cmd" : "";
    List<String> call = new ArrayList<>(windows ? List.of("cmd", "/c") : List.of());
    if (isInstalled("mvn" + suffix)) {
      call.add("mvn" + suffix);
    } else if (isDownloaded()) {
      call.add(folder.resolve("mvnw" + suffix).toString());
    } else {
      call.clear();
    }
    return call;
  }

  private static boolean isInstalled(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .anyMatch(entry -> !entry.isBlank() && Files.exists(Path.of(entry, program)));
  }

  /** Returns whether the wrapper has already downloaded the Maven that the project names. */
  private boolean isDownloaded() throws IOException {
    Path settings = folder.resolve(".mvn").resolve("wrapper").resolve("maven-wrapper.properties");
    if (!Files.exists(settings)) {
      return false;
    }
    Matcher name = DISTRIBUTION.matcher(Files.readString(settings));
    Path downloads = Path.of(System.getProperty("user.home"), ".m2", "wrapper", "dists");
    return name.find() && Files.isDirectory(downloads.resolve(name.group(1)));
  }

  private Result run(List<String> call, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(call);
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> read(process));
    try {
      boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
      if (!ended) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join();
      }
      return new Result(ended ? process.exitValue() : null, output.join());
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    }
  }

  private static String read(Process process) {
    try {
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
