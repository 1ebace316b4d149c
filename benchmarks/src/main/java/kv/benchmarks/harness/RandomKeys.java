package kv.benchmarks.harness;

import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Random keys for the gets and puts of one thread, in a store with the keys 0 to n - 1. */
@State(Scope.Thread)
public class RandomKeys {
  private final SplittableRandom random = new SplittableRandom();

  /** Returns a key that is in a store with a number of keys. */
  public byte[] present(int keys) {
    return Data.key(random.nextInt(keys));
  }

  /** Returns a key that is not in a store with a number of keys. */
  public byte[] absent(int keys) {
    return Data.key(keys + random.nextInt(keys));
  }
}
