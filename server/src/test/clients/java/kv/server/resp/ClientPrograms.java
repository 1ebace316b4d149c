package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs of the operating system and of npm that tests run. A missing one is a failure. */
final class ClientPrograms {
  /** Maximum time in seconds for a program that is not given another. */
  static final int PATIENCE = 120;

  /**
   * The end of a program.
   *
   * @param output its output on both standard streams
   */
  record Result(int status, String output) {
    /** Returns the output of a program that must end with status 0. */
    String checked() {
      assertEquals(0, status, output);
      return output;
    }
  }

  private ClientPrograms() {}

  /** Fails if a program is not installed, and names Debian's package that contains it. */
  static void require(String program, String debianPackage) {
    for (String folder : (System.getenv("PATH") + ":/usr/sbin").split(":")) {
      if (Files.isExecutable(Path.of(folder, program))) {
        return;
      }
    }
    throw new AssertionError(
        program + " is not installed; on Debian: apt-get install " + debianPackage);
  }

  /** Runs a program to its end, and returns its output. */
  static String output(String... command) throws IOException, InterruptedException {
    return run(PATIENCE, null, command).checked();
  }

  /** Runs a program to its end. */
  static Result run(int seconds, String input, String... command)
      throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("program");
    Path out = folder.resolve("out");
    Path in = folder.resolve("in");
    Process process = null;
    try {
      Files.writeString(in, input == null ? "" : input, StandardCharsets.ISO_8859_1);
      process =
          new ProcessBuilder(command)
              .redirectInput(in.toFile())
              .redirectErrorStream(true)
              .redirectOutput(out.toFile())
              .start();
      if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
        throw new AssertionError(
            List.of(command) + " did not end within " + seconds + " s: " + Files.readString(out));
      }
      String output = new String(Files.readAllBytes(out), StandardCharsets.ISO_8859_1);
      return new Result(process.exitValue(), output);
    } finally {
      if (process != null) {
        process.destroyForcibly().waitFor();
      }
      Files.deleteIfExists(in);
      Files.deleteIfExists(out);
      Files.delete(folder);
    }
  }
}
