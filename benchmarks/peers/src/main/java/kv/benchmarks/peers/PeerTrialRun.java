/*
 * WHAT THIS FILE IS
 *
 * The trials of one store that need its process: see PeerTrials, which starts these processes, kills
 * them, copies their files and fills their disks. All of them put a PeerHistory.
 *
 * The number of puts that returned is in a mapped file beside the store: it survives the process.
 */
package kv.benchmarks.peers;

import com.google.gson.Gson;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import kv.benchmarks.peers.PeerHistory.Contents;

/** The part of the trials that runs in the process of a store. */
final class PeerTrialRun {
  /** The line that reports that all keys were put, and half of them again. */
  static final String READY = "{\"ready\":true}";

  private static final int RETRIES = 3;

  private final PeerTask task;
  private final PeerHistory history;

  PeerTrialRun(PeerTask task) {
    this.task = task;
    history = new PeerHistory(task.keys(), task.valueLength());
  }

  /**
   * An observation of a store: a line of JSON.
   *
   * @param failure why the store did not open, or null
   * @param contents the contents of the store, or null
   * @param note further observations, or null
   */
  record Finding(String failure, Contents contents, String note) {
    private static final String START = "{\"finding\":";

    static boolean isFinding(String line) {
      return line.startsWith(START);
    }

    static Finding parse(String line) {
      return new Gson().fromJson(line.substring(START.length(), line.length() - 1), Finding.class);
    }

    /** Returns whether the store did not open, or a get failed. */
    boolean isFault() {
      return failure != null || contents.problem() != null;
    }

    String toJson() {
      return START + new Gson().toJson(this) + "}";
    }
  }

  private static void print(Finding finding) {
    System.out.println(finding.toJson());
  }

  // ======== A copy of an open store, and kill -9 ========

  /** Puts until the process is killed. */
  void write() throws IOException {
    Path files = Files.createDirectories(task.resolve("store"));
    MappedByteBuffer returned = returned();
    try (Peer peer = open(files)) {
      for (int i = 0; i < Integer.MAX_VALUE; i++) {
        history.put(peer, i);
        returned.putInt(0, i + 1);
        if (i + 1 == task.keys() + task.keys() / 2) {
          System.out.println(READY);
        }
      }
    }
  }

  /**
   * Inspects a directory for each line of the input: a command, {@code open} or {@code recover}; the
   * number of puts that returned, or -1; and the directory.
   */
  void inspect() throws IOException {
    for (String line = PeerMain.INPUT.readLine(); line != null; line = PeerMain.INPUT.readLine()) {
      String[] words = line.split(" ", 3);
      print(
          inspect(
              Path.of(words[2]), words[0].equals("recover"), Integer.parseInt(words[1]), false));
    }
  }

  private Finding inspect(Path files, boolean recover, int returned, boolean put) {
    Contents contents = null;
    String note = null;
    try (Peer peer =
        recover ? task.store().recover(files, task.keys(), task.valueLength()) : open(files)) {
      contents = history.inspect(peer, returned);
      String failure = put ? tryPut(peer, 0) : null;
      note = failure == null ? null : "a put fails (" + failure + ")";
    } catch (Exception | LinkageError | InternalError e) {
      if (contents == null) {
        return new Finding(PeerFailure.shown(e), null, null);
      }
      note = (note == null ? "" : note + "; ") + "close fails (" + PeerFailure.shown(e) + ")";
    }
    return new Finding(null, contents, note);
  }

  // ======== A full disk ========

