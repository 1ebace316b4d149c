package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads that wait for the disk share an fsync, and all of them receive its failure. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GroupCommitTest extends StoreFixture {
  private static final Options ALWAYS = Options.DEFAULT.withSync(Options.SyncPolicy.ALWAYS);

  private final AtomicInteger syncs = new AtomicInteger();
  private final CountDownLatch firstSync = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  /** Makes the next fsync of a segment wait until the test releases it. */
  private void holdTheFirstSync(boolean fail) {
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.SYNC && syncs.incrementAndGet() == 1) {
            firstSync.countDown();
            await(release);
            if (fail) {
              throw new IOException("Input/output error");
            }
          }
        });
  }

  private static FutureTask<Void> start(Store store, int number) {
    FutureTask<Void> put =
        new FutureTask<>(
            () -> {
              store.put(bytes("key " + number), bytes("value"));
              return null;
            });
    new Thread(put).start();
    return put;
  }

  private static FutureTask<Void> syncing(Store store) {
    return new FutureTask<>(
        () -> {
          store.sync();
          return null;
        });
  }

  @Test
  void callersDuringAnFsyncShareTheNext() throws Exception {
    try (Store store = Store.open(directory, ALWAYS)) {
      store.put(bytes("os"), bytes("mac"));
      holdTheFirstSync(false);
      List<FutureTask<Void>> puts = new ArrayList<>();
      puts.add(start(store, 0));
      firstSync.await();
      for (int i = 1; i <= 10; i++) {
        puts.add(start(store, i));
      }
      // The records are in the log, and their callers wait, when the keydir contains them.
      while (store.size() < 12) {
        Thread.onSpinWait();
      }
      release.countDown();
      for (FutureTask<Void> put : puts) {
        put.get();
      }
      store.sync();
      assertEquals(2, syncs.get(), "all puts are durable");
    }
  }

  @Test
  void aWaiterWhoseRecordIsDurableDoesNotSyncAgain() throws Exception {
    try (Store store = Store.open(directory, ALWAYS)) {
      store.put(bytes("os"), bytes("mac"));
      holdTheFirstSync(false);
      FutureTask<Void> put = start(store, 0);
      firstSync.await();
      FutureTask<Void> sync = syncing(store);
      Thread thread = new Thread(sync);
      thread.start();
      while (thread.getState() != Thread.State.WAITING && !sync.isDone()) {
        Thread.onSpinWait();
      }
      release.countDown();
      put.get();
      sync.get();
      assertEquals(1, syncs.get());
    }
  }

  /** Such a pool may be unable to start a thread in place of a waiting one. */
  @Test
  void aThreadOfAForkJoinPoolWaitsLikeAnyOther() throws Exception {
    ForkJoinPool pool =
        new ForkJoinPool(
            1,
            ForkJoinPool.defaultForkJoinWorkerThreadFactory,
            null,
            false,
            1,
            1,
            1,
            null,
            1,
            TimeUnit.SECONDS);
    try (Store store = Store.open(directory, ALWAYS)) {
      store.put(bytes("os"), bytes("mac"));
      holdTheFirstSync(false);
      FutureTask<Void> put = start(store, 0);
      firstSync.await();
      CompletableFuture<Thread> thread = new CompletableFuture<>();
      ForkJoinTask<Void> pooled =
          pool.submit(
              () -> {
                thread.complete(Thread.currentThread());
                store.put(bytes("shell"), bytes("zsh"));
                return null;
              });
      while (thread.get().getState() != Thread.State.WAITING && !pooled.isDone()) {
        Thread.onSpinWait();
      }
      release.countDown();
      put.get();
      pooled.get();
    } finally {
      pool.shutdown();
    }
    assertEquals("zsh", reopenedState().get("shell"));
  }

  @Test
  void everyWaiterReceivesTheFailureAndNothingIsAcknowledgedAgain() throws Exception {
    Store store = Store.open(directory, ALWAYS);
    store.put(bytes("os"), bytes("mac"));
    holdTheFirstSync(true);
    List<FutureTask<Void>> puts = new ArrayList<>();
    puts.add(start(store, 0));
    firstSync.await();
    for (int i = 1; i <= 5; i++) {
      puts.add(start(store, i));
    }
    while (store.size() < 7) {
      Thread.onSpinWait();
    }
    release.countDown();
    for (FutureTask<Void> put : puts) {
      ExecutionException e = assertThrows(ExecutionException.class, put::get);
      assertEquals(IOException.class, e.getCause().getClass());
    }
    assertEquals(1, syncs.get(), "the fsync is not retried");
    IOException e = assertThrows(IOException.class, () -> store.put(bytes("key"), bytes("value")));
    assertEquals("Input/output error", e.getCause().getMessage());
    assertThrows(IOException.class, store::sync);
    assertThrows(IOException.class, store::merge);
    assertThrows(IOException.class, store::close);
    assertEquals(1, syncs.get());

    FailPoint.set(null);
    assertNotNull(reopenedState().get("os"), "the lock was released");
  }

  @Test
  void noPutOfAGroupReturnsBeforeItsFsync() throws Exception {
    Store store = Store.open(directory, ALWAYS);
    store.put(bytes("os"), bytes("mac"));
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.SYNC) {
            int number = syncs.incrementAndGet();
            if (number == 1) {
              firstSync.countDown();
              await(release);
            }
            if (number == 2) {
              // Time for a call to return too early, if it does not wait.
              LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
              throw new IOException("Input/output error");
            }
          }
        });
    FutureTask<Void> first = start(store, 0);
    firstSync.await();
    List<FutureTask<Void>> puts = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      puts.add(start(store, i));
    }
    while (store.size() < 7) {
      Thread.onSpinWait();
    }
    release.countDown();
    first.get();
    for (FutureTask<Void> put : puts) {
      assertThrows(ExecutionException.class, put::get);
    }
    assertEquals(2, syncs.get());
    assertThrows(IOException.class, store::close);
  }

  /** The operating system reports a failure only once: a second fsync would succeed. */
  @Test
  void aFailedFsyncAtTheEndOfASegmentIsNotRetriedByASync() throws Exception {
    FailPoint.set(
        (point, file) -> {
          boolean isFull = Thread.currentThread().getName().equals("kv-seal");
          if (point == FailPoint.SYNC && isFull) {
            syncs.incrementAndGet();
            firstSync.countDown();
            await(release);
            throw new IOException("Input/output error");
          }
        });
    Store store = Store.open(directory, SMALL.withSync(Options.SyncPolicy.NEVER));
    store.put(bytes("a"), new byte[40_000]);
    store.put(bytes("b"), new byte[40_000]);
    firstSync.await();
    FutureTask<Void> sync = syncing(store);
    Thread thread = new Thread(sync);
    thread.start();
    while (thread.getState() != Thread.State.BLOCKED && !sync.isDone()) {
      Thread.onSpinWait();
    }
    release.countDown();

    ExecutionException failed = assertThrows(ExecutionException.class, sync::get);
    assertInstanceOf(IOException.class, failed.getCause());
    assertThrows(IOException.class, () -> store.put(bytes("c"), bytes("3")));
    assertEquals(1, syncs.get());
    assertThrows(IOException.class, store::close);
  }

  @Test
  void aReturnedPutIsDurableUnderAlways() throws IOException {
    try (Store store = Store.open(directory, ALWAYS)) {
      store.put(bytes("os"), bytes("mac"));
      FailPoint.set(
          (point, file) -> {
            if (point == FailPoint.SYNCED) {
              syncs.incrementAndGet();
            }
          });
      store.put(bytes("os"), bytes("linux"));
      assertEquals(1, syncs.get());
      store.delete(bytes("os"));
      assertEquals(2, syncs.get());
      store.delete(bytes("os"));
      store.sync();
      assertEquals(2, syncs.get(), "nothing was left to sync");
    }
  }

  @Test
  void aThreadSyncsEverySecond() throws Exception {
    CountDownLatch synced = new CountDownLatch(1);
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.SYNCED && Thread.currentThread().getName().equals("kv-sync")) {
            synced.countDown();
          }
        });
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      synced.await();
    }
  }

  @Test
  void aFailureInTheBackgroundEndsTheUseOfTheStore() throws Exception {
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.SYNC && Thread.currentThread().getName().equals("kv-sync")) {
            throw new IOException("Input/output error");
          }
        });
    Store store = Store.open(directory);
    store.put(bytes("os"), bytes("mac"));
    assertThrows(
        IOException.class,
        () -> {
          while (true) {
            store.put(bytes("os"), bytes("mac"));
          }
        });
    assertThrows(IOException.class, store::close);
  }

  @Test
  void theSyncMarkIsSetWhereEverythingBeforeIsDurable() throws IOException {
    try (Store store = Store.open(directory, SMALL.withSync(Options.SyncPolicy.NEVER))) {
      store.put(bytes("a"), bytes("1"));
      store.put(bytes("b"), bytes("2"));
      store.sync();
      store.put(bytes("c"), bytes("3"));
      store.put(bytes("d"), bytes("4"));
      assertEquals("[P* a=1, P b=2, P* c=3, P d=4]", RawLog.text(file()));
      store.put(bytes("e"), new byte[60_000]);
      store.sync();
      store.put(bytes("f"), new byte[60_000]);
      // The seal of the segment before may not be durable yet.
      store.sync();
      store.put(bytes("g"), bytes("7"));
      assertTrue(RawLog.read(segment(2)).get(1).syncMark());
    }
  }
}
