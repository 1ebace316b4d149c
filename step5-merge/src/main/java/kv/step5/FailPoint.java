/*
 * WHAT THIS FILE IS
 *
 * The places where a crash would hurt most, with names, so that tests can crash there. Each is a
 * line of Merge or Log that calls hit(). Nothing happens there, unless a test has asked for
 * something: to halt the process, or to fail as a disk does.
 *
 * The action is the thread's own, so tests that run side by side do not meet each other's.
 */
package kv.step5;

import java.io.IOException;

/** A named line of the code at which a test can make something happen. */
enum FailPoint {
  /** The file of steps 1 to 4 has its new name, and the directory was not fsynced. */
  ADOPTED,
  /** The last file was fsynced, and no other follows yet. */
  FILE_FINISHED,
  /** A new last file was created, and is durable. */
  FILE_CREATED,
  /** The file for the copy was created. */
  COPY_STARTED,
  /** A part of the copy was written, which may end anywhere. */
  BATCH_WRITTEN,
  /** The whole copy was written, and not fsynced. */
  COPY_WRITTEN,
  /** The copy is durable, and the inputs are still the store. */
  COPY_DURABLE,
  /** The copy has its final name, and the directory was not fsynced. */
  RENAMED,
  /** The directory was fsynced. */
  DIRECTORY_DURABLE,
  /** All keys point at the copies, and all inputs are there. */
  PUBLISHED,
  /** One of the inputs was deleted. */
  INPUT_DELETED,
  /** An open has found a file that a merge left. */
  LEFTOVER_FOUND,
  /** That file was deleted. */
  LEFTOVER_DELETED;

  /** What a test wants to happen. */
  interface Action {
    void at(FailPoint point) throws IOException;
  }

  private static final ThreadLocal<Action> ACTION = new ThreadLocal<>();

  /** Sets what happens at every fail point that this thread comes to, or null for nothing. */
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
