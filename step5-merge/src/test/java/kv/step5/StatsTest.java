package kv.step5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class StatsTest extends StoreFixture {
  @Test
  void countLiveAndDeadBytesToTheByte() throws IOException {
    try (Store store = Store.open(directory)) {
      assertEquals(new Stats(0, 1, 0, 0), store.stats());
      store.put(bytes("os"), bytes("mac")); // 21 bytes
      assertEquals(new Stats(1, 1, 21, 0), store.stats());
      store.put(bytes("editor"), bytes("vim")); // 25
      assertEquals(new Stats(2, 1, 46, 0), store.stats());
      store.put(bytes("os"), bytes("linux")); // 23: the first 21 are dead
      assertEquals(new Stats(2, 1, 48, 21), store.stats());
      store.delete(bytes("editor")); // 22, dead at once, like the 25
      assertEquals(new Stats(1, 1, 23, 21 + 25 + 22), store.stats());
      assertEquals(8 + 23 + 21 + 25 + 22, Files.size(file()));
    }
    try (Store store = Store.open(directory)) {
      assertEquals(new Stats(1, 1, 23, 21 + 25 + 22), store.stats());
      store.merge();
      assertEquals(new Stats(1, 2, 23, 0), store.stats());
    }
  }

  @Test
  void afterCloseTheyAreRefused() throws IOException {
    Store store = Store.open(directory);
    store.close();
    assertThrows(IllegalStateException.class, store::stats);
  }
}
