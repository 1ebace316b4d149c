package kv.step1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class InterruptTest extends StoreFixture {
  @Test
  void anInterruptedThreadClosesTheStoreAndLosesNothing() throws IOException {
    Store store = Store.open(directory);
    store.put(bytes("os"), bytes("mac"));

    Thread.currentThread().interrupt();
    assertThrows(IOException.class, () -> store.put(bytes("os"), bytes("linux")));
    assertTrue(Thread.interrupted(), "the interrupt flag stays set");

    IOException e = assertThrows(IOException.class, () -> store.put(bytes("editor"), bytes("vim")));
    assertTrue(e.getMessage().contains("open it again"), e.getMessage());
    assertThrows(IOException.class, store::close);

    putAndClose("editor", "vim");
    assertEquals("[P* os=mac, P* editor=vim]", RawLog.text(file()));
  }
}
