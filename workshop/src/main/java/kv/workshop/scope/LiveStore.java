/*
 * WHAT THIS FILE IS
 *
 * A store that pages watch. A thread looks at the folder every POLL_MILLIS, as long as a page
 * watches, and reads what has changed. After QUIET_NANOS without a change it looks every
 * QUIET_POLL_MILLIS, until the next change: a look at a folder with many files is not cheap. The
 * pages share this one reading.
 *
 * A page that reads slowly skips reports and loses no changes: the next report it receives contains
 * the changes of all that it skipped. If the folder cannot be read, the page receives the
 * reason, and reading is tried again.
 *
 * WHY POLLING
 *
 * A put of the engine is a copy into a mapped file. It changes neither the size nor the time of the
 * file, so no service of the operating system reports it.
 */
package kv.workshop.scope;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kv.workshop.Json;

/** Watches one store for any number of pages. */
final class LiveStore {
  private static final int POLL_MILLIS = 20;

  private static final int QUIET_POLL_MILLIS = 100;

  /** Time without a change after which the thread looks at the folder less often. */
  static final long QUIET_NANOS = 2_000_000_000L;

  /** Time until the next attempt to read a folder that could not be read. */
  private static final int FAILED_MILLIS = 500;

  /** Number of failures in a row after which pages are told: a merge can cause one. */
  private static final int TOLD_FAILURES = 3;

  /** Time without a page after which the thread ends and the memory is released. */
  private static final long IDLE_NANOS = 3_000_000_000L;

  private final Path folder;
  private final int step;

  /** Held while the files are read. */
  private final Object reading = new Object();

  /** Guarded by: reading. */
  private StoreFiles files;

  /** Number of times in a row that the folder could not be read. Used by the thread only. */
  private int failures;

  /** Time of the last change of the files. Used by the thread only. */
  private long changedAt;

  // ======== Guarded by: this ========

  private final List<Watch> watches = new ArrayList<>();
  private String report;

  /** Why the folder cannot be read, or null. */
  private String failure;

  private boolean running;
  private long idleSince;

  LiveStore(Path folder, int step) {
    this.folder = folder;
    this.step = step;
  }

  /**
   * A message for a page.
   *
   * @param name {@code report}, or {@code failed} with a message
   */
  record Event(String name, String json) {}

  /** A page that watches. Close it when the page is gone. */
  final class Watch implements AutoCloseable {
    private final List<String> changes = new ArrayList<>();
    private boolean due = true;

    /**
     * Waits for the next report.
     *
     * @return the event for the page, or null if nothing changes for the given time
     */
    Event next(long millis) throws InterruptedException {
      synchronized (LiveStore.this) {
        long end = System.nanoTime() + millis * 1_000_000;
        while (report == null && failure == null || !due) {
          long left = (end - System.nanoTime()) / 1_000_000;
          if (left <= 0) {
            return null;
          }
          LiveStore.this.wait(left);
        }
        due = false;
        if (failure != null) {
          Json json = new Json().object().field("message", failure).end();
          return new Event("failed", json.toString());
        }
        Json json = new Json().object().raw("report", report);
        json.array("changes", changes, Json::element).end();
        changes.clear();
        return new Event("report", json.toString());
      }
    }

    @Override
    public void close() {
      synchronized (LiveStore.this) {
        watches.remove(this);
        idleSince = System.nanoTime();
      }
    }
  }

  /** Begins to watch. */
  synchronized Watch watch() {
    Watch watch = new Watch();
    watches.add(watch);
    if (!running) {
      running = true;
      Thread thread = new Thread(this::run, "watch " + folder.getFileName());
      thread.setDaemon(true);
      thread.start();
    }
    return watch;
  }

  private void run() {
    changedAt = System.nanoTime();
    while (keepsRunning()) {
      try {
        Thread.sleep(poll() ? pauseMillis(System.nanoTime() - changedAt) : FAILED_MILLIS);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** Returns the time until the next look at files that have not changed for the given time. */
  static int pauseMillis(long quietNanos) {
    return quietNanos < QUIET_NANOS ? POLL_MILLIS : QUIET_POLL_MILLIS;
  }

  private synchronized boolean keepsRunning() {
    if (watches.isEmpty() && System.nanoTime() - idleSince > IDLE_NANOS) {
      running = false;
      report = null;
      failure = null;
      files = null;
    }
    return running;
  }

  /** Reads what has changed. Returns whether the folder could be read. */
  private boolean poll() {
    String changed;
    List<Change> changes;
    synchronized (reading) {
      try {
        boolean first = files == null;
        files = first ? new StoreFiles(folder, step) : files;
        if (!files.update(System.nanoTime())) {
          return true;
        }
        changes = first ? List.of() : files.changes();
        changed = Report.of(files, System.currentTimeMillis());
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        // The folder changed while it was read, or cannot be read: begin again.
        files = null;
        if (++failures >= TOLD_FAILURES) {
          publishFailure("the folder cannot be read: " + e);
        }
        return false;
      }
    }
    failures = 0;
    changedAt = System.nanoTime();
    publish(changed, changes);
    return true;
  }

  private synchronized void publishFailure(String message) {
    if (!message.equals(failure)) {
      failure = message;
      watches.forEach(watch -> watch.due = true);
      notifyAll();
    }
  }

  private synchronized void publish(String changed, List<Change> changes) {
    report = changed;
    failure = null;
    for (Watch watch : watches) {
      watch.due = true;
      for (Change change : changes) {
        if (watch.changes.size() < 2 * Changes.MOST) {
          watch.changes.add(change.json());
        }
      }
    }
    notifyAll();
  }

  /** A use of the files. */
  interface Use<T> {
    T of(StoreFiles files) throws IOException;
  }

  /** Uses the files as they are now. Reads them first if no page watches. */
  <T> T use(Use<T> use) throws IOException {
    synchronized (reading) {
      StoreFiles current = files == null ? new StoreFiles(folder, step) : files;
      if (files == null) {
        current.update(System.nanoTime());
      }
      return use.of(current);
    }
  }
}
