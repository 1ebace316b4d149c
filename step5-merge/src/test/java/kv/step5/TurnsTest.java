package kv.step5;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads take turns: no call begins before the running call ends. */
class TurnsTest extends StoreFixture {
  private interface Call {
    void on(Store store) throws IOException;
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void everyCallWaitsForTheRunningCall() throws Exception {
    Store store = Store.open(directory);
    List<Call> calls =
        List.of(
            s -> s.put(bytes("os"), bytes("mac")),
            s -> s.sync(),
            s -> s.get(bytes("os")),
            s -> s.delete(bytes("os")),
            s -> s.forEach((key, value) -> {}),
            s -> s.containsKey(bytes("os")),
            s -> s.size(),
            s -> s.stats(),
            s -> s.merge(),
            s -> s.close());
    List<Throwable> failures = new ArrayList<>();
    for (Call call : calls) {
      Thread other =
          new Thread(
              () -> {
                try {
                  call.on(store);
                } catch (IOException e) {
                  failures.add(e);
                }
              });
      // Every method holds this lock while it runs.
      synchronized (store) {
        other.start();
        // A call that does not wait would end, and this loop would not: hence the timeout.
        while (other.getState() != Thread.State.BLOCKED) {
          Thread.onSpinWait();
        }
      }
      other.join();
    }
    assertEquals(List.of(), failures);
  }
}
