/*
 * WHAT THIS FILE IS
 *
 * Names the places where a crash is most dangerous, so that tests can crash there. Each is a line
 * of Merge or Log that calls hit(). The call does nothing unless a test has set an action: to halt
 * the process, or to fail like a disk.
 *
 * The action belongs to a thread, so tests that run in parallel do not affect each other.
 */
package kv.step5;

import java.io.IOException;

/** A named line of the code at which a test can run an action. */
enum FailPoint {
  /** The file of steps 1 to 4 has its new name, but the directory was not fsynced. */
  ADOPTED,
  /** The last file was fsynced, and no file follows it yet. */
  FILE_FINISHED,
  /** A new last file was created, and is durable. */
  FILE_CREATED,
  /** The file for the copy was created. */
  COPY_STARTED,
  /** A part of the copy was written. It may end anywhere. */
  BATCH_WRITTEN,
  /** The whole copy was written, but not fsynced. */
  COPY_WRITTEN,
  /** The copy is durable, and the inputs are still the store. */
  COPY_DURABLE,
  /** The copy has its final name, but the directory was not fsynced. */
  RENAMED,
  /** The directory was fsynced. */
  DIRECTORY_DURABLE,
  /** All keys point at the copies, and all inputs still exist. */
  PUBLISHED,
  /** One of the inputs was deleted. */
  INPUT_DELETED,
  /** An open found a file that a merge left. */
  LEFTOVER_FOUND,
  /** That file was deleted. */
  LEFTOVER_DELETED;

  /** The action that a test runs. */
  interface Action {
    void at(FailPoint point) throws IOException;
  }

  /** Inherited by the threads that a thread starts: a put starts a merge. */
  private static final ThreadLocal<Action> ACTION = new InheritableThreadLocal<>();

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
