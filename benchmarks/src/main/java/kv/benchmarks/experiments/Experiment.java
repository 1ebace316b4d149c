package kv.benchmarks.experiments;

import java.io.IOException;
import kv.benchmarks.harness.Harness;
import kv.benchmarks.harness.Profile;
import kv.benchmarks.harness.Step;
import kv.benchmarks.report.Outcome;
import org.openjdk.jmh.runner.RunnerException;

/** A question, and its measurement. */
public interface Experiment {
  /** Returns the question. */
  String question();

  /** Returns the first store that has the measured ability. */
  Step first();

  /** Returns the last store that a reader of the question's chapter knows. */
  Step lastKnown();

  /** Returns a description of the measurement: one or two lines. */
  String method();

  /** Returns the question for a guess: one of the measured ratios. */
  String ratio(Profile profile);

  /** Returns the meaning of the numbers, to be shown after them. */
  String lesson();

  /** Returns a question that the gap between guess and ratio should raise. */
  String next();

  /** Returns the number of measurements, for the progress. */
  int measurements(Profile profile);

  /** Measures, and shows each measurement as it is made. */
  Outcome run(Harness harness) throws RunnerException, IOException;
}
