package kv.step4;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The records that a compaction copies, and the keydir of the copies. */
class CopyLiveTest extends StoreFixture {
  @AfterEach
  void disarm() {
    FailPoint.set(null);
  }

  @Test
  void ofThreePutsOfAKeyOnlyTheLastIsCopied() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("os"), bytes("linux"));
      store.put(bytes("os"), bytes("bsd"));

      store.compact();
    }
    assertEquals("[P* os=bsd]", RawLog.text(file()));
  }

  @Test
  void aTombstoneIsNotCopied() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.delete(bytes("editor"));

      store.compact();

      assertNull(store.get(bytes("editor")));
    }
    assertEquals("[P* os=mac]", RawLog.text(file()));
  }

  @Test
  void everyKeyIsFoundAtItsCopy() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("dead"), bytes("1"));
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.delete(bytes("dead"));

      store.compact();

      assertEquals("mac", text(store.get(bytes("os"))));
      assertEquals("vim", text(store.get(bytes("editor"))));
    }
  }

  /** The old log stays in use, and with it the old keydir. */
  @Test
  void aFailedCompactionLosesNothing() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("dead"), bytes("1"));
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.delete(bytes("dead"));
      FailPoint.set(
          point -> {
            if (point == FailPoint.COPY_WRITTEN) {
              throw new IOException("No space left on device");
            }
          });

      assertThrows(IOException.class, store::compact);

      assertEquals("mac", text(store.get(bytes("os"))));
      assertEquals("vim", text(store.get(bytes("editor"))));
      assertEquals(2, store.size());
    }
  }
}
