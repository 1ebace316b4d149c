package kv.step5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InterruptTest extends StoreFixture {
  @AfterEach
  void disarm() {
    FailPoint.set(null);
  }

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

  @Test
  void aMergeThatAnInterruptedThreadStartsClosesTheStoreAndLosesNothing() throws IOException {
    Store store = Store.open(directory);
    store.put(bytes("os"), bytes("mac"));
    store.put(bytes("os"), bytes("linux"));

    Thread.currentThread().interrupt();
    assertThrows(IOException.class, store::merge);
    assertTrue(Thread.interrupted(), "the interrupt flag stays set");
    assertThrows(IOException.class, store::close);

    assertEquals(Map.of("os", "linux"), reopenedState());
    assertEquals(List.of(), names(".tmp"));
  }

  @Test
  void anInterruptDuringACopyEndsTheMergeAndHarmsNothing() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("os"), bytes("linux"));

      interruptAt(FailPoint.COPY_STARTED);
      assertThrows(IOException.class, store::merge);
      FailPoint.set(null);
      assertTrue(Thread.interrupted(), "the interrupt flag stays set");

      assertEquals(List.of(), names(".tmp"));
      assertEquals(Map.of("os", "linux"), state(store));
      store.put(bytes("editor"), bytes("vim"));
      store.merge();
    }
    assertEquals(Map.of("os", "linux", "editor", "vim"), reopenedState());
  }

  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      names = {"COPY_DURABLE", "RENAMED"})
  void anInterruptDuringTheCommitClosesTheStoreAndLosesNothing(FailPoint moment)
      throws IOException {
    Store store = Store.open(directory);
    store.put(bytes("os"), bytes("mac"));
    FailPoint.set(
        point -> {
          if (point == moment) {
            // Otherwise there would be nothing to sync, and no call to interrupt.
            store.put(bytes("os"), bytes("linux"));
            Thread.currentThread().interrupt();
          }
        });
    assertThrows(IOException.class, store::merge);
    FailPoint.set(null);
    assertTrue(Thread.interrupted(), "the interrupt flag stays set");

    assertThrows(IOException.class, () -> store.put(bytes("editor"), bytes("vim")));
    assertThrows(IOException.class, store::close);
    assertEquals(Map.of("os", "linux"), reopenedState());
    assertEquals(List.of(), names(".tmp"));
  }

  private static void interruptAt(FailPoint moment) {
    FailPoint.set(
        point -> {
          if (point == moment) {
            Thread.currentThread().interrupt();
          }
        });
  }
}
