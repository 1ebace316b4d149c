package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class ConcurrencyTest extends StoreFixture {
  @Test
  void everyThreadReadsItsOwnWrites() throws Exception {
    everyThreadReadsItsOwnWrites(QUIET);
  }

  @Test
  void everyThreadReadsItsOwnWritesWhileSegmentsFillUpAndAreMerged() throws Exception {
    everyThreadReadsItsOwnWrites(
        SMALL.withSegmentSize(4 << 10).withMergeThreshold(0.2).withAutomaticMerge(true));
  }

  private void everyThreadReadsItsOwnWrites(Options options) throws Exception {
    int threads = 8;
    int rounds = 300;
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try (Store store = Store.open(directory, options)) {
      List<Future<?>> running = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        String key = "thread " + t;
        running.add(executor.submit(() -> putGetAndDelete(store, key, rounds)));
      }
      for (Future<?> one : running) {
        one.get();
      }
    } finally {
      executor.shutdown();
    }

    SortedMap<String, String> expected = new TreeMap<>();
    for (int t = 0; t < threads; t++) {
      expected.put("thread " + t, "value " + (rounds - 1));
    }
    assertEquals(expected, reopenedState());
  }

  private static Void putGetAndDelete(Store store, String key, int rounds) throws IOException {
    for (int i = 0; i < rounds; i++) {
      if (i % 10 == 5) {
        store.delete(bytes(key));
        assertNull(store.get(bytes(key)));
      }
      store.put(bytes(key), bytes("value " + i));
      assertEquals("value " + i, text(store.get(bytes(key))));
    }
    return null;
  }
}
