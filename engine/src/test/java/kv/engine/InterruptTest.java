package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The call of an interrupted thread succeeds, and the thread is still interrupted afterwards. */
class InterruptTest extends StoreFixture {
  /** Segments of about thirty records, so that every path of a call is taken. */
  private static final Options TINY = QUIET.withSegmentSize(4 << 10);

  private enum Call {
    PUT(1_000) {
      @Override
      void on(Store store, int i) throws IOException {
        store.put(bytes("own"), bytes("value " + i + " ".repeat(100)));
        assertEquals("value " + i, text(store.get(bytes("own"))).strip());
      }
    },
    PUT_LARGE(50) {
      @Override
      void on(Store store, int i) throws IOException {
        store.put(bytes("own"), new byte[33_000 + i]);
        assertEquals(33_000 + i, store.get(bytes("own")).length);
      }
    },
    GET(1_000) {
      @Override
      void on(Store store, int i) throws IOException {
        assertEquals("there", text(store.get(bytes("found"))));
      }
    },
    DELETE(1_000) {
      @Override
      void on(Store store, int i) throws IOException {
        store.put(bytes("own"), bytes("value"));
        assertTrue(store.delete(bytes("own")));
      }
    },
    SYNC(1_000) {
      @Override
      void on(Store store, int i) throws IOException {
        store.put(bytes("own"), bytes("value"));
        store.sync();
      }
    },
    FOR_EACH(1_000) {
      @Override
      void on(Store store, int i) throws IOException {
        Map<String, String> seen = new TreeMap<>();
        store.forEach((key, value) -> seen.put(text(key), text(value)));
        assertEquals("there", seen.get("found"));
      }
    },
    MERGE(200) {
      @Override
      void on(Store store, int i) throws IOException {
        store.put(bytes("own"), bytes("value " + i));
        store.merge();
        assertEquals("value " + i, text(store.get(bytes("own"))));
      }
    };

    private final int times;

    Call(int times) {
      this.times = times;
    }

    abstract void on(Store store, int i) throws IOException;
  }

  @ParameterizedTest
  @EnumSource
  void theCallsOfAnInterruptedThreadSucceed(Call call) throws Exception {
    ExecutorService executor = Executors.newSingleThreadExecutor();
    AtomicBoolean done = new AtomicBoolean();
    Options.SyncPolicy policy =
        call == Call.PUT ? Options.SyncPolicy.ALWAYS : Options.SyncPolicy.NEVER;
    try (Store store = Store.open(directory, TINY.withSync(policy))) {
      store.put(bytes("found"), bytes("there"));
      // Another thread, which the interrupt must not disturb.
      Future<?> other = executor.submit(() -> putAndGet(store, done));
      Thread.currentThread().interrupt();
      try {
        for (int i = 0; i < call.times; i++) {
          call.on(store, i);
          assertTrue(
              Thread.currentThread().isInterrupted(), "the caller's interrupt flag stays set");
        }
      } finally {
        Thread.interrupted();
        done.set(true);
      }
      other.get();
      assertEquals("there", state(store).get("found"));
    } finally {
      executor.shutdown();
    }
    assertEquals("there", reopenedState().get("found"));
  }

  private static Void putAndGet(Store store, AtomicBoolean done) throws IOException {
    store.put(bytes("other"), bytes("value 0"));
    for (int i = 0; !done.get(); i++) {
      if (i % 1_000 == 0) {
        store.put(bytes("other"), bytes("value " + i));
      }
      assertEquals("value " + i / 1_000 * 1_000, text(store.get(bytes("other"))));
    }
    return null;
  }

  @Test
  void anInterruptedThreadCanOpenAndCloseAStore() throws IOException {
    Thread.currentThread().interrupt();
    try {
      putAndDie("os", "mac", "editor", "vim");
      putAndClose("os", "linux");
      assertEquals(Map.of("os", "linux", "editor", "vim"), reopenedState());
    } finally {
      assertTrue(Thread.interrupted(), "the caller's interrupt flag stays set");
    }
  }
}
