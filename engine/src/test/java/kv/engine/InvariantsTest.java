package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** The check that the other tests rely on finds what it is to find. */
class InvariantsTest extends StoreFixture {
  private Log log;
  private KeyDir keydir;

  /** A segment of three records, two of which are dead, and one of one that is live. */
  private void open() throws IOException {
    putAndClose("os", "mac", "os", "linux", "editor", "vim");
    try (Store store = Store.open(directory, QUIET)) {
      store.delete(bytes("editor"));
      store.put(bytes("shell"), bytes("zsh"));
    }
    log = new Log(DirectoryHandle.readOnly(directory), QUIET);
    keydir = new KeyDir(log, new SipHash(1, 2)::hash);
    LogOpener.run(directory, true, 0, log, keydir);
    Invariants.check(log, keydir);
  }

  @Test
  void aKeyThatIsNotWhereItsLastPutIsIsFound() throws IOException {
    open();
    long hash = keydir.hash(bytes("os"));
    keydir.replace(hash, Location.of(1, 16 + 21), Location.of(1, 16));

    assertFound("I2: is the keydir entry of a key its last put?");
  }

  @Test
  void aKeyThatTheKeydirDoesNotHaveIsFound() throws IOException {
    open();
    long hash = keydir.hash(bytes("os"));
    keydir.apply(Record.DELETE, keydir.find(hash, bytes("os")), hash, Location.of(2, 16));

    assertFound("I2: is the keydir entry of a key its last put?");
  }

  @Test
  void aKeyThatTheLogDoesNotHaveIsFound() throws IOException {
    open();
    long hash = keydir.hash(bytes("editor"));
    int slot = keydir.find(hash, bytes("editor"));
    keydir.apply(Record.PUT, slot, hash, Location.of(1, 16 + 21 + 23));

    assertFound("I2: has the keydir no key that the log has not?");
  }

  @Test
  void anAccountThatIsNotExactIsFound() throws IOException {
    open();
    log.sealed().get(1).addLive(-1);

    assertFound("is the accounting of 000002-000002.0 exact?");
  }

  @Test
  void accountsThatDoNotAddUpAreFound() throws IOException {
    open();
    // Right for the segment, and nothing of it in the sum.
    log.account(Location.of(2, 16), 1, KeyDir.NONE);
    log.sealed().get(1).addLive(-1);

    assertFound("do the segments' accounts add up?");
  }

  @Test
  void aFileThatIsNotTheStoresIsFound() throws IOException {
    open();
    Files.writeString(directory.resolve("000007-000007.0.data"), "");

    assertFound("is 000007-000007.0.data a file of the store?");
  }

  private void assertFound(String question) {
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> Invariants.check(log, keydir));
    assertEquals(question + " No.", e.getMessage());
  }
}
