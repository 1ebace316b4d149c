package kv.workshop.scope;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import kv.workshop.Jvm;
import kv.workshop.Project;
import kv.workshop.Workshop;

/**
 * The process of {@link StepMain}, which starts with the first request. It runs the steps of the
 * last build. A request that takes too long ends the process, and the next one starts another.
 */
final class StepProcess implements AutoCloseable {
  private static final int MOST_SECONDS = 30;

  private final Project project;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "step process");
            thread.setDaemon(true);
            return thread;
          });
  private Process process;
  private BufferedReader answers;
  private Writer requests;

  StepProcess(Project project) {
    this.project = project;
  }

  /**
   * Sends a request, and returns the answer.
   *
   * @throws IOException if there is none; the message is one for the page
   */
  synchronized String ask(String request) throws IOException {
    if (process == null || !process.isAlive()) {
      start();
    }
    Process asked = process;
    ScheduledFuture<?> end = clock.schedule(asked::destroyForcibly, MOST_SECONDS, TimeUnit.SECONDS);
    try {
      requests.write(request + "\n");
      requests.flush();
      String answer = answers.readLine();
      if (answer == null) {
        throw new IOException("the store ended, or took more than " + MOST_SECONDS + " seconds");
      }
      return answer;
    } finally {
      end.cancel(false);
    }
  }

  private void start() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Jvm.COMMAND);
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xmx512m"));
    command.addAll(List.of("-cp", classPath(), StepMain.class.getName()));
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    requests = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
  }

  private String classPath() throws IOException {
    List<String> entries = new ArrayList<>();
    for (int step = 1; step <= Project.STEPS; step++) {
      Path classes = project.module(step).resolve("target").resolve("classes");
      if (!Files.isDirectory(classes)) {
        throw new IOException(Project.name(step) + " is not built; " + Workshop.BUILD);
      }
      entries.add(classes.toString());
    }
    entries.add(Jvm.classPath());
    return String.join(File.pathSeparator, entries);
  }

  @Override
  public synchronized void close() {
    clock.shutdownNow();
    if (process != null) {
      process.destroyForcibly();
    }
  }
}
