package kv.workshop.scope;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import kv.engine.Options;

/** The store of any step, or of the engine, with the calls that several of them have. */
interface StepStore extends Closeable {
  /** Sets a key to a value. */
  void put(byte[] key, byte[] value) throws IOException;

  /** Removes a key. The store of step 1 cannot. */
  void delete(byte[] key) throws IOException;

  /** Makes everything durable. */
  void sync() throws IOException;

  /** Compacts or merges. The stores of steps 1 to 3 cannot. */
  void reclaim() throws IOException;

  /** Visits each pair once. The store of step 1 cannot. */
  void forEach(BiConsumer<byte[], byte[]> consumer) throws IOException;

  /** Opens the store of a step in a directory; {@code Project.ENGINE} is the engine. */
  static StepStore open(int step, Path directory) throws IOException {
    return switch (step) {
      case 1 -> of(kv.step1.Store.open(directory));
      case 2 -> of(kv.step2.Store.open(directory));
      case 3 -> of(kv.step3.Store.open(directory));
      case 4 -> of(kv.step4.Store.open(directory));
      case 5 -> of(kv.step5.Store.open(directory));
      default -> of(kv.engine.Store.open(directory, Options.DEFAULT.withAutomaticMerge(false)));
    };
  }

  /** A call that can fail. */
  interface Call {
    void run() throws IOException;
  }

  /** A put. */
  interface Put {
    void run(byte[] key, byte[] value) throws IOException;
  }

  /** A delete. */
  interface Delete {
    void run(byte[] key) throws IOException;
  }

  /** A visit of all pairs. */
  interface Visit {
    void run(BiConsumer<byte[], byte[]> consumer) throws IOException;
  }

  private static <T> T cannot() {
    throw new UnsupportedOperationException("the store of this step has no such call");
  }

  private static StepStore of(kv.step1.Store store) {
    return of(
        store::put, key -> cannot(), store::sync, StepStore::cannot, all -> cannot(), store::close);
  }

  private static StepStore of(kv.step2.Store store) {
    return of(
        store::put, store::delete, store::sync, StepStore::cannot, store::forEach, store::close);
  }

  private static StepStore of(kv.step3.Store store) {
    return of(
        store::put, store::delete, store::sync, StepStore::cannot, store::forEach, store::close);
  }

  private static StepStore of(kv.step4.Store store) {
    return of(store::put, store::delete, store::sync, store::compact, store::forEach, store::close);
  }

  private static StepStore of(kv.step5.Store store) {
    return of(store::put, store::delete, store::sync, store::merge, store::forEach, store::close);
  }

  private static StepStore of(kv.engine.Store store) {
    return of(store::put, store::delete, store::sync, store::merge, store::forEach, store::close);
  }

  private static StepStore of(
      Put put, Delete delete, Call sync, Call reclaim, Visit forEach, Call close) {
    return new StepStore() {
      @Override
      public void put(byte[] key, byte[] value) throws IOException {
        put.run(key, value);
      }

      @Override
      public void delete(byte[] key) throws IOException {
        delete.run(key);
      }

      @Override
      public void sync() throws IOException {
        sync.run();
      }

      @Override
      public void reclaim() throws IOException {
        reclaim.run();
      }

      @Override
      public void forEach(BiConsumer<byte[], byte[]> consumer) throws IOException {
        forEach.run(consumer);
      }

      @Override
      public void close() throws IOException {
        close.run();
      }
    };
  }
}
