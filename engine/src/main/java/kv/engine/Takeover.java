/*
 * WHAT THIS FILE IS
 *
 * The rules for a directory of step 5, which the engine takes over when it first opens it.
 *
 * The files of step 5 have version 1 of the format and no seal. Each of them is accepted if it is
 * whole up to its end, as step 5 accepts it. The last may be torn. LogOpener then seals them:
 *
 *     a  cut off the torn end of the last file        still a store of step 5
 *     b  begin a segment of version 2, durably        a store of the engine: step 5 refuses it
 *     c  seal the files, oldest first                 the same, with some seals missing
 *
 * DIRECTORIES IN WHICH A FILE WITHOUT A SEAL PRECEDES ANOTHER
 *
 * The segment of version 2 gets no record before all others have their seals. So these are the
 * only such directories that a crash leaves:
 *
 *     after a    v1 -   v1 -   v1 -                  no file has a seal
 *     after b    v1 -   v1 -   v1 -   v2             the last segment has no record
 *     during c   v1 S   v1 s   v1 -   v2             the first without a seal may have a part of it
 *
 *     S sealed, s a part of a seal, - no seal
 *
 * In all other directories the loss of a seal proves that the end of the file is missing.
 *
 * INVARIANTS
 *
 * I3  Sealed segments never change; only the last two may be unsealed. (Here: once c is complete.)
 */
package kv.engine;

import java.util.ArrayList;
import java.util.List;

/** Decides which files may lack their seals, and collects them. Not thread-safe. */
final class Takeover {
  /** The message about a segment whose seal is missing. */
  static final String NO_SEAL =
      "the segment has no seal: the records after this offset are missing";

  /** The number of a segment that existed, according to LOCK, or 0. */
  private final int lastKnown;

  /** Files of step 5 that others follow, in log order: whole, and without a seal. */
  private final List<Segment> unsealed = new ArrayList<>();

  /** Whether the first of them has a part of a seal. */
  private boolean sealBegun;

  /** Whether a file of version 1 that has its seal precedes the first without one. */
  private boolean sealedBefore;

  /** Whether the last segment has version 2 and no records. */
  private boolean engineHasBegun;

  /** Whether the last segment has no file header: its creation did not finish. */
  private boolean lastHasNoHeader;

  Takeover(int lastKnown) {
    this.lastKnown = lastKnown;
  }

  // ======== Opening ========

  /** Returns whether a segment may be a file of step 5 that has no seal yet. */
  boolean mayHaveNoSeal(Segment segment) {
    // When the engine writes a number to LOCK, all segments up to it have their seals.
    return segment.fileHeader().isOld() && segment.name().last() > lastKnown;
  }

  /**
   * Returns whether the records of a file that may have no seal end properly: at the end of the
   * file; or, in the first such file, at a part of a seal.
   */
  boolean acceptsEnd(LogReader log, int at, SealTally tally) {
    boolean accepted = isPartOfSeal(log, at, tally) && (at == log.size() || unsealed.isEmpty());
    sealBegun |= accepted && at < log.size();
    return accepted;
  }

  /** Returns whether a part of the seal of the records, but not all of it, is at an offset. */
  static boolean isUnfinishedSeal(LogReader log, int at, SealTally tally) {
    return isPartOfSeal(log, at, tally)
        && !SealTally.isSealedAt(log, at, tally.count(), tally.checksum());
  }

  /**
   * Returns whether nothing follows the records, or a part of their seal: each byte that follows is
   * the seal's, or zero.
   */
  private static boolean isPartOfSeal(LogReader log, int at, SealTally tally) {
    int length = log.size() - at;
    if (length > Record.SEAL_SIZE) {
      return false;
    }
    byte[] seal = tally.encode(log.fileHeader(), at);
    byte[] found = log.copy(at, length);
    for (int i = 0; i < length; i++) {
      if (found[i] != 0 && found[i] != seal[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Adds the next segment in log order, after it was read.
   *
   * @throws CorruptStoreException if a segment without a seal precedes it, and must have a seal
   */
  void add(Segment segment, boolean hasHeader, boolean sealed, boolean last)
      throws CorruptStoreException {
    boolean isOld = segment.fileHeader().isOld();
    boolean mayFollow = isOld ? !sealed : last && segment.count() == 0;
    if (!unsealed.isEmpty() && !mayFollow) {
      throw missingSeal();
    }
    engineHasBegun = hasHeader && !isOld && last && segment.count() == 0;
    lastHasNoHeader = !hasHeader;
    sealedBefore |= isOld && sealed && unsealed.isEmpty();
    if (!sealed && !last) {
      unsealed.add(segment);
    }
  }

  /**
   * Checks that the directory is one that a crash leaves. All segments must have been added.
   *
   * @throws CorruptStoreException if a segment without a seal must have one
   */
  void requirePossible() throws CorruptStoreException {
    // The file after the only one without a seal may be a segment of the engine whose file header
    // was not durable yet.
    boolean mayHaveBegun = engineHasBegun || lastHasNoHeader && unsealed.size() == 1;
    if (sealBegun && !engineHasBegun || sealedBefore && !unsealed.isEmpty() && !mayHaveBegun) {
      throw missingSeal();
    }
  }

  /** Returns the exception for a segment that others follow, and that must have a seal. */
  private CorruptStoreException missingSeal() {
    Segment segment = unsealed.get(0);
    return segment.reader().corrupt(segment.end(), NO_SEAL);
  }

  /** Returns the files of step 5 that others follow and that need a seal, in log order. */
  List<Segment> unsealed() {
    return List.copyOf(unsealed);
  }
}
