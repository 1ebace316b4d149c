package kv.step1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class SyncTest extends StoreFixture {
  @Test
  void marksTheRecordAfterIt() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("a"), bytes("1"));
      store.put(bytes("b"), bytes("2"));
      store.sync();
      store.put(bytes("c"), bytes("3"));
      store.put(bytes("d"), bytes("4"));
    }

    assertEquals("[P* a=1, P b=2, P* c=3, P d=4]", RawLog.text(file()));
  }

  @Test
  void isOneFsyncOrNoneWhenEverythingIsDurable() throws IOException {
    FaultyChannel disk = disk();
    try (Store store = openOn(disk)) {
      int before = disk.count("force");
      store.sync();
      assertEquals(0, disk.count("force") - before);
      store.put(bytes("os"), bytes("mac"));
      assertEquals(0, disk.count("force") - before);
      store.sync();
      assertEquals(1, disk.count("force") - before);
      store.sync();
      assertEquals(1, disk.count("force") - before);
    }
  }

  @Test
  void isPartOfClose() throws IOException {
    FaultyChannel disk = disk();
    Store store = openOn(disk);
    store.put(bytes("os"), bytes("mac"));
    int before = disk.count("force");

    store.close();

    assertEquals(1, disk.count("force") - before);
  }

  @Test
  void whenItFailsTheStoreRefusesAllFurtherUse() throws IOException {
    FaultyChannel disk = disk();
    Store store = openOn(disk);
    store.put(bytes("os"), bytes("mac"));
    disk.forceFails = true;
    assertThrows(IOException.class, store::sync);

    // The disk works again, and the store must not trust it.
    disk.forceFails = false;
    int before = disk.count("force");
    IOException e = assertThrows(IOException.class, store::sync);
    assertTrue(e.getMessage().contains("open it again"), e.getMessage());
    assertThrows(IOException.class, () -> store.put(bytes("editor"), bytes("vim")));
    assertThrows(IOException.class, store::close);
    assertEquals(before, disk.count("force"));
  }

  @Test
  void whenItFailsCloseStillReleasesTheDirectory() throws IOException {
    FaultyChannel disk = disk();
    Store store = openOn(disk);
    store.put(bytes("os"), bytes("mac"));
    disk.forceFails = true;

    assertThrows(IOException.class, store::close);
    store.close();

    putAndClose("editor", "vim");
    assertEquals("[P* os=mac, P* editor=vim]", RawLog.text(file()));
  }
}
