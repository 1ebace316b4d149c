package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Writes to a map that fail. The reserved pages of the active segment are removed, so that a write
 * to them faults as on a full copy-on-write file system. JDK 17 reports the fault late, and
 * compiled code behaves differently from interpreted code.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "cannot shorten a mapped file")
class CutFileTest extends StoreFixture {
  @ParameterizedTest
  @CsvSource({"2000, NEVER", "100000, NEVER", "2000, EVERY_SECOND", "500, ALWAYS"})
  void aReturnedPutIsInTheFileAndNoErrorIsReportedLate(int warm, Options.SyncPolicy policy)
      throws Exception {
    AtomicReference<Throwable> escaped = new AtomicReference<>();
    List<String> acknowledged = new ArrayList<>();
    // On another thread, so that a late error does not appear in another test.
    Thread writer =
        new Thread(
            () -> {
              try {
                putUntilItFails(warm, policy, acknowledged);
              } catch (Throwable e) {
                escaped.set(e);
              }
            });
    writer.setUncaughtExceptionHandler((thread, late) -> escaped.set(late));
    writer.start();
    writer.join();
    if (escaped.get() != null) {
      throw new AssertionError("a put may throw only an IOException", escaped.get());
    }

    try (Store store = Store.open(directory, QUIET)) {
      for (String key : acknowledged) {
        assertNotNull(store.get(bytes(key)), key);
      }
      assertEquals(acknowledged.size(), store.size());
    }
  }

  private void putUntilItFails(int warm, Options.SyncPolicy policy, List<String> acknowledged)
      throws IOException {
    Store store = Store.open(directory, QUIET.withSync(policy));
    byte[] value = new byte[300];
    for (int i = 0; i < warm; i++) {
      store.put(bytes("k" + i), value);
      acknowledged.add("k" + i);
    }
    store.sync();
    long end = RawLog.end(Files.readAllBytes(file()));
    try (RandomAccessFile file = new RandomAccessFile(file().toFile(), "rw")) {
      file.setLength((end + 4095) / 4096 * 4096);
    }
    int refused = 0;
    for (int i = 0; i < 400; i++) {
      try {
        store.put(bytes("x" + i), value);
        acknowledged.add("x" + i);
        assertEquals(0, refused, "a failed store accepted a put");
      } catch (IOException e) {
        refused++;
      }
    }
    assertTrue(refused > 0);
    assertNotNull(store.failure());
    // Earlier values can be read, and the errors of all writes were reported by now.
    for (String key : acknowledged) {
      assertNotNull(store.get(bytes(key)), key);
    }
    try {
      store.close();
    } catch (IOException e) {
      // Expected: the store has failed.
    }
    long sum = 0;
    for (int i = 0; i < 1_000_000; i++) {
      sum += new byte[i % 100].length;
    }
    assertTrue(sum > 0);
  }
}
