package kv.step4;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The puts that start a compaction. */
class WorthwhileTest extends StoreFixture {
  private static final int MEBIBYTE = 1 << 20;

  private final Logger logger = Logger.getLogger(Store.class.getName());
  private int compactions;

  /** Counts the compactions, and makes each of them fail if the failure is not null. */
  private void failWith(Throwable failure) {
    compactions = 0;
    FailPoint.set(
        point -> {
          if (point == FailPoint.COPY_STARTED) {
            compactions++;
            if (failure instanceof IOException e) {
              throw e;
            }
            if (failure instanceof Error e) {
              throw e;
            }
          }
        });
  }

  @BeforeEach
  void expectMessages() {
    logger.setFilter(entry -> false);
    failWith(null);
  }

  @AfterEach
  void disarm() {
    logger.setFilter(null);
    FailPoint.set(null);
  }

  /** Overwrites one key: each put but the first makes a mebibyte dead. */
  private static void put(Store store, int times) throws IOException {
    byte[] value = new byte[MEBIBYTE - 16 - 1];
    for (int i = 0; i < times; i++) {
      store.put(bytes("a"), value);
    }
  }

  @Test
  void nineDeadMebibytesAreNotWorthIt() throws IOException {
    try (Store store = Store.open(directory)) {
      put(store, 10);

      assertEquals(0, compactions);
      assertEquals(9L * MEBIBYTE, store.stats().deadBytes());
    }
  }

  @Test
  void tenDeadMebibytesAreWorthItIfTheyAreHalfOfTheLog() throws IOException {
    try (Store store = Store.open(directory)) {
      put(store, 11);

      assertEquals(1, compactions);
      assertEquals(0, store.stats().deadBytes());
      assertEquals(8 + MEBIBYTE, Files.size(file()));
    }
  }

  @Test
  void lessThanHalfOfTheLogIsNotWorthIt() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("live"), new byte[12 * MEBIBYTE]);
      put(store, 12);

      assertEquals(0, compactions);
      assertEquals(11L * MEBIBYTE, store.stats().deadBytes());
    }
  }

  @Test
  void aPutSucceedsAlthoughItsCompactionFails() throws IOException {
    try (Store store = Store.open(directory)) {
      failWith(new IOException("No space left on device"));
      try {
        put(store, 11);
      } catch (IOException e) {
        fail("the put of a record that is in the log threw: " + e);
      }
      assertEquals(1, compactions);
      assertEquals(1, state(store).size());
    }
  }

  @Test
  void aPutSucceedsAlthoughItsCompactionRunsOutOfMemory() throws IOException {
    try (Store store = Store.open(directory)) {
      failWith(new OutOfMemoryError("no memory for a second keydir"));
      try {
        put(store, 11);
      } catch (OutOfMemoryError e) {
        fail("the put of a record that is in the log threw: " + e);
      }
      assertEquals(1, compactions);
      assertEquals(1, state(store).size());
    }
  }

  @Test
  void aFailureIsNotRetriedBeforeTenMoreMebibytesAreDead() throws IOException {
    try (Store store = Store.open(directory)) {
      failWith(new IOException("No space left on device"));
      put(store, 20);
      assertEquals(1, compactions);
      put(store, 1);
      assertEquals(2, compactions);
    }
  }

  @Test
  void afterACompactionThatWorkedTenMebibytesAreEnoughAgain() throws IOException {
    try (Store store = Store.open(directory)) {
      failWith(new IOException("No space left on device"));
      put(store, 11);
      failWith(null);
      put(store, 10);
      assertEquals(1, compactions);
      put(store, 10);
      assertEquals(2, compactions);
      assertEquals(1, state(store).size());
    }
  }
}
