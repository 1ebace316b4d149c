package kv.benchmarks.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import kv.benchmarks.harness.Data;
import kv.benchmarks.peers.PeerHistory.Contents;
import org.junit.jupiter.api.Test;

class PeerHistoryTest {
  private static final int KEYS = 100;

  private final PeerHistory history = new PeerHistory(KEYS, 100);
  private final MapPeer peer = new MapPeer();

  @Test
  void eachPassPutsEveryKeyOnce() {
    for (int pass = 0; pass < 3; pass++) {
      Set<Integer> seen = new HashSet<>();
      for (int i = 0; i < KEYS; i++) {
        seen.add(history.keyNumber(pass * KEYS + i));
      }
      assertEquals(KEYS, seen.size());
    }
  }

  @Test
  void everyPrefixIsWithoutFault() throws IOException {
    for (int i = 0; i < 3 * KEYS; i++) {
      history.put(peer, i);
      assertEquals(new Contents(i + 1, 0, 0, 0, null), history.inspect(peer, i + 1));
      // The put during which a process died may be there.
      assertEquals(new Contents(i + 1, 0, 0, 0, null), history.inspect(peer, i));
    }
  }

  @Test
  void theNewestPutsCanBeLost() throws IOException {
    put(150);

    assertEquals(new Contents(150, 20, 0, 0, null), history.inspect(peer, 170));
    assertEquals(new Contents(150, 0, 0, 0, null), history.inspect(peer, -1));
    assertEquals(new Contents(0, 5, 0, 0, null), history.inspect(new MapPeer(), 5));
  }

  @Test
  void anOlderPutOfAKeyAndAMissingKeyAreHoles() throws IOException {
    put(150);
    peer.put(history.key(120), history.value(history.keyNumber(120)));
    peer.pairs.remove(ByteBuffer.wrap(history.key(130)));

    assertEquals(new Contents(150, 0, 2, 0, null), history.inspect(peer, 150));
  }

  @Test
  void aValueOfAnotherKeyAndAChangedByteAreWrong() throws IOException {
    put(150);
    peer.put(Data.key(5), history.value(6));
    byte[] changed = history.value(7);
    changed[50]++;
    peer.put(Data.key(7), changed);

    assertEquals(new Contents(150, 0, 0, 2, null), history.inspect(peer, 150));
  }

  @Test
  void aValueThatCannotBeReadIsCountedWithTheReason() throws IOException {
    put(150);
    peer.unreadable = Data.key(9);

    assertEquals(new Contents(150, 0, 0, 1, "IOException: damaged"), history.inspect(peer, 150));
  }

  @Test
  void aFailureIsTheInnermostCauseInALine() {
    Exception failure = new IOException("outer", new IllegalStateException("inner\nsecond line"));

    assertEquals("IllegalStateException: inner", PeerFailure.shown(failure));
    assertEquals(
        "IOException: no room in peer.db, 3 bytes",
        PeerFailure.shown(new IOException("no room in /a/b/peer.db, 3 bytes")));
    assertEquals("IOException", PeerFailure.shown(new IOException()));
    assertTrue(PeerFailure.shown(new IOException("x".repeat(1_000))).length() < 200);
  }

  private void put(int puts) throws IOException {
    for (int i = 0; i < puts; i++) {
      history.put(peer, i);
    }
  }

  /** A store in memory, one of whose keys cannot be read. */
  private static final class MapPeer implements Peer {
    private final Map<ByteBuffer, byte[]> pairs = new HashMap<>();
    private byte[] unreadable = new byte[0];

    @Override
    public void put(byte[] key, byte[] value) {
      pairs.put(ByteBuffer.wrap(key), value);
    }

    @Override
    public byte[] get(byte[] key) throws IOException {
      if (ByteBuffer.wrap(key).equals(ByteBuffer.wrap(unreadable))) {
        throw new IOException("damaged");
      }
      return pairs.get(ByteBuffer.wrap(key));
    }

    @Override
    public void forEach(BiConsumer<byte[], byte[]> consumer) {
      pairs.forEach((key, value) -> consumer.accept(key.array(), value));
    }

    @Override
    public void compact() {}

    @Override
    public void close() {}
  }
}
