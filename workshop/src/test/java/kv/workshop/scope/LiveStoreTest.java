package kv.workshop.scope;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pages that watch a store receive what has changed. */
@Timeout(120)
class LiveStoreTest {
  /** Longer than any test takes. */
  private static final long LONG_MILLIS = 100_000;

  @TempDir private Path folder;

  private static byte[] bytes(String text) {
    return ScopeFixture.bytes(text);
  }

  /** Waits for an event with a text, and returns it. */
  private static String await(LiveStore.Watch watch, String text) throws Exception {
    String event = "";
    while (!event.contains(text)) {
      String next = watch.next(LONG_MILLIS);
      assertNotNull(next, "no event with " + text + " after " + event);
      event = next;
    }
    return event;
  }

  @Test
  void thePutsOfAnOpenStoreArrive() throws Exception {
    try (var engine = kv.engine.Store.open(folder);
        LiveStore.Watch watch = new LiveStore(folder, 6).watch()) {
      String first = watch.next(LONG_MILLIS);
      assertTrue(first.endsWith("\"changes\":[]}"), first);
      for (int i = 0; i < 5; i++) {
        engine.put(bytes("key " + i), bytes("value"));
        await(watch, "put key " + i + " at offset");
      }
    }
  }

  @Test
  void aSlowPageMissesReportsButNoChanges() throws Exception {
    LiveStore live = new LiveStore(folder, 3);
    try (var step3 = kv.step3.Store.open(folder);
        LiveStore.Watch fast = live.watch();
        LiveStore.Watch slow = live.watch()) {
      await(fast, "store.data");
      await(slow, "store.data");
      for (int i = 0; i < 5; i++) {
        step3.put(bytes("key " + i), bytes("value"));
        await(fast, "put key " + i + " at offset");
      }
      String all = slow.next(LONG_MILLIS);
      for (int i = 0; i < 5; i++) {
        assertTrue(all.contains("put key " + i + " at offset"), all);
      }
    }
  }

  @Test
  void aPageThatComesLaterBeginsWithAReport() throws Exception {
    LiveStore live = new LiveStore(folder, 3);
    try (var step3 = kv.step3.Store.open(folder);
        LiveStore.Watch first = live.watch()) {
      step3.put(bytes("os"), bytes("mac"));
      await(first, "\"records\":1,");
      try (LiveStore.Watch second = live.watch()) {
        String report = second.next(LONG_MILLIS);
        assertTrue(report.contains("\"records\":1,"), report);
        assertFalse(report.contains("put os"), report);
        assertNull(second.next(1));
      }
    }
  }
}
