package kv.step5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls during a merge: puts, deletes, gets, forEach, another merge, close. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MergeRaceTest extends StoreFixture {
  @AfterEach
  void disarm() {
    FailPoint.set(null);
  }

  /** Otherwise a thread that puts without pause can keep a merge from finishing. */
  @Test
  void copyingTakesNoLock() throws Exception {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("os"), bytes("linux"));
      CountDownLatch locked = new CountDownLatch(1);
      CountDownLatch copied = new CountDownLatch(1);
      Thread owner = new Thread(() -> holdTheLock(store, locked, copied));
      FailPoint.set(
          point -> {
            if (point == FailPoint.COPY_STARTED) {
              owner.start();
              await(locked);
            } else if (point == FailPoint.COPY_WRITTEN) {
              copied.countDown();
            }
          });

      store.merge();

      owner.join();
      assertEquals(0, store.stats().deadBytes());
      assertEquals("linux", text(store.get(bytes("os"))));
    }
  }

  private static void holdTheLock(Store store, CountDownLatch locked, CountDownLatch copied) {
    synchronized (store) {
      locked.countDown();
      await(copied);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      names = {"COPY_STARTED", "COPY_WRITTEN", "COPY_DURABLE", "RENAMED", "DIRECTORY_DURABLE"})
  void aPutOrDeleteBeforeTheRepointWins(FailPoint moment) throws IOException {
    Map<String, String> expected = Map.of("put", "new", "kept", "old", "again", "new");
    try (Store store = Store.open(directory)) {
      for (String key : List.of("put", "deleted", "kept", "again")) {
        store.put(bytes(key), bytes("older"));
        store.put(bytes(key), bytes("old"));
      }
      whenAt(
          moment,
          () -> {
            store.put(bytes("put"), bytes("new"));
            store.delete(bytes("deleted"));
            store.delete(bytes("again"));
            store.put(bytes("again"), bytes("new"));
          });

      store.merge();

      assertEquals(expected, state(store));
      assertNull(store.get(bytes("deleted")));
    }
    assertEquals(expected, reopenedState());
    try (Store store = Store.open(directory)) {
      store.merge();
      assertEquals(expected, state(store));
      assertEquals(0, store.stats().deadBytes());
    }
    assertEquals(expected, reopenedState());
  }

  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      names = {"COPY_STARTED", "COPY_DURABLE", "DIRECTORY_DURABLE", "PUBLISHED", "INPUT_DELETED"})
  void everyKeyCanBeReadAtAnyMoment(FailPoint moment) throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      SortedMap<String, String> model = manyFiles(store);
      whenAt(
          moment,
          () -> {
            for (Map.Entry<String, String> entry : model.entrySet()) {
              assertEquals(entry.getValue(), text(store.get(bytes(entry.getKey()))));
            }
            assertEquals(model, state(store));
            assertEquals(store.stats().liveBytes(), liveBytes(model));
          });
      store.merge();
      assertEquals(model, state(store));
      assertEquals(0, store.stats().deadBytes());
    }
  }

  private static long liveBytes(Map<String, String> model) {
    return model.entrySet().stream()
        .mapToLong(entry -> 16 + entry.getKey().length() + entry.getValue().length())
        .sum();
  }

  @Test
  void filesFinishedDuringAMergeAreLeftForTheNext() throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      store.put(bytes("a"), bytes("1"));
      whenAt(
          FailPoint.COPY_STARTED,
          () -> {
            for (int i = 0; i < 5; i++) {
              store.put(bytes("a"), new byte[4000 + i]);
            }
          });
      store.merge();
      assertEquals(
          List.of(
              "000001-000001.1.data",
              "000002-000002.0.data",
              "000003-000003.0.data",
              "000004-000004.0.data",
              "000005-000005.0.data",
              "000006-000006.0.data"),
          names(".data"));
      store.merge();
      assertEquals(List.of("000001-000006.2.data", "000007-000007.0.data"), names(".data"));
    }
    try (Store store = Store.open(directory)) {
      assertEquals(4004, store.get(bytes("a")).length);
    }
  }

  @Test
  void aForEachSeesTheStoreAtItsCallInLogOrderDespiteMerges() throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      SortedMap<String, String> expected = manyFiles(store);
      SortedMap<String, String> seen = new TreeMap<>();
      List<String> order = new ArrayList<>();
      store.forEach(
          (key, value) -> {
            seen.put(text(key), text(value));
            order.add(text(key));
            int call = order.size();
            unchecked(
                () -> {
                  store.put(key, bytes("overwritten"));
                  store.put(bytes("new " + call), bytes("value"));
                  store.delete(bytes("key " + (call + 100) % 200));
                  if (call % 50 == 1) {
                    store.merge();
                  }
                });
          });
      assertEquals(expected, seen);
      List<String> inOrder = new ArrayList<>();
      for (int i = 400; i < 600; i++) {
        inOrder.add("key " + i % 200);
      }
      assertEquals(inOrder, order, "the order of the last puts");
      state(store);
    }
  }

  @Test
  void mergesInTwoThreadsTakeTurns() throws Exception {
    SortedMap<String, String> model;
    try (Store store = Store.open(directory, SMALL)) {
      manyFiles(store);
      FutureTask<Void> first = merges(store, 15);
      FutureTask<Void> second = merges(store, 15);
      model = manyFiles(store);
      first.get();
      second.get();
      assertEquals(model, state(store));
      store.merge();
      assertEquals(0, store.stats().deadBytes());
      assertEquals(2, names(".data").size());
    }
    assertEquals(model, reopenedState());
  }

  private static FutureTask<Void> merges(Store store, int merges) {
    return started(
        () -> {
          for (int i = 0; i < merges; i++) {
            store.merge();
          }
        });
  }

  // Closing.

  @Test
  void aCloseStopsACopyingMergeAndWaitsForItsEnd() throws Exception {
    Store store = Store.open(directory, SMALL);
    SortedMap<String, String> model = manyFiles(store);
    Pause pause = new Pause();
    FutureTask<Void> merge = pausedMerge(store, FailPoint.COPY_STARTED, pause);
    List<String> before = names(".data");
    Thread closing = new Thread(() -> unchecked(store::close));

    closing.start();
    while (closing.getState() != Thread.State.BLOCKED) {
      Thread.onSpinWait();
    }
    assertThrows(IOException.class, () -> Store.open(directory), "the store is not closed yet");
    pause.goOn.countDown();
    closing.join();

    ExecutionException e = assertThrows(ExecutionException.class, merge::get);
    assertInstanceOf(IllegalStateException.class, e.getCause());
    assertEquals(List.of(), names(".tmp"));
    assertEquals(before, names(".data"));
    assertEquals(model, reopenedState());
  }

  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      names = {"COPY_DURABLE", "RENAMED", "DIRECTORY_DURABLE", "PUBLISHED", "INPUT_DELETED"})
  void aCloseWaitsForAMergeThatIsAlmostDone(FailPoint moment) throws Exception {
    Store store = Store.open(directory);
    SortedMap<String, String> model = manyFiles(store);
    Pause pause = new Pause();
    FutureTask<Void> merge = pausedMerge(store, moment, pause);
    Thread closing = new Thread(() -> unchecked(store::close));

    closing.start();
    while (closing.getState() != Thread.State.BLOCKED) {
      Thread.onSpinWait();
    }
    pause.goOn.countDown();
    closing.join();
    merge.get();

    assertEquals(List.of("000001-000001.1.data", "000002-000002.0.data"), names(".data"));
    assertEquals(List.of(), names(".tmp"));
    assertEquals(model, reopenedState());
  }

  @Test
  void aCloseDuringABackgroundMergeLogsNothingAndLeavesNothing() throws Exception {
    List<LogRecord> reported = Reports.of(directory);
    FragileDisk disk = new FragileDisk(directory);
    Pause pause = new Pause();
    Store store = Store.open(disk.path());
    disk.observer =
        () -> {
          boolean merging = Thread.currentThread().getName().startsWith("merge of");
          if (merging && !Thread.holdsLock(store)) {
            pause.begin();
          }
        };
    store.put(bytes("os"), bytes("mac"));
    for (int i = 0; i < 12; i++) {
      store.put(bytes("large"), new byte[1 << 20]);
    }
    // The merge is about to create the copy, and has not yet checked whether it was stopped.
    pause.begun.await();
    Thread closing = new Thread(() -> unchecked(store::close));
    closing.start();
    while (isOpen(store)) {
      Thread.onSpinWait();
    }
    pause.goOn.countDown();
    closing.join();

    assertEquals(List.of(), names(".tmp"));
    assertEquals(2, reopenedState().size());
    assertEquals(List.of(), reported);
  }

  @Test
  void aMergeThatWaitsForAnotherIsRefusedAfterAClose() throws Exception {
    Store store = Store.open(directory);
    store.put(bytes("os"), bytes("mac"));
    Pause pause = new Pause();
    FutureTask<Void> first = pausedMerge(store, FailPoint.COPY_DURABLE, pause);
    FutureTask<Void> second = new FutureTask<>(() -> mergeOnce(store));
    Thread waiting = new Thread(second);
    waiting.start();
    while (waiting.getState() != Thread.State.BLOCKED) {
      Thread.onSpinWait();
    }
    Thread closing = new Thread(() -> unchecked(store::close));
    closing.start();
    while (isOpen(store)) {
      Thread.onSpinWait();
    }
    pause.goOn.countDown();
    closing.join();
    first.get();

    // It runs before the close or after it, and in either case finds the store closed.
    ExecutionException e = assertThrows(ExecutionException.class, second::get);
    assertInstanceOf(IllegalStateException.class, e.getCause());
    assertEquals(Map.of("os", "mac"), reopenedState());
  }

  private static boolean isOpen(Store store) throws IOException {
    try {
      store.size();
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  private static Void mergeOnce(Store store) throws IOException {
    store.merge();
    return null;
  }

  /** A place at which one thread waits for another. */
  private static final class Pause {
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch goOn = new CountDownLatch(1);

    void begin() {
      begun.countDown();
      try {
        goOn.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Starts a merge on another thread, and returns when it waits at a fail point. */
  private static FutureTask<Void> pausedMerge(Store store, FailPoint moment, Pause pause)
      throws InterruptedException {
    FutureTask<Void> merge =
        started(
            () -> {
              whenAt(moment, pause::begin);
              store.merge();
            });
    pause.begun.await();
    return merge;
  }

  private static FutureTask<Void> started(Call call) {
    FutureTask<Void> task =
        new FutureTask<>(
            () -> {
              call.run();
              return null;
            });
    new Thread(task).start();
    return task;
  }

  /** Runs a call once, when this thread reaches a fail point. */
  private static void whenAt(FailPoint moment, Call call) {
    boolean[] done = {false};
    FailPoint.set(
        point -> {
          if (point == moment && !done[0]) {
            done[0] = true;
            call.run();
          }
        });
  }

  /** Puts 200 keys three times, into many files if they are small. Returns the resulting state. */
  private static SortedMap<String, String> manyFiles(Store store) throws IOException {
    SortedMap<String, String> model = new TreeMap<>();
    for (int i = 0; i < 600; i++) {
      String value = "value " + i + " ".repeat(100);
      store.put(bytes("key " + i % 200), bytes(value));
      model.put("key " + i % 200, value);
      store.put(bytes("deleted"), bytes("value"));
    }
    assertTrue(store.delete(bytes("deleted")));
    assertFalse(store.containsKey(bytes("deleted")));
    return model;
  }

  private interface Call {
    void run() throws IOException;
  }

  private static void unchecked(Call call) {
    try {
      call.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
