package kv.workshop.model;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** The rules of the engine that can be left out. Each is kept in the method that it names. */
enum EngineRule {
  // Appending
  TYPE_LAST(
      "SegmentWriter.storeToMap", "The type of a record is stored after all its other bytes."),
  SALT("FileHeader.mask", "A record's header is valid only in its own file, at its own offset."),
  TRUE_SYNC_MARK(Rule.TRUE_SYNC_MARK, "Log.append"),
  MARK_COUNTS_SEAL(
      "Log.append", "The seal of the full segment counts: until it is durable, no mark."),
  // Two segments in flight
  TRUE_SEAL_MARK(
      "Log.appendSeal", "A seal has the sync mark only if everything before it is durable."),
  TWO_IN_FLIGHT("Log.mustWait", "A third segment begins only when the first of them is durable."),
  SETTLE_BEFORE_SEAL(
      "Log.sealActive", "The full segment is durable before the active one is sealed."),
  SYNC_NEW_NAME(Rule.SYNC_NEW_NAME, "Log.begin"),
  SYNC_NEXT_NAME(
      "Sealer.makeDurable", "A full segment counts as durable when the next one's name is, too."),
  // Group commit
  END_BEFORE_FSYNC("GroupCommit.lead", "The leader notes the end of the log before the fsync."),
  WAIT_FOR_NEXT(
      "GroupCommit.syncTo", "A caller that comes during an fsync waits for the next one."),
  SYNC_FULL("Log.syncActive", "A sync makes the full segment durable, too."),
  ACTIVE_FIRST(
      "Log.syncActive", "A sync notes the active segment before it turns to the full one."),
  NO_SECOND_FSYNC("Log.fail", "After a failed fsync nothing is written or acknowledged."),
  // Opening
  TORN_IS_NO_RECORD(Rule.TORN_IS_NO_RECORD, "Recovery.findEnd"),
  STOP_AT_TORN(Rule.STOP_AT_TORN, "Recovery.findEnd"),
  DROP_NEXT("LogOpener.drop", "If a segment is torn, the one after it is dropped, whole or not."),
  OPEN_SYNCS_FILES(Rule.OPEN_SYNCS_FILES, "LogOpener.makeDurable"),
  OPEN_SYNCS_TWO(
      "LogOpener.makeDurable", "An open makes the last two segments durable, not only the last."),
  OPEN_SYNCS_DIRECTORY(Rule.OPEN_SYNCS_DIRECTORY, "LogOpener.makeDurable"),
  SYNC_DROP(
      "LogOpener.deleteLeftovers",
      "A dropped segment is deleted durably before the torn one gets its seal."),
  CUT_TORN(Rule.CUT_TORN, "LogOpener.cutTail"),
  IGNORE_COVERED(Rule.IGNORE_COVERED, "SegmentName.uncovered"),
  // Hint files and the saved index
  HINT_OF_SEALED("HintWriter.write", "A hint file is written only when its segment is durable."),
  HINT_CHECKSUM("Hints.verified", "A hint file is used only if its checksum matches."),
  INDEX_CHECKSUM("SavedIndex.readVerified", "An index is used only if its checksums match."),
  INDEX_OF_LOG(
      "SavedIndex.decodeHeader",
      "An index is used only with the segments that it was written for."),
  // Merges
  SKIP_ONLY_LIVE("MergePlan.full", "A merge skips a segment only if it has no dead record."),
  KEEP_TOMBSTONES(
      "Merge.copyLive",
      "Tombstones are copied if an older segment with a dead record is left out."),
  OLDEST_FIRST(Rule.OLDEST_FIRST, "Merge.pass"),
  STOP_AT_FAILURE(Rule.STOP_AT_FAILURE, "Merge.pass"),
  SYNC_COPY(Rule.SYNC_COPY, "MergeOutput.finish"),
  SYNC_LAST(Rule.SYNC_LAST, "Merge.write"),
  SYNC_DIRECTORY(Rule.SYNC_DIRECTORY, "Replacement.run"),
  REPOINT(Rule.REPOINT, "Merge.publish"),
  REPOINT_IF_UNCHANGED(Rule.REPOINT_IF_UNCHANGED, "Merge.repoint");

  /** The rule of step 5 that it is, or null. */
  final Rule shared;

  /** The method of the engine that keeps the rule. */
  final String method;

  /** The rule. */
  final String sentence;

  EngineRule(String method, String sentence) {
    this.shared = null;
    this.method = method;
    this.sentence = sentence;
  }

  EngineRule(Rule shared, String method) {
    this.shared = shared;
    this.method = method;
    this.sentence = shared.sentence;
  }

  /** Returns the rules of step 5 that are left if one of the engine's is left out, or null. */
  static Set<Rule> sharedWithout(EngineRule without) {
    Set<Rule> rules = EnumSet.allOf(Rule.class);
    if (without != null && without.shared != null) {
      rules.remove(without.shared);
    }
    return rules;
  }

  /** The name as a user types it: type-last. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
