package kv.workshop.scope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
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
      LiveStore.Event next = watch.next(LONG_MILLIS);
      assertNotNull(next, "no event with " + text + " after " + event);
      event = next.json();
    }
    return event;
  }

  @Test
  void thePutsOfAnOpenStoreArrive() throws Exception {
    try (var engine = kv.engine.Store.open(folder);
        LiveStore.Watch watch = new LiveStore(folder, 6).watch()) {
      String first = watch.next(LONG_MILLIS).json();
      assertTrue(first.endsWith("\"changes\":[]}"), first);
      for (int i = 0; i < 5; i++) {
        engine.put(bytes("key " + i), bytes("value"));
        await(watch, "put key " + i + " at offset");
      }
    }
  }

  @Test
  void aQuietFolderIsReadLessOften() {
    assertEquals(20, LiveStore.pauseMillis(0));
    assertEquals(20, LiveStore.pauseMillis(LiveStore.QUIET_NANOS - 1));
    assertEquals(100, LiveStore.pauseMillis(LiveStore.QUIET_NANOS));
  }

  @Test
  void aPutIntoAQuietStoreArrives() throws Exception {
    try (var step3 = kv.step3.Store.open(folder);
        LiveStore.Watch watch = new LiveStore(folder, 3).watch()) {
      await(watch, "store.data");
      assertNull(watch.next(LiveStore.QUIET_NANOS / 1_000_000 + 200));
      step3.put(bytes("os"), bytes("mac"));
      await(watch, "put os at offset");
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
      String all = slow.next(LONG_MILLIS).json();
      for (int i = 0; i < 5; i++) {
        assertTrue(all.contains("put key " + i + " at offset"), all);
      }
    }
  }

  @Test
  void aPageLearnsThatTheFolderCannotBeReadAndWhenItCan() throws Exception {
    Path link = folder.resolve("store");
    try {
      Files.createSymbolicLink(link, link);
    } catch (IOException | UnsupportedOperationException e) {
      assumeTrue(false, "this system creates no links: " + e);
    }
    try (LiveStore.Watch watch = new LiveStore(link, 3).watch()) {
      LiveStore.Event event = watch.next(LONG_MILLIS);
      assertEquals("failed", event.name());
      assertTrue(
          event.json().startsWith("{\"message\":\"the folder cannot be read: "), event.json());
      Files.delete(link);
      Files.createDirectory(link);
      assertEquals("report", watch.next(LONG_MILLIS).name());
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
        String report = second.next(LONG_MILLIS).json();
        assertTrue(report.contains("\"records\":1,"), report);
        assertFalse(report.contains("put os"), report);
        assertNull(second.next(1));
      }
    }
  }
}
