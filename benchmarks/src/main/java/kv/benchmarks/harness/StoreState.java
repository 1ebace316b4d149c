package kv.benchmarks.harness;

import java.io.IOException;
import java.nio.file.Path;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The state of a benchmark that measures calls of an open store. A subclass opens it. */
@State(Scope.Benchmark)
public abstract class StoreState {
  protected AnyStore store;

  private Path directory;

  /** Opens an empty store. */
  protected final void open(Step.Opener opener) throws IOException {
    directory = WorkDirectory.create();
    store = opener.open(directory);
  }

  /** Closes and deletes the store. */
  @TearDown
  public void close() throws IOException {
    store.close();
    WorkDirectory.delete(directory);
  }
}
