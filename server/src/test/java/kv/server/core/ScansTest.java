package kv.server.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import kv.engine.Store;
import kv.server.resp.RespWire;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guarantees of a scan, and its memory. */
class ScansTest {
  @TempDir Path directory;

  private Store store;
  private long now = 1;

  @BeforeEach
  void open() throws IOException {
    store = Store.open(directory);
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  private void put(String key) throws IOException {
    store.put(RespWire.bytes(key), new byte[0]);
  }

  private void putKeys(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      put("key" + i);
    }
  }

  private Scans scans(long maxBytes) {
    return new Scans(new EngineStore(store), maxBytes, () -> now);
  }

  private static List<String> texts(Scans.Page page) {
    return page.keys().stream().map(RespWire::text).toList();
  }

  private static List<String> keys(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "key" + i).toList();
  }

  @Test
  void pagesFollowOneAnotherUntilTheCursorIsZero() throws Exception {
    putKeys(5);
    Scans scans = scans(1 << 20);
    Scans.Page first = scans.scan(0, 2, null);
    Scans.Page second = scans.scan(first.cursor(), 2, null);
    Scans.Page last = scans.scan(second.cursor(), 2, null);
    assertEquals(keys(0, 2), texts(first));
    assertEquals(keys(2, 4), texts(second));
    assertEquals(keys(4, 5), texts(last));
    assertEquals(0, last.cursor());
  }

  /** The first two pages differ from the others: they may see changes since the first call. */
  @Test
  void aKeyThatExistsAllTheTimeIsReturnedOnceDespiteOtherChanges() throws Exception {
    for (int count : new int[] {1, 7, 50, 99, 100, 101}) {
      store.clear();
      putKeys(100);
      Scans scans = scans(1 << 20);
      List<String> found = new ArrayList<>();
      long cursor = 0;
      do {
        Scans.Page page = scans.scan(cursor, count, null);
        found.addAll(texts(page));
        cursor = page.cursor();
        put("new" + found.size());
        put("key0");
        put("key50");
        store.delete(RespWire.bytes("key98"));
        store.merge();
      } while (cursor != 0);

      Set<String> once = new HashSet<>(found);
      assertEquals(found.size(), once.size(), "a key was returned twice, with COUNT " + count);
      for (String key : keys(0, 100)) {
        assertTrue(key.equals("key98") || once.contains(key), key + ", with COUNT " + count);
      }
    }
  }

  @Test
  void aKeyThatIsDeletedBeforeTheScanReachesItIsLeftOut() throws Exception {
    putKeys(6);
    Scans scans = scans(1 << 20);
    long cursor = scans.scan(0, 1, null).cursor();
    store.delete(RespWire.bytes("key1"));
    cursor = scans.scan(cursor, 1, null).cursor();
    store.delete(RespWire.bytes("key4"));
    assertEquals(List.of("key3", "key5"), texts(scans.scan(cursor, 10, null)));
  }

  @Test
  void aKeyOfTheFirstPageIsNotReturnedAgainAfterADeleteAndAPut() throws Exception {
    putKeys(3);
    Scans scans = scans(1 << 20);
    Scans.Page first = scans.scan(0, 1, null);
    store.delete(RespWire.bytes("key0"));
    put("key0");
    assertEquals(keys(0, 1), texts(first));
    assertEquals(keys(1, 3), texts(scans.scan(first.cursor(), 10, null)));
  }

  /** The second page differs from the first: both may have another pattern. */
  @Test
  void aKeyThatTheFirstPageLookedAtIsNotLookedAtAgain() throws Exception {
    putKeys(3);
    Scans scans = scans(1 << 20);
    Scans.Page first = scans.scan(0, 2, RespWire.bytes("key1"));
    assertEquals(keys(1, 2), texts(first));
    assertEquals(keys(2, 3), texts(scans.scan(first.cursor(), 10, null)));
  }

  @Test
  void aScanIsCheapUntilItsSecondPage() throws Exception {
    putKeys(1000);
    // Room for the first page, but not for a copy of all keys.
    Scans scans = scans(10 * (Budget.ARRAY_COST + 6));
    Scans.Page first = scans.scan(0, 5, null);
    assertEquals(keys(0, 5), texts(first));
    assertThrows(Scans.ScanException.class, () -> scans.scan(first.cursor(), 5, null));
  }

  @Test
  void theCopyTakesTheMemoryOfTheFirstPage() throws Exception {
    putKeys(10);
    Scans scans = scans(5 * (Budget.ARRAY_COST + "key0".length()));
    long cursor = scans.scan(0, 5, null).cursor();
    assertEquals(keys(5, 10), texts(scans.scan(cursor, 5, null)));
  }

  @Test
  void aScanOfOnePageTakesNoMemory() throws Exception {
    putKeys(5);
    Scans scans = scans(5 * "key0".length());
    assertEquals(keys(0, 5), texts(scans.scan(0, 5, null)));
  }

  @Test
  void theSameCursorReturnsTheSamePage() throws Exception {
    putKeys(9);
    Scans scans = scans(1 << 20);
    long cursor = scans.scan(0, 3, null).cursor();
    assertEquals(keys(3, 6), texts(scans.scan(cursor, 3, null)));
    assertEquals(keys(3, 6), texts(scans.scan(cursor, 3, null)));
  }

  @Test
  void aPageWithoutAMatchIsNotTheEnd() throws Exception {
    putKeys(5);
    Scans scans = scans(1 << 20);
    Scans.Page first = scans.scan(0, 4, RespWire.bytes("key4"));
    assertEquals(List.of(), texts(first));
    assertEquals(List.of("key4"), texts(scans.scan(first.cursor(), 4, RespWire.bytes("key4"))));
  }

  @Test
  void scansDoNotDisturbOneAnother() throws Exception {
    putKeys(4);
    Scans scans = scans(1 << 20);
    long one = scans.scan(0, 1, null).cursor();
    long two = scans.scan(0, 3, null).cursor();
    assertEquals(keys(1, 4), texts(scans.scan(one, 10, null)));
    assertEquals(keys(3, 4), texts(scans.scan(two, 10, null)));
  }

  @Test
  void oneScanTooManyDropsTheLeastRecentlyUsed() throws Exception {
    putKeys(2);
    Scans scans = scans(1 << 20);
    List<Long> cursors = new ArrayList<>();
    for (int i = 0; i < Scans.MAX_SCANS; i++) {
      cursors.add(scans.scan(0, 1, null).cursor());
    }
    // First pages of lists do not take the place of scans.
    for (int i = 0; i <= Scans.MAX_SCANS; i++) {
      scans.list(new byte[0], 1, 100);
    }
    // Used again, so the second is now the least recently used.
    scans.scan(cursors.get(0), 0, null);
    scans.scan(0, 1, null);
    assertThrows(Scans.ScanException.class, () -> scans.scan(cursors.get(1), 1, null));
    assertEquals(keys(1, 2), texts(scans.scan(cursors.get(0), 1, null)));
    assertEquals(keys(1, 2), texts(scans.scan(cursors.get(2), 1, null)));
  }

  @Test
  void anAbandonedScanIsDroppedAfterAWhile() throws Exception {
    putKeys(2);
    Scans scans = scans(1 << 20);
    long cursor = scans.scan(0, 1, null).cursor();
    now += Scans.MAX_IDLE_NANOS;
    long later = scans.scan(cursor, 0, null).cursor();
    now += Scans.MAX_IDLE_NANOS + 1;
    assertThrows(Scans.ScanException.class, () -> scans.scan(later, 1, null));
  }

  @Test
  void allScansTogetherHaveALimitedSize() throws Exception {
    putKeys(10);
    int scan = 10 * (Budget.ARRAY_COST + "key0".length());
    Scans scans = scans(2 * scan);
    long first = scans.scan(0, 1, null).cursor();
    long second = scans.scan(0, 1, null).cursor();
    long third = scans.scan(0, 1, null).cursor();
    scans.scan(first, 1, null);
    scans.scan(second, 1, null);
    assertThrows(Scans.ScanException.class, () -> scans.scan(third, 1, null));
    // When one scan ends, there is room for another.
    assertEquals(0, scans.scan(first, 100, null).cursor());
    assertEquals(keys(1, 2), texts(scans.scan(third, 1, null)));
  }

  @Test
  void aListOfAllKeysHasALimitedSize() throws Exception {
    putKeys(10);
    Scans scans = scans(5 * (Budget.ARRAY_COST + "key0".length()));
    List<String> found = new ArrayList<>();
    assertThrows(Scans.ScanException.class, () -> scans.keys(null, key -> {}));
    scans.keys(RespWire.bytes("key5"), key -> found.add(RespWire.text(key)));
    assertEquals(keys(5, 6), found);
  }

  @Test
  void aCursorFromBeforeARestartIsUnknown() throws Exception {
    putKeys(3);
    long cursor = scans(1 << 20).scan(0, 1, null).cursor();
    Scans restarted = scans(1 << 20);
    restarted.scan(0, 1, null);
    assertThrows(Scans.ScanException.class, () -> restarted.scan(cursor, 1, null));
  }

  // ======== Lists ========

  private static byte[] prefix(String text) {
    return RespWire.bytes(text);
  }

  @Test
  void aListIsCheapUntilItsSecondPage() throws Exception {
    putKeys(1000);
    // Room for the first page, but not for a copy of all keys.
    Scans scans = scans(10 * (Budget.ARRAY_COST + 6));
    Scans.Page first = scans.list(prefix("key"), 5, 1000);
    assertEquals(5, first.keys().size());
    assertThrows(Scans.ScanException.class, () -> scans.next(first.cursor(), 5, 1000));
  }

  @Test
  void aListThatFitsTakesNoMemory() throws Exception {
    putKeys(5);
    Scans.Page all = scans(0).list(prefix("key"), 5, 1000);
    assertEquals(keys(0, 5), texts(all));
    assertEquals(0, all.cursor());
  }

  @Test
  void aListWhoseFirstPageDoesNotFitInMemoryIsRefused() throws Exception {
    putKeys(5);
    Scans scans = scans(10);
    assertThrows(Scans.ScanException.class, () -> scans.list(prefix("key"), 2, 1000));
  }

  @Test
  void thePagesOfAListAreLimitedInBytes() throws Exception {
    putKeys(10);
    Scans scans = scans(1 << 20);
    Scans.Page first = scans.list(prefix("key"), 10, 9);
    Scans.Page second = scans.next(first.cursor(), 10, 9);
    assertEquals(keys(0, 2), texts(first));
    assertEquals(keys(2, 4), texts(second));
    Scans.Page third = scans.next(second.cursor(), 10, 1);
    assertEquals(keys(4, 5), texts(third), "at least one key");
  }

  @Test
  void scansAndListsDoNotTakeEachOthersCursors() throws Exception {
    putKeys(10);
    Scans scans = scans(1 << 20);
    Scans.Page list = scans.list(prefix("key"), 2, 1000);
    Scans.Page scan = scans.scan(0, 2, null);
    assertThrows(Scans.ScanException.class, () -> scans.scan(list.cursor(), 2, null));
    assertNull(scans.prefix(scan.cursor()));
    assertNull(scans.prefix(list.cursor() + 1), "past the page that was returned");
  }

  @Test
  void aListIsDroppedAfterSomeTime() throws Exception {
    putKeys(10);
    Scans scans = scans(1 << 20);
    Scans.Page list = scans.list(prefix("key"), 2, 1000);
    now += Scans.MAX_IDLE_NANOS + 1;
    assertNull(scans.prefix(list.cursor()));
  }
}
