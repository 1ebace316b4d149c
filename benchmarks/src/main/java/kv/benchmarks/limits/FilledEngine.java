package kv.benchmarks.limits;

import java.io.IOException;
import kv.engine.Store;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** An open store of the engine with all keys: reading with a store. */
public abstract class FilledEngine extends LimitState {
  Store store;

  /** Fills the store. */
  @Setup
  public void fill() throws IOException {
    store = createFilledStore();
  }

  /** Closes and deletes the store. */
  @TearDown
  public void close() throws IOException {
    store.close();
    deleteDirectory();
  }
}
