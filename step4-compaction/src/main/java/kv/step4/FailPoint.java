/*
 * WHAT THIS FILE IS
 *
 * Names the places where a crash is most dangerous, so that tests can crash there. Each is a line
 * of Compaction or LogFile that calls hit(). The call does nothing unless a test has set an
 * action: to halt the process, or to fail like a disk.
 *
 * The action belongs to a thread, so tests that run in parallel do not affect each other.
 */
package kv.step4;

import java.io.IOException;

/** A named line of the code at which a test can run an action. */
enum FailPoint {
  /** The file for the copy was created. */
  COPY_STARTED,
  /** A part of the copy was written. It may end anywhere. */
  BATCH_WRITTEN,
  /** The whole copy was written, but not fsynced. */
  COPY_WRITTEN,
  /** The copy is durable, and the old file is still the store. */
  COPY_DURABLE,
  /** The copy has the name of the log, but the directory was not fsynced. */
  RENAMED,
  /** The directory was fsynced. */
  DIRECTORY_DURABLE,
  /** An open found the copy of an unfinished compaction. */
  LEFTOVER_FOUND,
  /** That copy was deleted. */
  LEFTOVER_DELETED;

  /** The action that a test runs. */
  interface Action {
    void at(FailPoint point) throws IOException;
  }

  private static final ThreadLocal<Action> ACTION = new ThreadLocal<>();

  /** Sets the action for every fail point that this thread reaches, or null for none. */
  static void set(Action action) {
    ACTION.set(action);
  }

  void hit() throws IOException {
    Action action = ACTION.get();
    if (action != null) {
      action.at(this);
    }
  }
}
