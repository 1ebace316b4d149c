package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A model of the two segments that may not be durable (see Sealer), small enough to try every order
 * of the steps, and every disk that a power loss can leave after each of them.
 *
 * <p>A segment has room for two records and its seal. A writer appends, the sealer makes a full
 * segment durable, and one caller at a time syncs. A disk keeps everything that was fsynced, and
 * any part of the rest.
 */
class TwoSegmentsModelTest {
  private static final int ROOM = 2;
  private static final int SEGMENTS = 4;
  private static final int RECORDS = ROOM * SEGMENTS;

  /** A rule of the engine that a test leaves out, to see that the model notices. */
  enum Rule {
    /** A third segment begins only when the first of them is durable. */
    AT_MOST_TWO,
    /** A sync makes the full segment durable before it returns. */
    SYNC_COVERS_BOTH,
    /** A record has the sync mark only if all before it is durable, the seal before it too. */
    MARKS_ARE_TRUE,
    /** If a segment is torn, the next is dropped. */
    DROP_THE_NEXT,
    /** If a segment is torn, but the next shows that it was durable, the open is refused. */
    REFUSE_A_PROOF,
    /** The name of a segment is durable before there are two after it. */
    NAMES_ARE_DURABLE
  }

  /**
   * A state. Bits are records, or segments. Record r is in segment r / ROOM.
   *
   * @param marked records with the sync mark
   * @param full the full segment that is not durable yet, or -1
   * @param known number of records that the store knows to be durable
   * @param acknowledged number of records that a sync has promised
   * @param syncing number of records that the running sync will promise, or -1
   * @param stage the next step of that sync
   */
  private record State(
      int written,
      int durable,
      int marked,
      int seals,
      int durableSeals,
      int names,
      int durableNames,
      int full,
      int known,
      int acknowledged,
      int syncing,
      int stage) {
    int count() {
      return Integer.bitCount(written);
    }

    int active() {
      return Integer.bitCount(names) - 1;
    }
  }

  /** A disk after a power loss. */
  private record Image(int records, int seals, int names) {}

  private Rule left;

  private boolean follows(Rule rule) {
    return left != rule;
  }

  private static int records(int segment) {
    return (1 << ROOM) - 1 << ROOM * segment;
  }

  // ======== The steps ========

  private static final State START = new State(0, 0, 0, 0, 0, 1, 1, -1, 0, 0, -1, 0);

  private Set<State> next(State s) {
    Set<State> next = new HashSet<>();
    boolean isFull = s.count() == ROOM * (s.active() + 1);
    if (!isFull) {
      next.add(append(s));
    } else if (s.active() + 1 < SEGMENTS && (s.full < 0 || !follows(Rule.AT_MOST_TWO))) {
      next.add(rotate(s));
    }
    if (s.full >= 0) {
      next.add(seal(s));
    }
    next.add(s.syncing < 0 ? beginSync(s) : continueSync(s));
    return next;
  }

  private State append(State s) {
    boolean mark = s.known >= s.count() && s.full < 0;
    if (!follows(Rule.MARKS_ARE_TRUE)) {
      mark = s.known >= s.count();
    }
    int bit = 1 << s.count();
    return new State(
        s.written | bit,
        s.durable,
        mark ? s.marked | bit : s.marked,
        s.seals,
        s.durableSeals,
        s.names,
        s.durableNames,
        s.full,
        s.known,
        s.acknowledged,
        s.syncing,
        s.stage);
  }

  private static State rotate(State s) {
    int full = s.active();
    return new State(
        s.written,
        s.durable,
        s.marked,
        s.seals | 1 << full,
        s.durableSeals,
        s.names | 1 << full + 1,
        s.durableNames,
        full,
        s.known,
        s.acknowledged,
        s.syncing,
        s.stage);
  }

  /** The sealer: an fsync of the full segment, then one of the directory, and it is sealed. */
  private State seal(State s) {
    boolean fsynced = (s.durableSeals & 1 << s.full) != 0;
    if (!fsynced) {
      return fsync(s, s.full);
    }
    int end = ROOM * (s.full + 1);
    return new State(
        s.written,
        s.durable,
        s.marked,
        s.seals,
        s.durableSeals,
        s.names,
        follows(Rule.NAMES_ARE_DURABLE) ? s.names : s.durableNames,
        -1,
        Math.max(s.known, end),
        s.acknowledged,
        s.syncing,
        s.stage);
  }

  private static State fsync(State s, int segment) {
    return new State(
        s.written,
        s.durable | s.written & records(segment),
        s.marked,
        s.seals,
        s.durableSeals | s.seals & 1 << segment,
        s.names,
        s.durableNames,
        s.full,
        s.known,
        s.acknowledged,
        s.syncing,
        s.stage);
  }

  private static State beginSync(State s) {
    // The active segment is read first, then the full one: see Log.syncActive.
    return with(s, s.acknowledged, s.known, s.count(), s.active());
  }

