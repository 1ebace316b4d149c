/*
 * WHAT THIS FILE IS
 *
 * A sequence of puts, numbered from 0, of which a store's content shows how many arrived. The value
 * of a put contains its number. The first pass puts every key once, in order; each later pass puts
 * every key again, in an order that jumps.
 *
 *     put    0  1  2  ...  n-1 |  n  n+1  n+2  ...
 *     key    0  1  2  ...  n-1 |  0  P    2P   ...     modulo n, for a prime P > n
 *
 * INSPECTION
 *
 * Of the puts found in a store, the newest tells how far the store got. If the store has a prefix of
 * the puts, each key has the value of the last put of that key up to there. Any other value of a
 * key, an older one or none, is a hole. A value that no put of this key stored is wrong.
 *
 * Puts that returned and are newer than the newest one found are lost.
 */
package kv.benchmarks.peers;

import java.io.IOException;
import java.util.Arrays;
import kv.benchmarks.harness.Data;

/** A sequence of puts, and the inspection of a store for them. */
final class PeerHistory {
  /** Greater than every number of keys. */
  private static final long PRIME = 2_654_435_761L;

  private static final int ABSENT = -1;

  private static final int UNREADABLE = -2;

  /** The time that failing gets may take: some stores wait for the lock of a dead process. */
  private static final long MOST_NANOS_OF_FAILURES = 2_000_000_000;

  private final int keys;
  private final int valueLength;

  PeerHistory(int keys, int valueLength) {
    this.keys = keys;
    this.valueLength = valueLength;
  }

  /** Puts the value of the given number. */
  void put(Peer peer, int number) throws IOException {
    peer.put(key(number), value(number));
  }

  byte[] key(int number) {
    return Data.key(keyNumber(number));
  }

  byte[] value(int number) {
    return PeerData.value(number, valueLength);
  }

  /** Returns the number of the key of a put. */
  int keyNumber(int number) {
    return number < keys ? number : (int) (number % keys * PRIME % keys);
  }

  /**
   * Compares a store with the history.
   *
   * @param returned the number of puts that returned, or a negative number if it is not known
   */
  Contents inspect(Peer peer, int returned) {
    int[] found = new int[keys];
    int wrong = 0;
    int newest = ABSENT;
    String problem = null;
    long failing = 0;
    Arrays.fill(found, UNREADABLE);
    for (int key = 0; key < keys && failing < MOST_NANOS_OF_FAILURES; key++) {
      long start = System.nanoTime();
      try {
        byte[] value = peer.get(Data.key(key));
        found[key] = value == null ? ABSENT : PeerData.number(value);
        if (value != null && !isRight(key, value)) {
          found[key] = UNREADABLE;
          wrong++;
        }
      } catch (IOException | RuntimeException e) {
        found[key] = UNREADABLE;
        wrong++;
        problem = problem == null ? PeerFailure.shown(e) : problem;
        failing += System.nanoTime() - start;
      }
      newest = Math.max(newest, found[key]);
    }
    int holes = 0;
    int[] last = last(newest);
    for (int key = 0; key < keys; key++) {
      if (found[key] != UNREADABLE && found[key] != last[key]) {
        holes++;
      }
    }
    return new Contents(newest + 1, Math.max(0, returned - newest - 1), holes, wrong, problem);
  }

  private boolean isRight(int key, byte[] value) {
    int number = PeerData.number(value);
    return number >= 0 && keyNumber(number) == key && Arrays.equals(value(number), value);
  }

  /** Returns the number of the last put of each key, of the puts up to the given one. */
  private int[] last(int newest) {
    int[] last = new int[keys];
    Arrays.fill(last, ABSENT);
    for (int number = 0; number <= newest; number++) {
      last[keyNumber(number)] = number;
    }
    return last;
  }

  /**
   * The puts that a store contains.
   *
   * @param puts the number of puts up to the newest one found
   * @param lost the number of puts after it that had returned
   * @param holes the number of keys with an older value than they had at the newest put
   * @param wrong the number of keys whose value no put of the key stored, or could not be read
   * @param problem the first exception of a get, or null
   */
  record Contents(int puts, int lost, int holes, int wrong, String problem) {}
}
