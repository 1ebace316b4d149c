package kv.step4;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The check that the other tests rely on detects a violation. */
class InvariantsTest extends StoreFixture {
  @Test
  void aKeydirThatDiffersFromTheLogIsDetected() throws IOException {
    KeyDir keydir = new KeyDir();
    DirectoryLock lock = DirectoryLock.acquire(directory);
    try (Store store = new Store(lock, LogFile.open(file(), keydir), keydir)) {
      store.put(bytes("os"), bytes("mac"));
      store.checkInvariants();

      keydir.put(bytes("os"), new KeyDir.Location(8, 22));

      IllegalStateException e = assertThrows(IllegalStateException.class, store::checkInvariants);
      assertEquals("I2: the keydir differs from a replay of the log", e.getMessage());
    }
  }
}
