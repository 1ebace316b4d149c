package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class SyncTest extends StoreFixture {
  @Test
  void marksTheRecordAfterIt() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("a"), bytes("1"));
      store.put(bytes("b"), bytes("2"));
      store.sync();
      store.put(bytes("c"), bytes("3"));
      store.put(bytes("d"), bytes("4"));
    }

    assertEquals("[P* a=1, P b=2, P* c=3, P d=4]", log());
  }

  @Test
  void isOneFsyncOrNoneWhenEverythingIsDurable() throws IOException {
    List<String> fsyncs = recordFsyncs();
    try (Store store = Store.open(directory, QUIET)) {
      fsyncs.clear();
      store.sync();
      assertEquals(List.of(), fsyncs);
      store.put(bytes("os"), bytes("mac"));
      // The new segment, then its name.
      assertEquals(List.of("000001-000001.0.data", directory.getFileName().toString()), fsyncs);
      fsyncs.clear();
      store.put(bytes("os"), bytes("linux"));
      assertEquals(List.of(), fsyncs);
      store.sync();
      assertEquals(List.of("000001-000001.0.data"), fsyncs);
      store.sync();
      assertEquals(List.of("000001-000001.0.data"), fsyncs);
    }
  }

  @Test
  void isPartOfEveryPutAndDeleteUnderAlways() throws IOException {
    List<String> fsyncs = recordFsyncs();
    Options always = QUIET.withSync(Options.SyncPolicy.ALWAYS);
    try (Store store = Store.open(directory, always)) {
      store.put(bytes("a"), bytes("1"));
      for (int i = 0; i < 5; i++) {
        fsyncs.clear();
        store.put(bytes("b"), bytes("2"));
        assertEquals(List.of("000001-000001.0.data"), fsyncs);
      }
      fsyncs.clear();
      store.delete(bytes("a"));
      assertEquals(List.of("000001-000001.0.data"), fsyncs);
      store.delete(bytes("a"));
      store.sync();
      assertEquals(List.of("000001-000001.0.data"), fsyncs);
    }

    assertEquals("[P* a=1, P* b=2, P* b=2, P* b=2, P* b=2, P* b=2, D* a]", log());
  }

  @Test
  void isPartOfClose() throws IOException {
    List<String> fsyncs = recordFsyncs();
    Store store = Store.open(directory, QUIET);
    store.put(bytes("os"), bytes("mac"));
    fsyncs.clear();

    store.close();

    // The records, then the seal, which says that they are durable.
    assertEquals(
        List.of("000001-000001.0.data", "000001-000001.0.data", directory.getFileName().toString()),
        fsyncs);
  }

  @Test
  void isTheWorkOfAnotherThreadAtTheEndOfASegmentAfterTheNextWasCreated() throws IOException {
    List<String> points = Collections.synchronizedList(new ArrayList<>());
    FailPoint.set((point, file) -> points.add(point + " " + file.getFileName()));
    try (Store store = Store.open(directory, SMALL.withSync(Options.SyncPolicy.NEVER))) {
      store.put(bytes("os"), new byte[30_000]);
      store.put(bytes("os"), new byte[30_000]);
      points.clear();
      store.put(bytes("os"), new byte[30_000]);
      store.sync();
    }

    String name = directory.getFileName().toString();
    assertEquals(
        List.of(
            "SEALED 000001-000001.0.data",
            "CREATE 000002-000002.0.data",
            "CREATED 000002-000002.0.data",
            "SYNC 000001-000001.0.data",
            "SYNCED 000001-000001.0.data",
            "SYNC " + name,
            "DIRECTORY_SYNCED " + name,
            "SYNC 000002-000002.0.data",
            "SYNCED 000002-000002.0.data"),
        points.stream()
            .filter(point -> !point.startsWith("RESERVE") && !point.startsWith("HINTED"))
            .toList()
            .subList(0, 9));
  }

  @Test
  void whenItFailsTheStoreRefusesAllFurtherWrites() throws IOException {
    Store store = Store.open(directory, QUIET);
    store.put(bytes("os"), bytes("mac"));
    failEverySync();
    assertThrows(IOException.class, store::sync);

    // The disk works again, and the store must not trust it.
    List<String> fsyncs = recordFsyncs();
    IOException e = assertThrows(IOException.class, store::sync);
    assertTrue(e.getMessage().contains("open it again"), e.getMessage());
    assertThrows(IOException.class, () -> store.put(bytes("editor"), bytes("vim")));
    assertThrows(IOException.class, () -> store.delete(bytes("os")));
    assertThrows(IOException.class, store::merge);
    assertThrows(IOException.class, () -> store.snapshot(directory.resolve("snapshot")));
    assertEquals(e.getMessage(), store.failure().getMessage());
    // The log is still readable.
    assertEquals("mac", text(store.get(bytes("os"))));
    assertTrue(store.containsKey(bytes("os")));
    assertEquals(1, store.size());
    assertEquals(1, store.stats().keys());
    List<String> keys = new ArrayList<>();
    store.forEach((key, value) -> keys.add(text(key)));
    assertEquals(List.of("os"), keys);
    assertThrows(IOException.class, store::close);
    assertEquals(List.of(), fsyncs);
  }

  @Test
  void whenItFailsCloseStillReleasesTheDirectory() throws IOException {
    Store store = Store.open(directory, QUIET);
    store.put(bytes("os"), bytes("mac"));
    failEverySync();

    assertThrows(IOException.class, store::close);
    store.close();

    FailPoint.set(null);
    putAndClose("editor", "vim");
    assertEquals("[P* os=mac] [P* editor=vim]", log());
  }

  private static void failEverySync() {
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.SYNC) {
            throw new IOException("the disk has failed");
          }
        });
  }

  /** Starts to record the names of the files that are fsynced. */
  private static List<String> recordFsyncs() {
    List<String> fsyncs = new ArrayList<>();
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.SYNC) {
            fsyncs.add(file.getFileName().toString());
          }
        });
    return fsyncs;
  }
}
