/*
 * WHAT THIS FILE IS
 *
 * The trials: things that happen to users of a store, and are done to each store here.
 *
 *     a copy of an open store    the files are copied one after the other, as by cp -r, while a
 *                                process puts; each copy is opened
 *     kill -9                    a process is killed while it puts; the store is opened
 *     a full disk                puts fill a file system; the store is opened while it is full, and
 *                                again when there is room
 *     an interrupted thread      a thread with its interrupt status set puts and gets; then another
 *                                thread does; the store is closed and opened
 *
 * A result is a sentence: the stores differ in more than a number. "Holes" are keys that lack a put
 * although a newer put of another key is there: the store is not a state that ever existed. See
 * PeerHistory.
 *
 * THE FULL DISK
 *
 * A file system in memory, mounted in a mount namespace of its own, so that nothing stays mounted
 * after the processes ended. That needs Linux and its command unshare, as root or where users may
 * create namespaces. Elsewhere the trial says that it was not made.
 */
package kv.benchmarks.peers;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import kv.benchmarks.harness.WorkDirectory;
import kv.benchmarks.peers.PeerHistory.Contents;
import kv.benchmarks.peers.PeerTrialRun.Finding;

/** Runs the trials of a store, and describes their effect. */
final class PeerTrials {
  /** A file system that grows before the last of three JVMs. */
  private static final String FULL_DISK_SCRIPT =
      """
      mount -t tmpfs -o size=24m peers "$1" || exit 1
      disk=$1 fill=$2 reopen=$3
      shift 3
      "$@" "$fill"; echo "{\\"status\\":$?}"
      "$@" "$reopen"; echo "{\\"status\\":$?}"
      mount -o remount,size=256m "$disk"
      "$@" "$reopen"; echo "{\\"status\\":$?}"
      """;

  private static final String STATUS = "{\"status\":";

  private static final int VALUE_LENGTH = 100;

  /** More keys than fit on the disk. */
  private static final int DISK_KEYS = 400_000;

  private static final long MILLIS_BETWEEN_COPIES = 50;

  /** Longer than MVStore's delay between a put and its write. */
  private static final long MILLIS_BEFORE_KILL = 1_500;

  private final int keys;
  private final int times;

  /**
   * Trials that have not begun.
   *
   * @param keys the number of keys in each store
   * @param times the number of copies, and of kills
   */
  PeerTrials(int keys, int times) {
    this.keys = keys;
    this.times = times;
  }

  /** A trial. */
  enum Trial {
    COPY("A copy of an open store"),
    KILL("A process killed by kill -9"),
    FULL_DISK("A full disk"),
    INTERRUPT("An interrupted thread");

    private final String title;

    Trial(String title) {
      this.title = title;
    }

    @Override
    public String toString() {
      return title;
    }
  }

  /** Returns the trial with its size, as a heading. */
  String title(Trial trial) {
    return trial == Trial.FULL_DISK
        ? "A full disk: a file system of 24 MiB, which grows to 256 MiB for the last open"
        : String.format(Locale.ROOT, "%s: %,d keys", trial, keys);
  }

  /** Returns the effect of a trial on a store, in a sentence. */
  String run(Trial trial, PeerStore store) throws IOException, InterruptedException {
    Path directory = WorkDirectory.create();
    PeerTask task =
        new PeerTask(PeerPart.WRITE, store, directory.toString(), keys, VALUE_LENGTH, 1, 1);
    try {
      return switch (trial) {
        case COPY -> copy(task);
        case KILL -> kill(task);
        case FULL_DISK -> fullDisk(task);
        case INTERRUPT -> interrupt(task);
      };
    } finally {
      WorkDirectory.delete(directory);
    }
  }

  // ======== A copy of an open store ========

  private String copy(PeerTask task) throws IOException, InterruptedException {
    Tally tally = new Tally("copies");
    try (Inspector inspector = new Inspector(task);
        PeerProcess writer = PeerProcess.start(task)) {
      writer.awaitReady();
      for (int i = 0; i < times; i++) {
        Path copy = task.resolve("copy");
        copyFiles(task.resolve("store"), copy);
        tally.add(inspector.inspect("open", -1, copy));
        WorkDirectory.delete(copy);
        Thread.sleep(MILLIS_BETWEEN_COPIES);
      }
    }
    return tally.sentence();
  }

