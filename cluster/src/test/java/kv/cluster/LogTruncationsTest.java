package kv.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Calls are made in the order in which Ratis makes them; ReplacedLeaderTest shows that it does. */
class LogTruncationsTest {
  private final LogTruncations truncations = new LogTruncations();
  private long flushIndex = 100;

  private long flushed() {
    return truncations.flushed(() -> flushIndex);
  }

  @Test
  void entriesThatAreCutOffDoNotCountUntilTheFileIsCut() throws Exception {
    assertEquals(100, flushed());

    CompletableFuture<Void> cut = truncations.truncate(90);
    assertEquals(89, flushed());
    // Entries that were written before.
    truncations.flush(100);
    assertEquals(89, flushed());

    cut.get();
    flushIndex = 89;
    assertEquals(89, flushed());

    truncations.flush(95);
    flushIndex = 95;
    assertEquals(95, flushed());
  }

  @Test
  void theLowestOfSeveralTruncationsCounts() throws Exception {
    CompletableFuture<Void> first = truncations.truncate(90);
    CompletableFuture<Void> second = truncations.truncate(80);
    CompletableFuture<Void> third = truncations.truncate(85);

    first.get();
    flushIndex = 89;
    truncations.flush(89);
    assertEquals(79, flushed());

    second.get();
    third.get();
    flushIndex = 79;
    truncations.flush(85);
    flushIndex = 85;
    assertEquals(85, flushed());
    assertEquals(3, truncations.count());
  }
}
