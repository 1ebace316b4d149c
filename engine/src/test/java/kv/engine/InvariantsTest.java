package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** The check that the other tests rely on detects each fault. */
class InvariantsTest extends StoreFixture {
  private Log log;
  private KeyDir keydir;

  /** Writes a segment of three records, two of them dead, and a segment of one live record. */
  private void open() throws IOException {
    putAndClose("os", "mac", "os", "linux", "editor", "vim");
    try (Store store = Store.open(directory, QUIET)) {
      store.delete(bytes("editor"));
      store.put(bytes("shell"), bytes("zsh"));
    }
    log = new Log(DirectoryHandle.readOnly(directory), QUIET);
    keydir = LogOpener.run(directory, true, 0, log).keydir();
    Invariants.check(log, keydir);
  }

  @Test
  void detectsAnEntryThatIsNotTheLastPut() throws IOException {
    open();
    long hash = keydir.hash(bytes("os"));
    keydir.replace(hash, Location.of(1, 16 + 21), Location.of(1, 16));

    assertDetected("I2: the keydir entry of a key is its last put");
  }

  @Test
  void detectsAKeyThatTheKeydirLacks() throws IOException {
    open();
    long hash = keydir.hash(bytes("os"));
    keydir.apply(Record.DELETE, keydir.find(hash, bytes("os")), hash, Location.of(2, 16));

    assertDetected("I2: the keydir entry of a key is its last put");
  }

  @Test
  void detectsAKeyThatTheLogLacks() throws IOException {
    open();
    long hash = keydir.hash(bytes("editor"));
    int slot = keydir.find(hash, bytes("editor"));
    keydir.apply(Record.PUT, slot, hash, Location.of(1, 16 + 21 + 23));

    assertDetected("I2: the keydir contains only keys of the log");
  }

  @Test
  void detectsLiveBytesThatAreNotExact() throws IOException {
    open();
    log.sealed().get(1).addLive(-1);

    assertDetected("the live bytes of 000002-000002.0 are exact");
  }

  @Test
  void detectsTotalsThatAreNotTheSums() throws IOException {
    open();
    // The segment is right, and the total is not.
    log.account(Location.of(2, 16), 1, KeyDir.NONE);
    log.sealed().get(1).addLive(-1);

    assertDetected("the totals are the sums over the segments");
  }

  @Test
  void detectsAForeignFile() throws IOException {
    open();
    Files.writeString(directory.resolve("000007-000007.0.data"), "");

    assertDetected("000007-000007.0.data is a file of the store");
  }

  private void assertDetected(String invariant) {
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> Invariants.check(log, keydir));
    assertEquals("does not hold: " + invariant, e.getMessage());
  }
}
