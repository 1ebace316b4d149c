/*
 * WHAT THIS FILE IS
 *
 * A run of tests, which reports each one as it goes. The command check does it in a process of its
 * own: unfinished code can loop forever, use up the memory, or end the process. The events up to
 * then are in a file, so check knows the test that was running.
 */
package kv.workshop;

import java.io.EOFException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs tests. */
final class TestRun {
  /** Kind of an event. */
  enum Kind {
    STARTED,
    PASSED,
    SKIPPED,
    /** It failed at a member that is blank. */
    NOT_DONE,
    FAILED,
    /** All tests have ended. */
    END
  }

  /**
   * An event of a test.
   *
   * @param test its name, {@code PutTest.takesAll}, with the index of a repetition
   * @param message the reason of a failure, or the member that is blank
   * @param frames of the failure, in the course's classes: {@code Log.java:210}, innermost first
   */
  record Event(Kind kind, String test, String message, List<String> frames)
      implements Serializable {}

  /** The argument for tests one after the other. */
  static final String SEQUENTIAL = "sequential";

  /** The argument for test classes at the same time, as in a step's own build. */
  static final String PARALLEL = "parallel";

  private static final String CONFIGURATION = "junit.jupiter.execution.parallel.";

  private TestRun() {}

  // ======== In a process of its own ========

  /** Arguments: the file for the events, the package of the tests, the order, and the tests. */
  public static void main(String[] arguments) throws Exception {
    try (ObjectOutputStream out =
        new ObjectOutputStream(Files.newOutputStream(Path.of(arguments[0])))) {
      run(
          TestRun.class.getClassLoader(),
          arguments[1],
          arguments[2],
          Arrays.asList(arguments).subList(3, arguments.length),
          event -> write(out, event));
    }
    // A thread that a test started may never end.
    System.exit(0);
  }

  private static synchronized void write(ObjectOutputStream out, Event event) {
    try {
      out.writeObject(event);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the events that a run wrote to a file. */
  static List<Event> read(Path file) throws IOException {
    List<Event> events = new ArrayList<>();
    if (!Files.exists(file)) {
      return events;
    }
    try (ObjectInputStream in = new ObjectInputStream(Files.newInputStream(file))) {
      while (true) {
        events.add((Event) in.readObject());
      }
    } catch (EOFException e) {
      return events;
    } catch (ClassNotFoundException e) {
      throw new IOException(e);
    }
  }

  // ======== Running ========

  /**
   * Runs tests one after the other, and reports each.
   *
   * @param tests names of classes, {@code PutTest}, or of methods, {@code PutTest.takesAll}
   */
  static void run(
      ClassLoader loader, String packageName, List<String> tests, Consumer<Event> listener) {
    run(loader, packageName, SEQUENTIAL, tests, listener);
  }

  private static void run(
      ClassLoader loader,
      String packageName,
      String order,
      List<String> tests,
      Consumer<Event> listener) {
    List<DiscoverySelector> selectors = new ArrayList<>();
    for (String test : tests) {
      selectors.addAll(selectors(loader, packageName, test));
    }
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(selectors)
                .configurationParameter(CONFIGURATION + "enabled", "" + order.equals(PARALLEL))
                .configurationParameter(CONFIGURATION + "mode.default", "same_thread")
                .configurationParameter(CONFIGURATION + "mode.classes.default", "concurrent")
                .configurationParameter(CONFIGURATION + "config.dynamic.factor", "2")
                .build(),
            new Listener(listener));
    listener.accept(new Event(Kind.END, "", "", List.of()));
  }

  private static List<DiscoverySelector> selectors(
      ClassLoader loader, String packageName, String test) {
    String[] names = test.split("\\.");
    Class<?> type;
    try {
      type = Class.forName(packageName + "." + names[0], false, loader);
    } catch (ClassNotFoundException e) {
      throw new IllegalArgumentException("there is no test class " + names[0], e);
    }
    if (names.length == 1) {
      return List.of(DiscoverySelectors.selectClass(type));
    }
    List<DiscoverySelector> selectors = new ArrayList<>();
    for (Method method : type.getDeclaredMethods()) {
      if (method.getName().equals(names[1])) {
        selectors.add(DiscoverySelectors.selectMethod(type, method));
      }
    }
    if (selectors.isEmpty()) {
      throw new IllegalArgumentException("there is no test " + test);
    }
    return selectors;
  }

  private record Listener(Consumer<Event> events) implements TestExecutionListener {
    @Override
    public void executionStarted(TestIdentifier test) {
      if (test.isTest()) {
        events.accept(new Event(Kind.STARTED, name(test), "", List.of()));
      }
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      Throwable failure = result.getThrowable().orElse(null);
      if (result.getStatus() == TestExecutionResult.Status.FAILED) {
        // A class can fail as well, before its first test.
        String blank = Exercise.notDone(failure);
        events.accept(
            blank != null
                ? new Event(Kind.NOT_DONE, name(test), blank, List.of())
                : new Event(Kind.FAILED, name(test), message(failure), frames(failure)));
      } else if (test.isTest()) {
        boolean passed = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
        events.accept(new Event(passed ? Kind.PASSED : Kind.SKIPPED, name(test), "", List.of()));
      }
    }

    private static String name(TestIdentifier test) {
      String name = test.getDisplayName();
      if (test.getSource().orElse(null) instanceof MethodSource source) {
        String method = source.getMethodName();
        String type = source.getClassName();
        String simple = type.substring(type.lastIndexOf('.') + 1) + "." + method;
        name = name.startsWith(method + "(") ? simple : simple + " " + name;
      }
      return name;
    }

    private static String message(Throwable failure) {
      StringBuilder message = new StringBuilder();
      for (Throwable e = failure; e != null; e = e.getCause()) {
        String text = e instanceof AssertionError ? e.getMessage() : e.toString();
        message.append(message.isEmpty() ? "" : "\nbecause of: ").append(text);
      }
      return message.toString();
    }

    private static List<String> frames(Throwable failure) {
      List<String> frames = new ArrayList<>();
      for (Throwable e = failure; e != null; e = e.getCause()) {
        for (StackTraceElement frame : e.getStackTrace()) {
          String name = frame.getClassName();
          if (name.startsWith("kv.") && !name.startsWith("kv.workshop.")) {
            frames.add(frame.getFileName() + ":" + frame.getLineNumber());
          }
        }
      }
      return List.copyOf(frames);
    }
  }
}
