package kv.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import org.openjdk.jmh.runner.RunnerException;

/** One question, and how it is measured. */
interface Experiment {
  /** The question, for which a reader should have a guess before reading on. */
  String question();

  /** What is done to find out: one or two lines. */
  String method();

  /** What the numbers show, to be read when they are there. */
  String lesson();

  /** How many measurements it takes, for the progress. */
  int measurements(Profile profile);

  /** Measures, showing each measurement as it is made, and prints a table. */
  void run(Harness harness, PrintStream out) throws RunnerException, IOException;
}