  /** Puts new keys until a put fails, repeats that put, gets, and closes. */
  void fill() throws IOException {
    Path files = Files.createDirectories(task.resolve("disk/store"));
    MappedByteBuffer returned = returned();
    String note = null;
    boolean opened = false;
    try (Peer peer = open(files)) {
      opened = true;
      int next = 0;
      for (; note == null && next < task.keys(); next++) {
        note = tryPut(peer, next);
        if (note == null) {
          returned.putInt(0, next + 1);
        }
      }
      if (note == null) {
        note = "all " + next + " puts return";
      } else {
        note = String.format(Locale.ROOT, "put %,d fails (%s)", next, note);
        for (int i = 0; i < RETRIES; i++) {
          if (tryPut(peer, next - 1) == null) {
            returned.putInt(0, next);
            note += ", a later one returns";
            break;
          }
        }
      }
      note += "; gets " + getsAfterFailure(peer);
    } catch (Exception | InternalError e) {
      note =
          (note == null ? "" : note + "; ")
              + (opened ? "close fails (" : "not created (")
              + PeerFailure.shown(e)
              + ")";
    }
    print(new Finding(null, null, note));
  }

  /** Returns null, or the exception of a put. */
  private String tryPut(Peer peer, int number) {
    try {
      history.put(peer, number);
      return null;
    } catch (Exception | InternalError e) {
      return PeerFailure.shown(e);
    }
  }

  private String getsAfterFailure(Peer peer) {
    try {
      return peer.get(history.key(0)) == null ? "find no key" : "return";
    } catch (Exception | InternalError e) {
      return "fail (" + PeerFailure.shown(e) + ")";
    }
  }

  /** Opens the store after its disk was full, inspects it, and repeats the first put. */
  void reopen() throws IOException {
    print(inspect(task.resolve("disk/store"), false, returned().getInt(0), true));
  }

  // ======== An interrupted thread ========

  /**
   * Puts every key, closes and opens, so that gets read the files; then puts and gets in a thread
   * whose interrupt status is set before each call; then in another thread.
   */
  void interrupt() throws Exception {
    Path files = Files.createDirectories(task.resolve("store"));
    StringBuilder note = new StringBuilder();
    try (Peer peer = open(files)) {
      for (int i = 0; i < task.keys(); i++) {
        history.put(peer, i);
      }
    }
    try (Peer peer = open(files)) {
      Interrupted interrupted = new Interrupted(peer);
      Thread thread = new Thread(interrupted);
      thread.start();
      thread.join();
      note.append(interrupted.note());
      String put = tryPut(peer, interrupted.next);
      String returned = put == null ? "return" : "fail (" + put + ")";
      note.append("; another thread's puts ").append(returned);
      note.append(", its gets ").append(getsAfterFailure(peer));
      returned().putInt(0, put == null ? interrupted.next + 1 : interrupted.next);
    } catch (Exception | InternalError e) {
      note.append("; close fails (").append(PeerFailure.shown(e)).append(')');
    }
    print(new Finding(null, null, note.toString()));
  }

  /** Puts and gets as often as there are keys, and repeats a put that fails. */
  private final class Interrupted implements Runnable {
    private final Peer peer;
    private int next = task.keys();
    private int failed;
    private String failure;

    Interrupted(Peer peer) {
      this.peer = peer;
    }

    @Override
    public void run() {
      for (int i = 0; i < task.keys(); i++) {
        Thread.currentThread().interrupt();
        String put = tryPut(peer, next);
        if (put == null) {
          next++;
        } else {
          failed++;
          failure = failure == null ? put : failure;
        }
        Thread.currentThread().interrupt();
        getsAfterFailure(peer);
      }
    }

    String note() {
      return failed == 0
          ? "all puts of an interrupted thread return"
          : String.format(
              Locale.ROOT,
              "%,d of an interrupted thread's %,d puts fail (%s)",
              failed,
              task.keys(),
              failure);
    }
  }

  private Peer open(Path files) throws IOException {
    return task.store().open(files, false, task.keys(), task.valueLength());
  }

  private MappedByteBuffer returned() throws IOException {
    try (FileChannel file =
        FileChannel.open(
            task.resolve("returned"),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      return file.map(FileChannel.MapMode.READ_WRITE, 0, Integer.BYTES);
    }
  }
}
