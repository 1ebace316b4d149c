package kv.step3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A store whose keydir the test can see. */
class FollowTest extends StoreFixture {
  private FaultyChannel disk;
  private KeyDir keydir;
  private Store store;

  @BeforeEach
  void open() throws IOException {
    disk = disk();
    keydir = new KeyDir();
    DirectoryLock lock = DirectoryLock.acquire(directory);
    store = new Store(lock, LogFile.open(file(), disk, keydir), keydir);
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  private static KeyDir.Location location(RawLog.Entry entry) {
    return new KeyDir.Location(entry.offset(), (int) (entry.endOffset() - entry.offset()));
  }

  @Test
  void everyPutPointsItsKeyToTheRecordThatItAppended() throws IOException {
    store.put(bytes("os"), bytes("mac"));
    store.put(bytes("editor"), bytes("vim"));
    store.put(bytes("os"), bytes("linux"));

    List<RawLog.Entry> log = RawLog.read(file());
    assertEquals(location(log.get(2)), keydir.get(bytes("os")));
    assertEquals(location(log.get(1)), keydir.get(bytes("editor")));
  }

  @Test
  void aDeleteRemovesItsKeyAndNoOther() throws IOException {
    store.put(bytes("os"), bytes("mac"));
    store.put(bytes("editor"), bytes("vim"));

    assertTrue(store.delete(bytes("editor")));

    assertNull(keydir.get(bytes("editor")));
    assertEquals(1, keydir.size());
    store.checkInvariants();
  }

  @Test
  void aReplayOfTheLogBuildsTheSameKeydir() throws IOException {
    store.put(bytes("os"), bytes("mac"));
    store.put(bytes("editor"), bytes("vim"));
    store.delete(bytes("os"));
    store.put(bytes("os"), bytes("linux"));
    store.delete(bytes("editor"));
    store.close();

    KeyDir replayed = new KeyDir();
    LogFile.open(file(), replayed).close();

    assertTrue(replayed.agreesWith(keydir), "a replay gives another index");
    assertEquals(1, replayed.size());
  }

  @Test
  void aDeleteOfAnAbsentKeyNeedsNoSystemCall() throws IOException {
    store.put(bytes("os"), bytes("mac"));
    disk.calls.clear();

    assertFalse(store.delete(bytes("editor")));

    assertEquals(List.of(), disk.calls);
  }

  @Test
  void aDeleteOfAPresentKeyIsOneWrite() throws IOException {
    store.put(bytes("os"), bytes("mac"));
    disk.calls.clear();

    store.delete(bytes("os"));

    assertEquals(List.of("write"), disk.calls);
  }

  @Test
  void aPutThatFailsAddsNoKey() throws IOException {
    disk.space = 18;

    assertThrows(IOException.class, () -> store.put(bytes("os"), bytes("linux")));

    assertEquals(0, keydir.size(), "the index has a key that the log does not have");
    disk.space = Long.MAX_VALUE;
    store.checkInvariants();
  }

  @Test
  void thePutAfterAFailedOneIsFound() throws IOException {
    store.put(bytes("os"), bytes("mac"));
    disk.space = 18;
    assertThrows(IOException.class, () -> store.put(bytes("os"), bytes("linux")));
    disk.space = Long.MAX_VALUE;

    store.put(bytes("editor"), bytes("vim"));

    assertEquals("vim", text(store.get(bytes("editor"))));
    assertEquals("mac", text(store.get(bytes("os"))));
    store.checkInvariants();
  }
}
