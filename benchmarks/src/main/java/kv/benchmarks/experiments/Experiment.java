package kv.benchmarks.experiments;

import java.io.IOException;
import kv.benchmarks.harness.Harness;
import kv.benchmarks.harness.Profile;
import kv.benchmarks.harness.Step;
import kv.benchmarks.report.Outcome;
import org.openjdk.jmh.runner.RunnerException;

/** One question, and how it is measured. */
public interface Experiment {
  /** The question, for which a reader should have a guess before reading on. */
  String question();

  /** The first store that can do what is measured. */
  Step first();

  /** The last store that a reader knows in the chapter that asks the question. */
  Step lastKnown();

  /** What is done to find out: one or two lines. */
  String method();

  /** What a reader is asked for: one ratio, out of those that are measured. */
  String ratio(Profile profile);

  /** What the numbers show, to be read when they are there. */
  String lesson();

  /** A question that the gap between guess and ratio should raise. */
  String next();

  /** How many measurements it takes, for the progress. */
  int measurements(Profile profile);

  /** Measures, showing each measurement as it is made. */
  Outcome run(Harness harness) throws RunnerException, IOException;
}
