package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UninterruptibleTest extends StoreFixture {
  @Test
  void aCallReturnsTheResultOfItsAction() throws IOException {
    assertEquals("mac", Uninterruptible.call(() -> "mac"));
  }

  @Test
  void aCallThrowsTheExceptionOfItsAction() {
    for (Throwable thrown :
        new Throwable[] {
          new IOException("disk"), new IllegalStateException("state"), new InternalError("map")
        }) {
      assertSame(
          thrown,
          assertThrows(
              thrown.getClass(),
              () ->
                  Uninterruptible.call(
                      () -> {
                        if (thrown instanceof IOException e) {
                          throw e;
                        }
                        if (thrown instanceof Error e) {
                          throw e;
                        }
                        throw (RuntimeException) thrown;
                      })));
    }
  }

  @Test
  void theFileChannelOfAnInterruptedThreadIsNotClosed() throws IOException {
    Thread.currentThread().interrupt();
    try {
      long size =
          Uninterruptible.call(
              () -> {
                assertFalse(Thread.currentThread().isInterrupted());
                try (FileChannel channel =
                    FileChannel.open(
                        file(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                  channel.force(true);
                  assertTrue(channel.isOpen());
                  return channel.size();
                }
              });
      assertEquals(0, size);
    } finally {
      assertTrue(Thread.interrupted(), "the caller's interrupt flag stays set");
    }
  }

  @Test
  void anInterruptDuringACallIsRestoredAtItsEnd() throws Exception {
    Thread caller = Thread.currentThread();
    Thread other =
        Uninterruptible.call(
            () -> {
              caller.interrupt();
              // Until the caller has noticed the interrupt, and continues to wait.
              while (caller.isInterrupted()) {
                Thread.onSpinWait();
              }
              return Thread.currentThread();
            });
    assertTrue(Thread.interrupted(), "the caller's interrupt flag stays set");
    assertNotSame(caller, other);
    assertFalse(other.isAlive());
  }

  @Test
  void anInterruptDoesNotEndTheWaitForALatch() {
    CountDownLatch latch = new CountDownLatch(1);
    Thread waiter = Thread.currentThread();
    Uninterruptible.start(
        "kv-test",
        () -> {
          waiter.interrupt();
          // Until the waiter has noticed the interrupt, and waits again.
          while (waiter.isInterrupted() || waiter.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
          }
          latch.countDown();
        });
    Uninterruptible.await(latch);
    assertTrue(Thread.interrupted(), "the caller's interrupt flag stays set");
    assertEquals(0, latch.getCount());
  }

  @Test
  void itsThreadsDoNotKeepTheProcessFromEnding() {
    CountDownLatch latch = new CountDownLatch(1);
    Thread thread = Uninterruptible.start("kv-test", () -> await(latch));
    assertTrue(thread.isDaemon());
    assertEquals("kv-test", thread.getName());
    latch.countDown();
    Uninterruptible.join(thread);
    assertFalse(thread.isAlive());
  }
}
