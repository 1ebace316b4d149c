package kv.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The stores that race. */
public enum Step {
  /** Append. */
  STEP1(
      "step1-append",
      directory -> {
        var store = kv.step1.Store.open(directory);
        return new Engine(store::put, Engine::noGet, store::sync, Engine::noCompact, store);
      }),
  /** Scan. */
  STEP2(
      "step2-scan",
      directory -> {
        var store = kv.step2.Store.open(directory);
        return new Engine(store::put, store::get, store::sync, Engine::noCompact, store);
      }),
  /** Hash index. */
  STEP3(
      "step3-hash-index",
      directory -> {
        var store = kv.step3.Store.open(directory);
        return new Engine(store::put, store::get, store::sync, Engine::noCompact, store);
      }),
  /** Compaction. */
  STEP4(
      "step4-compaction",
      directory -> {
        var store = kv.step4.Store.open(directory);
        return new Engine(store::put, store::get, store::sync, store::compact, store);
      });

  private interface Opener {
    Engine open(Path directory) throws IOException;
  }

  private final String module;
  private final Opener opener;

  Step(String module, Opener opener) {
    this.module = module;
    this.opener = opener;
  }

  /** Opens this step's store in a directory. */
  public Engine open(Path directory) throws IOException {
    return opener.open(directory);
  }

  /** The steps from one on, in their order: those that can do what it was the first to do. */
  static List<Step> from(Step first) {
    return Arrays.stream(values()).filter(step -> !step.isBefore(first)).toList();
  }

  /** Tells whether this step comes before another. */
  boolean isBefore(Step other) {
    return compareTo(other) < 0;
  }

  /** The name of the step's module. */
  @Override
  public String toString() {
    return module;
  }
}
