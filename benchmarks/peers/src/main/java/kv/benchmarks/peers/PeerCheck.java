package kv.benchmarks.peers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import kv.benchmarks.harness.Data;

/**
 * Checks that a store returns the values that were put, before it is measured. The check also lets
 * the JVM compile the store's code for the first time.
 */
final class PeerCheck {
  private final Peer peer;
  private final int keys;
  private final int valueLength;

  private PeerCheck(Peer peer, int keys, int valueLength) {
    this.peer = peer;
    this.keys = keys;
    this.valueLength = valueLength;
  }

  /**
   * Puts, overwrites and reads, and reads again after a close and after a compaction.
   *
   * @throws IOException if the store returns anything else than the values that were put
   */
  static void check(PeerStore store, Path directory, int keys, int valueLength) throws IOException {
    try (Peer peer = store.open(directory, false, keys, valueLength)) {
      for (int i = 0; i < keys; i++) {
        peer.put(Data.key(i), PeerData.value(i, valueLength));
      }
      for (int i = 0; i < keys; i += 2) {
        peer.put(Data.key(i), PeerData.value(i + 1, valueLength));
      }
      new PeerCheck(peer, keys, valueLength).requireAll();
    }
    try (Peer peer = store.open(directory, false, keys, valueLength)) {
      new PeerCheck(peer, keys, valueLength).requireAll();
      if (store.compacts()) {
        peer.compact();
        new PeerCheck(peer, keys, valueLength).requireAll();
      }
    }
  }

  private void requireAll() throws IOException {
    for (int i = 0; i < keys; i++) {
      byte[] expected = PeerData.value(i % 2 == 0 ? i + 1 : i, valueLength);
      if (!Arrays.equals(expected, peer.get(Data.key(i)))) {
        throw new IOException("get of key " + i + " does not return the value that was put");
      }
      if (peer.get(Data.key(keys + i)) != null) {
        throw new IOException("get of key " + (keys + i) + " returns a value; none was put");
      }
    }
    LongAdder pairs = new LongAdder();
    peer.forEach(
        (key, value) -> {
          if (key.length == Data.KEY_LENGTH && value.length == valueLength) {
            pairs.increment();
          }
        });
    if (pairs.sum() != keys) {
      throw new IOException("forEach visits " + pairs + " pairs of " + keys);
    }
  }
}
