package kv.step3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
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
    assertEquals(Map.of("os", "mac", "editor", "vim"), reopenedState());
  }

  @Test
  void anInterruptedReaderClosesTheStoreToo() throws IOException {
    putAndClose("os", "mac");
    Store store = Store.open(directory);

    Thread.currentThread().interrupt();
    assertThrows(IOException.class, () -> store.get(bytes("os")));
    assertTrue(Thread.interrupted(), "the interrupt flag stays set");
    assertThrows(IOException.class, store::close);

    assertEquals(Map.of("os", "mac"), reopenedState());
  }

  @Test
  void anInterruptedForEachClosesOnlyItsOwnReader() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("large"), new byte[1_000_000]);

      assertThrows(
          IOException.class,
          () -> store.forEach((key, value) -> Thread.currentThread().interrupt()));
      assertTrue(Thread.interrupted(), "the interrupt flag stays set");

      assertEquals("mac", text(store.get(bytes("os"))));
    }
  }
}