  /** The sync's next step: the full segment as the sealer does, then the one that was active. */
  private State continueSync(State s) {
    if (s.full >= 0 && s.full <= s.stage && follows(Rule.SYNC_COVERS_BOTH)) {
      return seal(s);
    }
    State fsynced = fsync(s, s.stage);
    if (!fsynced.equals(s)) {
      return fsynced;
    }
    int end = Math.max(s.known, s.syncing);
    return with(s, Math.max(s.acknowledged, s.syncing), end, -1, 0);
  }

  private static State with(State s, int acknowledged, int known, int syncing, int stage) {
    return new State(
        s.written,
        s.durable,
        s.marked,
        s.seals,
        s.durableSeals,
        s.names,
        s.durableNames,
        s.full,
        known,
        acknowledged,
        syncing,
        stage);
  }

  // ======== Recovery ========

  /** Returns the number of records that an open finds, or -1 if it refuses the directory. */
  private int recover(Image disk, int marked) {
    int found = 0;
    int segments = Integer.bitCount(disk.names);
    if (disk.names != (1 << segments) - 1) {
      return -1;
    }
    int marks = disk.records & marked;
    for (int segment = 0; segment < segments; segment++) {
      int there = disk.records & records(segment);
      int whole = Integer.numberOfTrailingZeros(~(there >>> ROOM * segment));
      boolean sealed = whole == ROOM && (disk.seals & 1 << segment) != 0;
      found += whole;
      if (sealed) {
        continue;
      }
      int later = records(segment) & -2 << found;
      boolean markFollows = (marks & later) != 0;
      boolean last = segment == segments - 1;
      boolean nextToLast = segment == segments - 2;
      if (markFollows || !last && !nextToLast) {
        return -1;
      }
      if (nextToLast && follows(Rule.DROP_THE_NEXT)) {
        boolean proof = (marks & records(segment + 1)) != 0 || (disk.seals & 1 << segment + 1) != 0;
        return proof && follows(Rule.REFUSE_A_PROOF) ? -1 : found;
      }
    }
    return found;
  }

  // ======== The tests ========

  /** Returns the first state and disk that break a promise, or null. */
  private String violation() {
    Set<State> seen = new HashSet<>(Set.of(START));
    Deque<State> open = new ArrayDeque<>(seen);
    while (!open.isEmpty()) {
      State state = open.remove();
      String violation = violation(state);
      if (violation != null) {
        return violation;
      }
      for (State next : next(state)) {
        if (seen.add(next)) {
          open.add(next);
        }
      }
    }
    states = seen.size();
    return null;
  }

  private int states;
  private long disks;

  /** Tries each disk that a power loss can leave in a state. */
  private String violation(State s) {
    int records = s.written & ~s.durable;
    int seals = s.seals & ~s.durableSeals;
    int names = s.names & ~s.durableNames;
    for (int r = records; ; r = r - 1 & records) {
      for (int e = seals; ; e = e - 1 & seals) {
        for (int n = names; ; n = n - 1 & names) {
          // A file without a name is gone with its contents.
          int named = s.durableNames | n;
          Image disk = new Image((s.durable | r) & in(named), (s.durableSeals | e) & named, named);
          int found = recover(disk, s.marked);
          disks++;
          // The records found are a prefix by the way they are counted: are they those
          // that were written, and long enough?
          if (found < s.acknowledged || (disk.records & (1 << found) - 1) != (1 << found) - 1) {
            return s + ", " + disk + ": found " + found;
          }
          String rot = rot(s, disk);
          if (rot != null) {
            return rot;
          }
          if (n == 0) {
            break;
          }
        }
        if (e == 0) {
          break;
        }
      }
      if (r == 0) {
        break;
      }
    }
    return null;
  }

  private static int in(int names) {
    int records = 0;
    for (int segment = 0; segment < SEGMENTS; segment++) {
      records |= (names & 1 << segment) != 0 ? records(segment) : 0;
    }
    return records;
  }

  /** Takes each durable record from a disk: if a mark follows it, the open must refuse. */
  private String rot(State s, Image disk) {
    for (int record = 0; record < RECORDS; record++) {
      int bit = 1 << record;
      boolean markFollows = (disk.records & s.marked & -2 << record) != 0;
      if ((s.durable & disk.records & bit) != 0 && markFollows) {
        Image rotten = new Image(disk.records & ~bit, disk.seals, disk.names);
        if (recover(rotten, s.marked) >= 0) {
          return s + ", " + rotten + ": the loss of record " + record + " was not noticed";
        }
      }
    }
    return null;
  }

  @Test
  void noPowerLossLosesWhatWasPromisedOrLeavesAHole() {
    assertNull(violation());
    assertTrue(states > 500, states + " states");
    assertTrue(disks > 10_000, disks + " disks");
    assertEquals(SEGMENTS * ROOM, RECORDS);
  }

  @ParameterizedTest
  @EnumSource
  void withoutAnyOfTheRulesSomePowerLossDoes(Rule rule) {
    left = rule;
    assertNotNull(violation(), rule.toString());
  }
}
