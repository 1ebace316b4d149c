package kv.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;

/**
 * Calls of a store by two threads, some of them a merge or a clear: each call takes effect at one
 * moment between its start and its end. Lincheck makes the calls up, runs each set of them a
 * hundred times, and searches an order in which a map gives the same results.
 *
 * <p>With the argument {@code mutant}, the delete of {@link Mutant} is tested, which Lincheck has
 * to refuse. Runs for a minute or more.
 */
@Param(name = "number", gen = IntGen.class, conf = "1:2")
public class Histories {
  private final Path directory;

  /** The store that is tested. */
  final Store store;

  /** Opens an empty store with small segments. */
  public Histories() throws IOException {
    directory = Files.createTempDirectory("histories");
    store =
        Store.open(
            directory,
            Options.DEFAULT
                .withSync(Options.SyncPolicy.NEVER)
                .withSegmentSize(4 << 10)
                .withAutomaticMerge(false));
  }

  static byte[] bytes(int number) {
    return new byte[] {(byte) number};
  }

  /** Runs the test. */
  public static void main(String[] arguments) {
    boolean mutant = List.of(arguments).contains("mutant");
    new StressOptions()
        .iterations(100)
        .invocationsPerIteration(100)
        .threads(2)
        .actorsPerThread(3)
        .actorsBefore(2)
        .actorsAfter(1)
        .sequentialSpecification(Model.class)
        .check(mutant ? Mutant.class : Histories.class);
    System.out.println("every history has an order");
  }

  /** Sets a key. */
  @Operation
  public void put(@Param(name = "number") int key, @Param(name = "number") int value)
      throws IOException {
    store.put(bytes(key), bytes(value));
  }

  /** Returns a value. */
  @Operation
  public Integer get(@Param(name = "number") int key) throws IOException {
    byte[] value = store.get(bytes(key));
    return value == null ? null : (int) value[0];
  }

  /** Deletes a key. */
  @Operation
  public boolean delete(@Param(name = "number") int key) throws IOException {
    return store.delete(bytes(key));
  }

  /** Returns the number of keys. */
  @Operation
  public long size() {
    return store.size();
  }

  /** Merges all segments, which no other call notices. */
  @Operation(runOnce = true)
  public void merge() throws IOException {
    store.merge();
  }

  /** Removes all keys. */
  @Operation(runOnce = true)
  public void clear() throws IOException {
    store.clear();
  }

  /** Deletes the store, after each run. */
  @Validate
  public void end() throws IOException {
    store.close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** A delete in two calls: another thread can put or delete the key in between. */
  @Param(name = "number", gen = IntGen.class, conf = "1:2")
  public static class Mutant extends Histories {
    /** Opens an empty store. */
    public Mutant() throws IOException {}

    @Operation
    @Override
    public boolean delete(@Param(name = "number") int key) throws IOException {
      boolean there = store.containsKey(bytes(key));
      Thread.yield();
      store.delete(bytes(key));
      return there;
    }
  }

  /** The same calls of a map. */
  public static class Model {
    private final Map<Integer, Integer> map = new HashMap<>();

    /** Sets a key. */
    public void put(int key, int value) {
      map.put(key, value);
    }

    /** Returns a value. */
    public Integer get(int key) {
      return map.get(key);
    }

    /** Deletes a key. */
    public boolean delete(int key) {
      return map.remove(key) != null;
    }

    /** Returns the number of keys. */
    public long size() {
      return map.size();
    }

    /** Changes nothing. */
    public void merge() {}

    /** Removes all keys. */
    public void clear() {
      map.clear();
    }
  }
}
