package kv.step3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("extend")
class SnapshotTest extends StoreFixture {
  @Test
  void returnsTheValuesOfItsMoment() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));

      Store.Snapshot snapshot = store.snapshot();
      store.put(bytes("os"), bytes("linux"));
      store.delete(bytes("editor"));
      store.put(bytes("shell"), bytes("zsh"));

      assertEquals("mac", text(snapshot.get(bytes("os"))));
      assertEquals("vim", text(snapshot.get(bytes("editor"))));
      assertNull(snapshot.get(bytes("shell")));
    }
  }

  @Test
  void changesNothingInTheStore() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      Store.Snapshot snapshot = store.snapshot();
      store.put(bytes("os"), bytes("linux"));
      snapshot.get(bytes("os"));

      assertEquals("linux", text(store.get(bytes("os"))));
      assertEquals(1, store.size());
      store.checkInvariants();
    }
  }

  @Test
  void isIndependentOfOtherSnapshots() throws IOException {
    try (Store store = Store.open(directory)) {
      List<Store.Snapshot> snapshots = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        store.put(bytes("key"), bytes("value " + i));
        snapshots.add(store.snapshot());
      }

      for (int i = 9; i >= 0; i--) {
        assertEquals("value " + i, text(snapshots.get(i).get(bytes("key"))));
      }
    }
  }

  @Test
  void isTakenWithoutASystemCall() throws IOException {
    FaultyChannel disk = disk();
    try (Store store = openOn(disk)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      disk.calls.clear();

      store.snapshot();

      assertEquals(List.of(), disk.calls);
    }
  }

  @Test
  void readsAValueInOneCallAndAnAbsentKeyInNone() throws IOException {
    FaultyChannel disk = disk();
    try (Store store = openOn(disk)) {
      store.put(bytes("os"), bytes("mac"));
      Store.Snapshot snapshot = store.snapshot();
      store.put(bytes("os"), bytes("linux"));
      disk.calls.clear();

      snapshot.get(bytes("os"));
      snapshot.get(bytes("editor"));

      assertEquals(List.of("read"), disk.calls);
    }
  }

  @Test
  void readsUnderTheStoresLock() throws IOException {
    List<Boolean> held = new ArrayList<>();
    Store[] opened = new Store[1];
    FileChannel file =
        FileChannel.open(
            file(), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    FaultyChannel disk =
        new FaultyChannel(file) {
          @Override
          public int read(ByteBuffer target, long position) throws IOException {
            held.add(opened[0] != null && Thread.holdsLock(opened[0]));
            return super.read(target, position);
          }
        };
    try (Store store = openOn(disk)) {
      store.put(bytes("os"), bytes("mac"));
      Store.Snapshot snapshot = store.snapshot();
      held.clear();
      opened[0] = store;

      snapshot.get(bytes("os"));

      assertEquals(List.of(true), held);
    }
  }

  @Test
  void neverReturnsAWrongValue() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      Store.Snapshot snapshot = store.snapshot();
      store.put(bytes("os"), bytes("linux"));
      byte[] log = Files.readAllBytes(file());
      log[8 + 16 + 2] ^= 1;
      Files.write(file(), log);

      assertThrows(CorruptStoreException.class, () -> snapshot.get(bytes("os")));
      assertEquals("linux", text(store.get(bytes("os"))));
    }
  }

  @Test
  void refusesNullAndKeysThatAreTooLongAndAnyCallAfterClose() throws IOException {
    Store store = Store.open(directory);
    store.put(bytes("os"), bytes("mac"));
    Store.Snapshot snapshot = store.snapshot();
    assertThrows(NullPointerException.class, () -> snapshot.get(null));
    assertThrows(IllegalArgumentException.class, () -> snapshot.get(new byte[65_536]));
    store.close();
    assertThrows(IllegalStateException.class, () -> snapshot.get(bytes("os")));
    assertThrows(IllegalStateException.class, store::snapshot);
  }
}
