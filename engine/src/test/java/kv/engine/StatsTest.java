package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatsTest extends StoreFixture {
  @Test
  void countLiveAndDeadBytesToTheByte() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      assertEquals(new Stats(0, 0, 0, 0, 0, 0, List.of(), null), store.stats());
      store.put(bytes("os"), bytes("mac")); // 21 bytes
      assertEquals(oneSegment(1, false, 21, 0), store.stats());
      store.put(bytes("editor"), bytes("vim")); // 25
      assertEquals(oneSegment(2, false, 46, 0), store.stats());
      store.put(bytes("os"), bytes("linux")); // 23: the first 21 are dead
      assertEquals(oneSegment(2, false, 48, 21), store.stats());
      store.delete(bytes("editor")); // 22, dead at once, like the 25
      assertEquals(oneSegment(1, false, 23, 21 + 25 + 22), store.stats());
    }
    assertEquals(16 + 23 + 21 + 25 + 22 + 24, Files.size(file()));
    try (Store store = Store.open(directory, QUIET)) {
      assertEquals(oneSegment(1, true, 23, 21 + 25 + 22), store.stats());
    }
    Files.delete(SegmentName.fresh(1).hint(directory));
    try (Store store = Store.open(directory, QUIET)) {
      assertEquals(oneSegment(1, true, 23, 21 + 25 + 22), store.stats());
    }
  }

  private static Stats oneSegment(long keys, boolean sealed, long live, long dead) {
    Stats.Segment segment = new Stats.Segment("000001-000001.0", sealed, live, dead);
    return new Stats(keys, 1, live, dead, 0, 0, List.of(segment), null);
  }

  @Test
  void countLiveAndDeadBytesForEachSegment() throws IOException {
    putAndClose("os", "mac", "editor", "vim");
    putAndClose("os", "linux");
    try (Store store = Store.open(directory, QUIET)) {
      store.delete(bytes("editor"));

      assertEquals(
          new Stats(
              1,
              3,
              23,
              21 + 25 + 22,
              0,
              0,
              List.of(
                  new Stats.Segment("000001-000001.0", true, 0, 21 + 25),
                  new Stats.Segment("000002-000002.0", true, 23, 0),
                  new Stats.Segment("000003-000003.0", false, 0, 22)),
              null),
          store.stats());
    }
  }

  @Test
  void countTheBytesWrittenByMerges() throws IOException {
    putAndClose("os", "mac", "editor", "vim");
    putAndClose("os", "linux");
    try (Store store = Store.open(directory, QUIET)) {
      store.merge();

      Stats.Segment merged = new Stats.Segment("000001-000002.1", true, 25 + 23, 0);
      assertEquals(new Stats(2, 1, 25 + 23, 0, 1, 25 + 23, List.of(merged), null), store.stats());
      assertEquals(16 + 25 + 23 + 24, Files.size(directory.resolve("000001-000002.1.data")));

      store.put(bytes("os"), bytes("bsd"));
      // In the sealed segments, only "vim" is live now.
      store.merge();
      assertEquals(2, store.stats().merges());
      assertEquals(25 + 23 + 25, store.stats().mergedBytes());
    }
  }

  @Test
  void areRefusedAfterClose() throws IOException {
    Store store = Store.open(directory, QUIET);
    store.close();
    assertThrows(IllegalStateException.class, store::stats);
  }
}
