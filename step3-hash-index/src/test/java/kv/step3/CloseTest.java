package kv.step3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class CloseTest extends StoreFixture {
  @Test
  void aSecondCloseDoesNothing() throws IOException {
    Store store = Store.open(directory);
    store.put(bytes("os"), bytes("mac"));
    store.close();
    store.close();

    // Nor does it release the directory of a store that was opened since.
    try (Store second = Store.open(directory)) {
      second.put(bytes("editor"), bytes("vim"));
      store.close();
      assertThrows(IOException.class, () -> Store.open(directory));
    }
    assertEquals("[P* os=mac, P* editor=vim]", RawLog.text(file()));
  }

  @Test
  void anyCallAfterCloseIsRefused() throws IOException {
    Store store = Store.open(directory);
    store.close();

    assertThrows(IllegalStateException.class, () -> store.put(bytes("os"), bytes("mac")));
    assertThrows(IllegalStateException.class, store::sync);
    assertThrows(IllegalStateException.class, () -> store.get(bytes("os")));
    assertThrows(IllegalStateException.class, () -> store.containsKey(bytes("os")));
    assertThrows(IllegalStateException.class, store::size);
    assertThrows(IllegalStateException.class, () -> store.delete(bytes("os")));
    assertThrows(IllegalStateException.class, () -> store.forEach((key, value) -> {}));
  }
}
