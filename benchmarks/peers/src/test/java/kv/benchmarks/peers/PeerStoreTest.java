package kv.benchmarks.peers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import kv.benchmarks.harness.Data;
import kv.benchmarks.harness.WorkDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
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

  @Test
  void aCloseOfRocksDbLeavesNoLogToReplay() throws IOException {
    try (Peer peer = PeerStore.ROCKSDB.open(directory, false, 1_000, 100)) {
      for (int i = 0; i < 1_000; i++) {
        peer.put(Data.key(i), Data.value(i));
      }
      assertTrue(WorkDirectory.size(directory, ".log") > 100_000);
    }
    assertEquals(0, WorkDirectory.size(directory, ".log"));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aDurableStoreOfMapDbIsNotMapped() throws IOException {
    try (Peer peer = PeerStore.MAPDB.open(directory, false, 10, 100)) {
      peer.put(Data.key(1), Data.value(1));
      assertTrue(isMapped("peer.mapdb"));
    }
    // A mapping lasts until the garbage collector finds it.
    Path moved = Files.createDirectory(directory.resolve("durable"));
    try (Peer peer = PeerStore.MAPDB.open(moved, true, 10, 100)) {
      peer.put(Data.key(1), Data.value(1));
      assertFalse(isMapped("durable/peer.mapdb"));
    }
  }

  private static boolean isMapped(String file) throws IOException {
    return Files.readString(Path.of("/proc/self/maps")).contains(file);
  }

  @ParameterizedTest
  @EnumSource(names = {"MAPDB", "CHRONICLE"})
  void aRecoveryOpensAStoreThatWasNotClosed(PeerStore store) throws IOException {
    assertTrue(store.hasRecovery());
    Path copy = Files.createDirectory(directory.resolve("copy"));
    PeerHistory history = new PeerHistory(1_000, 100);
    try (Peer peer = store.open(directory, false, 1_000, 100)) {
      for (int i = 0; i < 1_000; i++) {
        history.put(peer, i);
      }
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          Files.copy(file, copy.resolve(file.getFileName()));
        }
      }
    }
    try (Peer peer = store.recover(copy, 1_000, 100)) {
      assertEquals(new PeerHistory.Contents(1_000, 0, 0, 0, null), history.inspect(peer, 1_000));
    }
  }

  @ParameterizedTest
  @CsvSource({"ENGINE, 2", "ROCKSDB, 2", "MVSTORE, 2", "MAPDB, 3", "XODUS, 2"})
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
