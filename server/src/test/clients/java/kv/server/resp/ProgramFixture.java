package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;

/** A server for client programs. It restarts when a program prints "restart". */
abstract class ProgramFixture extends ClientFixture {
  static final Path PROGRAMS = Path.of("src/test/clients");

  /** Maximum time in seconds for a program. Programs end themselves before that. */
  private static final int PATIENCE = 90;

  @TempDir Path work;

  /** Runs a program that has to succeed, and to restart the server once. */
  void runWithRestart(Path folder, String... command) throws IOException, InterruptedException {
    List<String> lines = new ArrayList<>();
    int restarts = 0;
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    Thread watchdog = new Thread(() -> endAfter(process));
    watchdog.setDaemon(true);
    watchdog.start();
    try (BufferedReader output = process.inputReader()) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        lines.add(line);
        if (line.equals("restart")) {
          restart();
          restarts++;
          process.outputWriter().write("restarted\n");
          process.outputWriter().flush();
        }
      }
      assertEquals(0, process.waitFor(), () -> String.join("\n", lines));
    } finally {
      process.destroyForcibly();
    }
    assertEquals(1, restarts, () -> String.join("\n", lines));
    assertTrue(lines.contains("done"), () -> String.join("\n", lines));
  }

  private static void endAfter(Process process) {
    try {
      if (!process.waitFor(PATIENCE, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
    }
  }

  /** Returns the directory with the programs for npm's clients, and the clients installed in it. */
  static synchronized Path npm() throws IOException, InterruptedException {
    ClientPrograms.require("node", "nodejs");
    ClientPrograms.require("npm", "npm");
    Path folder = Files.createDirectories(Path.of("target/clients"));
    Path installed = folder.resolve("package.json");
    Path wanted = PROGRAMS.resolve("npm/package.json");
    boolean current =
        Files.exists(installed)
            && Files.mismatch(installed, wanted) < 0
            && Files.exists(folder.resolve("node_modules/.package-lock.json"));
    try (var programs = Files.newDirectoryStream(PROGRAMS.resolve("npm"))) {
      for (Path program : programs) {
        Files.write(folder.resolve(program.getFileName()), Files.readAllBytes(program));
      }
    }
    if (!current) {
      String[] install = {"npm", "install", "--prefix", folder.toString()};
      List<String> command = new ArrayList<>(List.of(install));
      command.addAll(List.of("--no-audit", "--no-fund", "--ignore-scripts"));
      ClientPrograms.run(300, null, command.toArray(new String[0])).checked();
    }
    return folder;
  }
}
