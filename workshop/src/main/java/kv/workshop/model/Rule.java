package kv.workshop.model;

import java.util.Locale;

/** The rules of step 5 that can be left out. Each is kept in the method that it names. */
enum Rule {
  TRUE_SYNC_MARK(
      "LogFile.append", "A record has the sync mark only if everything before it is durable."),
  SYNC_BEFORE_NEXT_FILE("Log.finishLast", "A file is durable before the next one is created."),
  SYNC_NEW_NAME(
      "LogFile.create", "A new file's name is durable before a record is appended to the file."),
  TORN_IS_NO_RECORD("Recovery.findEnd", "A record whose checksums do not match is not a record."),
  STOP_AT_TORN(
      "Recovery.findEnd", "The log ends at the first torn record, even if whole records follow."),
  CUT_TORN("LogFile.start", "A torn end is cut off before the next record is appended."),
  OPEN_SYNCS_FILES("LogFile.start", "An open makes durable the records that it found."),
  OPEN_SYNCS_DIRECTORY(
      "LogFile.start", "An open makes the names durable before it deletes leftovers of a merge."),
  IGNORE_COVERED("SegmentName.uncovered", "An open ignores files that another file covers."),
  SKIP_NO_FILE("Merge.run", "A merge skips no file, so that it can drop every tombstone."),
  OLDEST_FIRST("Merge.run", "The run with the oldest files is merged first."),
  STOP_AT_FAILURE("Merge.run", "If a run fails, the merge ends, and later runs are not merged."),
  SYNC_COPY("Merge.writeCopy", "The copy is durable before it is renamed."),
  SYNC_LAST("Merge.commit", "The last file is durable before the copy is renamed."),
  SYNC_DIRECTORY(
      "Merge.rewrite", "The output's name is durable before the first input is deleted."),
  REPOINT("Merge.publish", "The keys point at the copies before the inputs are closed."),
  REPOINT_IF_UNCHANGED(
      "KeyDir.repoint", "A key that was put or deleted during the merge keeps its entry.");

  /** The method of step 5 that keeps the rule. */
  final String method;

  /** The rule. */
  final String sentence;

  Rule(String method, String sentence) {
    this.method = method;
    this.sentence = sentence;
  }

  /** The name as a user types it: sync-copy. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
