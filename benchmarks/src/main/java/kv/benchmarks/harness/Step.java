package kv.benchmarks.harness;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import kv.engine.Options;
import kv.engine.Options.SyncPolicy;

/** The stores that race: the five steps, and the engine after them. */
public enum Step {
  /** Append. */
  STEP1(
      "step1-append",
      directory -> {
        var store = kv.step1.Store.open(directory);
        return new AnyStore(store::put, AnyStore::noGet, store::sync, AnyStore::noCompact, store);
      }),
  /** Scan. */
  STEP2(
      "step2-scan",
      directory -> {
        var store = kv.step2.Store.open(directory);
        return new AnyStore(store::put, store::get, store::sync, AnyStore::noCompact, store);
      }),
  /** Hash index. */
  STEP3(
      "step3-hash-index",
      directory -> {
        var store = kv.step3.Store.open(directory);
        return new AnyStore(store::put, store::get, store::sync, AnyStore::noCompact, store);
      }),
  /** Compaction. */
  STEP4(
      "step4-compaction",
      directory -> {
        var store = kv.step4.Store.open(directory);
        return new AnyStore(store::put, store::get, store::sync, store::compact, store);
      }),
  /** Merge. */
  STEP5(
      "step5-merge",
      directory -> {
        var store = kv.step5.Store.open(directory);
        return new AnyStore(store::put, store::get, store::sync, store::merge, store);
      }),
  /** The engine, which is not a step but follows the last one. */
  ENGINE(
      "engine",
      directory -> openEngine(directory, SyncPolicy.NEVER),
      directory -> openEngine(directory, SyncPolicy.ALWAYS));

  /** Opens a store in a directory. */
  public interface Opener {
    /** Opens the store. */
    AnyStore open(Path directory) throws IOException;
  }

  private final String module;
  private final Opener opener;
  private final Opener durableOpener;

  /** A step without sync options: a durable put is a put and a sync. */
  Step(String module, Opener opener) {
    this(module, opener, directory -> opener.open(directory).withSyncInPut());
  }

  Step(String module, Opener opener, Opener durableOpener) {
    this.module = module;
    this.opener = opener;
    this.durableOpener = durableOpener;
  }

  private static AnyStore openEngine(Path directory, SyncPolicy sync) throws IOException {
    return AnyStore.of(kv.engine.Store.open(directory, Options.DEFAULT.withSync(sync)));
  }

  /** Opens this step's store in a directory. Its puts do not sync. */
  public AnyStore open(Path directory) throws IOException {
    return opener.open(directory);
  }

  /** Opens this step's store in a directory. Its puts are durable when they return. */
  public AnyStore openDurable(Path directory) throws IOException {
    return durableOpener.open(directory);
  }

  /** Returns the given step and those after it, in order: each has the abilities of the first. */
  public static List<Step> from(Step first) {
    return Arrays.stream(values()).filter(step -> !step.isBefore(first)).toList();
  }

  /** Returns whether this step precedes another. */
  public boolean isBefore(Step other) {
    return compareTo(other) < 0;
  }

  /** Returns a short name, such as step 1. */
  public String title() {
    return this == ENGINE ? "engine" : "step " + (ordinal() + 1);
  }

  /** The name of the step's Maven module. */
  @Override
  public String toString() {
    return module;
  }
}