  /** Copies the files one after the other, in the order of their names, as cp -r does. */
  private static void copyFiles(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    List<Path> files;
    try (Stream<Path> list = Files.list(from)) {
      files = list.sorted().toList();
    }
    for (Path file : files) {
      try {
        Files.copy(file, to.resolve(file.getFileName()));
      } catch (NoSuchFileException e) {
        // The store removed the file after the directory was listed: cp reports it, and goes on.
      }
    }
  }

  // ======== kill -9 ========

  private String kill(PeerTask task) throws IOException, InterruptedException {
    Tally plain = new Tally("kills");
    Tally recovered = new Tally("recoveries");
    try (Inspector inspector = new Inspector(task)) {
      for (int i = 0; i < times; i++) {
        try (PeerProcess writer = PeerProcess.start(task)) {
          writer.awaitReady();
          Thread.sleep(MILLIS_BEFORE_KILL);
          writer.kill();
        }
        int returned = returned(task);
        Finding finding = inspector.inspect("open", returned, task.resolve("store"));
        plain.add(finding);
        if (finding.isFault() && task.store().hasRecovery()) {
          inspector.restart();
          recovered.add(inspector.inspect("recover", returned, task.resolve("store")));
        }
        WorkDirectory.delete(task.resolve("store"));
      }
    }
    return plain.sentence() + (recovered.count == 0 ? "" : "; " + recovered.sentence());
  }

  private static int returned(PeerTask task) throws IOException {
    return ByteBuffer.wrap(Files.readAllBytes(task.resolve("returned"))).getInt();
  }

  // ======== A full disk ========

  private String fullDisk(PeerTask trial) throws IOException, InterruptedException {
    Path disk = Files.createDirectory(trial.resolve("disk"));
    PeerTask task =
        new PeerTask(
            PeerPart.FILL_DISK, trial.store(), trial.directory(), DISK_KEYS, VALUE_LENGTH, 1, 1);
    for (String user : List.of("-m", "-rm")) {
      List<String> command = new ArrayList<>(List.of("unshare", user, "sh", "-c"));
      command.addAll(List.of(FULL_DISK_SCRIPT, "sh", disk.toString(), task.toJson()));
      command.add(task.with(PeerPart.REOPEN_AFTER_FULL_DISK).toJson());
      command.addAll(PeerProcess.command(task));
      List<String> steps = new ArrayList<>();
      try (PeerProcess process = PeerProcess.start(command)) {
        Finding finding = null;
        for (String line = process.read(); line != null; line = process.read()) {
          if (Finding.isFinding(line)) {
            finding = Finding.parse(line);
          } else if (line.startsWith(STATUS)) {
            steps.add(finding == null ? "the process dies (" + line + ")" : step(finding));
            finding = null;
          }
        }
      } catch (IOException e) {
        // No unshare or mount here: the next way is tried.
        break;
      }
      if (steps.size() == 3) {
        return steps.get(0)
            + ". Opened while the disk is full: "
            + steps.get(1)
            + ". Opened with room: "
            + steps.get(2);
      }
    }
    return "not measured: this needs Linux, and the right to mount a file system (unshare -rm)";
  }

  private static String step(Finding finding) {
    if (finding.failure() != null) {
      return "refused (" + finding.failure() + ")";
    }
    if (finding.contents() == null) {
      return finding.note();
    }
    return shown(finding.contents())
        + (finding.note() == null ? ", and a put returns" : "; " + finding.note());
  }

  // ======== An interrupted thread ========

