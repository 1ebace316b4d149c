package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CloseTest extends StoreFixture {
  @Test
  void aSecondCloseDoesNothing() throws IOException {
    Store store = Store.open(directory, QUIET);
    store.put(bytes("os"), bytes("mac"));
    store.close();
    store.close();

    // Nor does it release the directory of a store that was opened since.
    try (Store second = Store.open(directory, QUIET)) {
      second.put(bytes("editor"), bytes("vim"));
      store.close();
      assertThrows(IOException.class, () -> Store.open(directory, QUIET));
    }
    assertEquals("[P* os=mac] [P* editor=vim]", log());
  }

  @Test
  void anyCallAfterCloseIsRefused() throws IOException {
    Store store = Store.open(directory, QUIET);
    store.close();

    assertThrows(IllegalStateException.class, () -> store.put(bytes("os"), bytes("mac")));
    assertThrows(IllegalStateException.class, store::sync);
    assertThrows(IllegalStateException.class, () -> store.get(bytes("os")));
    assertThrows(IllegalStateException.class, () -> store.containsKey(bytes("os")));
    assertThrows(IllegalStateException.class, store::size);
    assertThrows(IllegalStateException.class, () -> store.delete(bytes("os")));
    assertThrows(IllegalStateException.class, () -> store.forEach((key, value) -> {}));
    assertThrows(IllegalStateException.class, store::stats);
    assertThrows(IllegalStateException.class, store::merge);
  }

  @Test
  void sealsTheLog() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      assertFalse(store.stats().segments().get(0).sealed());
    }
    byte[] bytes = Files.readAllBytes(file());
    assertEquals('S', bytes[(int) RawLog.end(bytes)]);
    assertEquals(RawLog.end(bytes) + 24, bytes.length);
  }

  @Test
  void changesNothingAfterAReadOnlyUse() throws IOException {
    putAndClose("os", "mac");
    SortedMap<String, ByteBuffer> files = files();
    try (Store store = Store.open(directory, QUIET)) {
      assertEquals("mac", text(store.get(bytes("os"))));
    }
    assertEquals(files, files());
  }

  @Test
  void endsTheThreadsOfTheStore() throws Exception {
    // A thread inherits the group of its creator, so this group has no threads of other tests.
    ThreadGroup group = new ThreadGroup("of this test");
    List<List<String>> threads = new ArrayList<>();
    Runnable use =
        () -> {
          try (Store store = Store.open(directory)) {
            store.put(bytes("os"), bytes("mac"));
            threads.add(names(group));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          threads.add(names(group));
        };
    Thread user = new Thread(group, use, "user");
    user.start();
    user.join();

    assertEquals(
        List.of(List.of("kv-merge", "kv-seal", "kv-sync", "user"), List.of("user")), threads);
  }

  private static List<String> names(ThreadGroup group) {
    Thread[] threads = new Thread[100];
    int count = group.enumerate(threads);
    return Stream.of(threads).limit(count).map(Thread::getName).sorted().toList();
  }
}
