/*
 * WHAT THIS FILE IS
 *
 * The places where a crash would hurt most, with names, so that tests can crash there. Each is a
 * line of the engine that calls hit(). Nothing happens there unless a test has set an action: to
 * halt the process, to fail as a disk does, or to note which bytes are durable now.
 *
 * The action belongs to a thread and to the threads that it starts. So tests that run side by side
 * do not disturb each other, and a store's own threads have the action of the thread that opened
 * it.
 */
package kv.engine;

import java.io.IOException;
import java.nio.file.Path;

/** A named line of the code at which a test can act. */
enum FailPoint {
  /** Zeros are about to be written, to reserve space at the end of a segment. */
  RESERVE,
  /** A record, or a part of a merge's output, is about to be written by a write call. */
  WRITE,
  /** All of a record but its first byte was written by a call. */
  WRITTEN,
  /** The remains of a failed append were overwritten with zeros, and not fsynced. */
  CLEARED,
  /** A file is about to be fsynced. */
  SYNC,
  /** A file was fsynced. */
  SYNCED,
  /** A directory was fsynced. */
  DIRECTORY_SYNCED,
  /** A segment's seal was written, and not fsynced. */
  SEALED,
  /** The file of a fresh segment is about to be created. */
  CREATE,
  /** The file of a fresh segment is there, and its entry was not fsynced. */
  CREATED,
  /** A merge has begun a run. */
  RUN_STARTED,
  /** A part of a merge's output was written, which may end anywhere. */
  OUTPUT_GROWN,
  /** The whole output was written, and not fsynced. */
  OUTPUT_WRITTEN,
  /** All is durable, and the inputs are still the store. */
  OUTPUT_DURABLE,
  /** The output has its name, and the directory was not fsynced. */
  RENAMED,
  /** The output is the store, and the inputs are only in the way. */
  COMMITTED,
  /** Some keydir entries were pointed at the output. */
  REPOINTED,
  /** The keydir no longer points into the inputs. */
  DROPPED,
  /** An input, or a hint, was deleted. */
  DELETED,
  /** A hint file was written. */
  HINTED,
  /** The index of a closed store was written. */
  INDEXED,
  /** A segment, or a hint file, was linked into a snapshot. */
  LINKED,
  /** An open has verified everything, and changed nothing. */
  VERIFIED,
  /** An open has cut off a torn tail. */
  TAIL_CUT;

  /** An action of a test. */
  interface Action {
    void at(FailPoint point, Path file) throws IOException;
  }

  private static final ThreadLocal<Action> ACTION = new InheritableThreadLocal<>();

  /** Sets the action of this thread, or null for none. */
  static void set(Action action) {
    ACTION.set(action);
  }

  /** Runs the action, if there is one, with a file or a directory. */
  void hit(Path file) throws IOException {
    Action action = ACTION.get();
    if (action != null) {
      action.at(this, file);
    }
  }
}