  private String interrupt(PeerTask task) throws IOException, InterruptedException {
    String note = null;
    try (PeerProcess process = PeerProcess.start(task.with(PeerPart.INTERRUPT))) {
      for (String line = process.read(); line != null; line = process.read()) {
        note = Finding.isFinding(line) ? Finding.parse(line).note() : note;
      }
    }
    if (note == null) {
      return "the process dies";
    }
    try (Inspector inspector = new Inspector(task)) {
      Finding after = inspector.inspect("open", returned(task), task.resolve("store"));
      return note
          + ". Opened again: "
          + (after.failure() == null
              ? shown(after.contents())
              : "refused (" + after.failure() + ")");
    }
  }

  // ======== Inspections ========

  private static String shown(Contents contents) {
    List<String> parts = new ArrayList<>();
    if (contents.lost() > 0) {
      parts.add(String.format(Locale.ROOT, "%,d puts lost", contents.lost()));
    }
    if (contents.holes() > 0) {
      parts.add(String.format(Locale.ROOT, "%,d holes", contents.holes()));
    }
    if (contents.wrong() > 0) {
      parts.add(
          String.format(Locale.ROOT, "%,d values wrong or unreadable", contents.wrong())
              + (contents.problem() == null ? "" : " (" + contents.problem() + ")"));
    }
    return parts.isEmpty() ? "every put is there" : String.join(", ", parts);
  }

  /** A process that inspects directories, and is started again if one of them kills it. */
  private static final class Inspector implements AutoCloseable {
    private final PeerTask task;
    private PeerProcess process;

    Inspector(PeerTask task) {
      this.task = task.with(PeerPart.INSPECT);
    }

    Finding inspect(String command, int returned, Path directory)
        throws IOException, InterruptedException {
      if (process == null) {
        process = PeerProcess.start(task);
      }
      process.write(command + " " + returned + " " + directory);
      for (String line = process.read(); line != null; line = process.read()) {
        if (Finding.isFinding(line)) {
          return Finding.parse(line);
        }
      }
      String failure = process.failure();
      restart();
      return new Finding("the process dies: " + failure.lines().findFirst().orElse(""), null, null);
    }

    void restart() throws IOException {
      if (process != null) {
        process.close();
        process = null;
      }
    }

    @Override
    public void close() throws IOException {
      restart();
    }
  }

  /** Findings of the same kind. */
  private static final class Tally {
    private final String kind;
    private final List<Integer> lost = new ArrayList<>();
    private int count;
    private int refused;
    private String refusal;
    private int whole;
    private int holed;
    private int mostHoles;
    private int wrong;
    private int mostWrong;

    Tally(String kind) {
      this.kind = kind;
    }

    void add(Finding finding) {
      count++;
      if (finding.failure() != null) {
        refused++;
        refusal = refusal == null ? finding.failure() : refusal;
        return;
      }
      Contents contents = finding.contents();
      lost.add(contents.lost());
      if (contents.holes() > 0) {
        holed++;
        mostHoles = Math.max(mostHoles, contents.holes());
      }
      if (contents.wrong() > 0) {
        wrong++;
        mostWrong = Math.max(mostWrong, contents.wrong());
      }
      if (contents.lost() == 0 && contents.holes() == 0 && contents.wrong() == 0) {
        whole++;
      }
    }

    String sentence() {
      List<String> parts = new ArrayList<>();
      parts.add(String.format(Locale.ROOT, "of %d %s, %d without fault", count, kind, whole));
      if (refused > 0) {
        parts.add(String.format(Locale.ROOT, "%d refused (%s)", refused, refusal));
      }
      int[] losses = lost.stream().mapToInt(i -> i).filter(i -> i > 0).sorted().toArray();
      if (losses.length > 0) {
        parts.add(
            String.format(
                Locale.ROOT,
                "%d without the last %,d to %,d puts",
                losses.length,
                losses[0],
                Arrays.stream(losses).max().orElseThrow()));
      }
      if (holed > 0) {
        parts.add(String.format(Locale.ROOT, "%d with up to %,d holes", holed, mostHoles));
      }
      if (wrong > 0) {
        parts.add(
            String.format(
                Locale.ROOT, "%d with up to %,d values wrong or unreadable", wrong, mostWrong));
      }
      return String.join(", ", parts);
    }
  }
}
