package kv.workshop;

import java.io.IOException;
import java.util.HexFormat;

/** Decides whether a faulty place is torn or damaged, reports it, and counts such places. */
final class Verdicts {
  private final Dump dump;
  private final RecordScan scan;

  /** Offset of the first torn place, or -1. */
  private long torn = -1;

  /** Offsets of the first and the last damaged place, or -1. */
  private long firstDamaged = -1;

  private long lastDamaged = -1;
  private long damages;

  Verdicts(Dump dump, RecordScan scan) {
    this.dump = dump;
    this.scan = scan;
  }

  /** Returns whether a place was found torn: a store would cut off the records after it. */
  boolean foundTorn() {
    return torn >= 0;
  }

  /** Returns whether a fault can be torn: no place before it was, and no merge wrote the file. */
  boolean canBeTorn() {
    return torn < 0 && !scan.isMerged();
  }

  /** Returns whether a place was found damaged. */
  boolean foundDamage() {
    return damages > 0;
  }

  /**
   * Reports a fault at an offset.
   *
   * @param canBeTorn false if no crash explains the fault, wherever it is
   */
  void report(long at, boolean canBeTorn, String fault) throws IOException {
    if (torn >= 0) {
      dump.note(Tone.TORN, "TORN OR DAMAGED: " + fault);
      return;
    }
    long mark = canBeTorn && !scan.isMerged() ? scan.syncMarkAfter(at) : at;
    if (mark < 0) {
      reportTorn(at, fault);
      return;
    }
    if (at != lastDamaged) {
      firstDamaged = damages == 0 ? at : firstDamaged;
      lastDamaged = at;
      damages++;
    }
    dump.note(Tone.DAMAGED, "DAMAGED: " + fault);
    if (mark > at) {
      dump.note("it is not torn: it had been synced, as the sync mark at offset " + mark + " says");
    }
  }

  /** Reports a torn place. */
  void reportTorn(long at, String fault) throws IOException {
    torn = at;
    dump.note(Tone.TORN, "TORN: " + fault);
  }

  /** Says which flipped bit explains a fault. */
  void explainFlip(long at, int bit, byte found) throws IOException {
    HexFormat hex = HexFormat.of();
    dump.note(
        "one flipped bit explains it: offset "
            + at
            + " has "
            + hex.toHexDigits(found)
            + " instead of "
            + hex.toHexDigits((byte) (found ^ 1 << bit)));
  }

  /** Returns the end of a dump's summary. */
  String summary() {
    if (torn < 0 && damages == 0) {
      return "; the end is clean";
    }
    StringBuilder summary = new StringBuilder();
    if (damages > 0) {
      long more = damages - 1;
      summary.append("; damaged at ").append(firstDamaged);
      summary.append(more > 0 ? ", and in " + Dump.count(more, "more place") : "");
    }
    return summary.append(torn < 0 ? "" : "; torn at " + torn).toString();
  }
}
