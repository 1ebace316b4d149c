package kv.benchmarks.peers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import kv.benchmarks.harness.Data;
import kv.benchmarks.harness.WorkDirectory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PeerStoreTest {
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void returnsThePutsBeforeAndAfterAReopen(PeerStore store) throws IOException {
    PeerCheck.check(store, directory, 500, 100);
  }

  @ParameterizedTest
  @EnumSource
  void returnsLongerValues(PeerStore store) throws IOException {
    PeerCheck.check(store, directory, 50, 1024);
  }

  @ParameterizedTest
  @EnumSource
  void aDurableOpenFindsThePutsThatDidNotWaitForTheDisk(PeerStore store) throws IOException {
    if (!store.isDurable()) {
      return;
    }
    try (Peer peer = store.open(directory, false, 10, 100)) {
      peer.put(Data.key(1), Data.value(1));
    }
    try (Peer peer = store.open(directory, true, 10, 100)) {
      assertArrayEquals(Data.value(1), peer.get(Data.key(1)));
      peer.put(Data.key(1), Data.value(2));
      peer.put(Data.key(2), Data.value(2));
    }
    try (Peer peer = store.open(directory, true, 10, 100)) {
      assertArrayEquals(Data.value(2), peer.get(Data.key(1)));
      assertArrayEquals(Data.value(2), peer.get(Data.key(2)));
      assertNull(peer.get(Data.key(3)));
    }
  }

  @ParameterizedTest
  @CsvSource({"ENGINE, 2", "ROCKSDB, 2", "MVSTORE, 2", "MAPDB, 3"})
  void compactReclaimsDeadSpace(PeerStore store, int timesLive) throws IOException {
    int keys = 10_000;
    try (Peer peer = store.open(directory, false, keys, 100)) {
      for (int i = 0; i < 20 * keys; i++) {
        peer.put(Data.key(i % keys), Data.value(i));
      }
      peer.compact();
    }
    long live = (long) keys * (Data.KEY_LENGTH + Data.VALUE_LENGTH);
    long size = WorkDirectory.size(directory);
    assertTrue(size < timesLive * live, size + " bytes, " + live + " live");
  }
}
