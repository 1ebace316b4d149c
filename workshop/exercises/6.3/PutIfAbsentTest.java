package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("extend")
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PutIfAbsentTest extends StoreFixture {
  /** Starts a call in a thread of its own. */
  private static <T> FutureTask<T> start(Callable<T> call) {
    FutureTask<T> task = new FutureTask<>(call);
    new Thread(task).start();
    return task;
  }

  @Test
  void setsAKeyThatIsAbsentAndReturnsNull() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      assertNull(store.putIfAbsent(bytes("os"), bytes("mac")));
      assertNull(store.putIfAbsent(bytes(""), bytes("")));

      assertEquals(Map.of("os", "mac", "", ""), state(store));
    }
    assertEquals(Map.of("os", "mac", "", ""), reopenedState());
  }

  @Test
  void ofAKeyThatIsThereReturnsTheValueAndWritesNothing() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("empty"), bytes(""));

      assertEquals("mac", text(store.putIfAbsent(bytes("os"), bytes("linux"))));
      assertEquals("", text(store.putIfAbsent(bytes("empty"), bytes("full"))));

      assertEquals(Map.of("os", "mac", "empty", ""), state(store));
    }
    assertEquals("[P* os=mac, P empty=]", log());
  }

  @Test
  void ofAKeyThatIsThereBeginsNoSegment() throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      store.put(bytes("os"), bytes("mac"));
      store.putIfAbsent(bytes("os"), new byte[100_000]);
    }
    assertEquals(List.of("000001-000001.0.data"), names(SegmentName.DATA));
  }

  @Test
  void aDeletedKeyIsAbsent() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.delete(bytes("os"));

      assertNull(store.putIfAbsent(bytes("os"), bytes("linux")));
      assertEquals("linux", text(store.putIfAbsent(bytes("os"), bytes("mac"))));

      assertEquals(Map.of("os", "linux"), state(store));
    }
  }

  @Test
  void setsAsManyKeysAsThereAre() throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      for (int i = 0; i < 5000; i++) {
        assertNull(store.putIfAbsent(bytes("key " + i), bytes("value " + i)));
      }
      for (int i = 0; i < 5000; i++) {
        assertEquals("value " + i, text(store.putIfAbsent(bytes("key " + i), bytes("another"))));
      }
      assertEquals(5000, state(store).size());
    }
    assertEquals(5000, reopenedState().size());
  }

  @Test
  void ofManyThreadsOneSetsTheKeyAndAllOthersGetWhatItHasSet() throws Exception {
    int threads = 4;
    int keys = 2000;
    List<FutureTask<List<String>>> calls = new ArrayList<>();
    CountDownLatch begin = new CountDownLatch(1);
    try (Store store = Store.open(directory, SMALL)) {
      for (int t = 0; t < threads; t++) {
        byte[] value = bytes("" + t);
        calls.add(
            start(
                () -> {
                  await(begin);
                  List<String> found = new ArrayList<>();
                  for (int i = 0; i < keys; i++) {
                    found.add(text(store.putIfAbsent(bytes("key " + i), value)));
                  }
                  return found;
                }));
      }
      begin.countDown();
      for (FutureTask<List<String>> call : calls) {
        call.get();
      }
      for (int i = 0; i < keys; i++) {
        String winner = text(store.get(bytes("key " + i)));
        for (int t = 0; t < threads; t++) {
          String expected = winner.equals("" + t) ? null : winner;
          assertEquals(expected, calls.get(t).get().get(i), "thread " + t + ", key " + i);
        }
      }
      assertEquals(keys, state(store).size());
    }
  }

  /**
   * A writer that is far ahead of a merge waits for it, and releases the log's lock for that time.
   * Then another thread, whose record still fits into the segment, can put the key.
   */
  @Test
  void aKeyThatIsPutDuringTheWaitForAMergeIsNotPutAgain() throws Exception {
    CountDownLatch merging = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (Store store = Store.open(directory, SMALL)) {
      for (int i = 0; i < 12; i++) {
        store.put(bytes("dead"), new byte[30_000]);
      }
      // Alone in its segment, where there is room for another 30,000 bytes.
      store.put(bytes("live"), new byte[30_000]);
      FailPoint.set(
          (point, file) -> {
            if (point == FailPoint.RUN_STARTED) {
              merging.countDown();
              await(goOn);
            }
          });
      FutureTask<Void> merge =
          start(
              () -> {
                store.merge();
                return null;
              });
      FailPoint.set(null);
      merging.await();
      try {
        FutureTask<byte[]> late =
            new FutureTask<>(() -> store.putIfAbsent(bytes("os"), new byte[40_000]));
        Thread thread = new Thread(late);
        thread.start();
        while (thread.isAlive() && thread.getState() != Thread.State.WAITING) {
          Thread.onSpinWait();
        }
        assertNull(store.putIfAbsent(bytes("os"), bytes("mac")));
        goOn.countDown();
        merge.get();

        assertEquals("mac", text(late.get()));
        assertEquals("mac", text(store.get(bytes("os"))));
        state(store);
      } finally {
        goOn.countDown();
      }
    }
  }

  @Test
  void isDurableOnReturnIfThePolicyIsAlways() throws IOException {
    List<FailPoint> points = new ArrayList<>();
    try (Store store = Store.open(directory, QUIET.withSync(Options.SyncPolicy.ALWAYS))) {
      store.put(bytes("os"), bytes("mac"));
      FailPoint.set((point, file) -> points.add(point));
      store.putIfAbsent(bytes("editor"), bytes("vim"));
      FailPoint.set(null);
    }
    assertTrue(points.contains(FailPoint.SYNCED), "synced: " + points);
    assertEquals("[P* os=mac, P* editor=vim]", log());
  }

  @Test
  void whileItWaitsForTheDiskOthersGoOn() throws Exception {
    CountDownLatch syncing = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (Store store = Store.open(directory, QUIET.withSync(Options.SyncPolicy.ALWAYS))) {
      store.put(bytes("os"), bytes("mac"));
      FailPoint.set(
          (point, file) -> {
            if (point == FailPoint.SYNC) {
              syncing.countDown();
              await(goOn);
            }
          });
      FutureTask<byte[]> call = start(() -> store.putIfAbsent(bytes("editor"), bytes("vim")));
      FailPoint.set(null);
      try {
        while (syncing.getCount() > 0 && !call.isDone()) {
          Thread.onSpinWait();
        }
        if (call.isDone()) {
          assertNull(call.get());
        }
        // Takes its turn with the writers, and comes to an end.
        FutureTask<Long> size = start(store::size);
        assertEquals(2, size.get(5, TimeUnit.SECONDS));
      } finally {
        goOn.countDown();
      }
      assertNull(call.get());
    }
  }

  @Test
  void refusesNullAndWhatIsTooLongAndAnyUseAfterClose() throws IOException {
    Store store = Store.open(directory, QUIET);
    assertThrows(NullPointerException.class, () -> store.putIfAbsent(null, bytes("value")));
    assertThrows(NullPointerException.class, () -> store.putIfAbsent(bytes("key"), null));
    assertThrows(
        IllegalArgumentException.class, () -> store.putIfAbsent(new byte[65_536], bytes("value")));
    assertEquals(List.of("LOCK"), names(""));
    store.put(bytes("os"), bytes("mac"));
    store.close();
    assertThrows(IllegalStateException.class, () -> store.putIfAbsent(bytes("os"), bytes("mac")));
    assertThrows(IllegalStateException.class, () -> store.putIfAbsent(bytes("new"), bytes("")));
  }
}
