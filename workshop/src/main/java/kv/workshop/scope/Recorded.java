/*
 * WHAT THIS FILE IS
 *
 * The running example of the course, replayed on the store of a step: the calls, and a report on the
 * files after each of them. The files after each call are kept in folders of their own, so that a
 * page can ask what damage to them would do.
 *
 * A merge and a compaction have a frame for each of their phases: the copy is written, it gets its
 * name, and the inputs are deleted. The store does this in an instant, so the phases are made from
 * the files before and after the call, in a folder beside the store. That folder is reported:
 *
 *     directory    the files of the store
 *     stage        the same, one phase after another
 *     frame-0 ...  the stage after each frame
 */
package kv.workshop.scope;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import kv.workshop.Json;

/** Replays the example of one step. */
final class Recorded {
  private static final Pattern CALL = Pattern.compile("(\\w+)\\((?:\"(.*?)\")?(?:, \"(.*?)\")?\\)");

  /** The calls of each step, as in its play.jsh. */
  private static final List<List<String>> CALLS =
      List.of(
          List.of(
              "put(\"os\", \"mac\")",
              "put(\"editor\", \"vim\")",
              "put(\"os\", \"linux\")",
              "sync()",
              "put(\"shell\", \"bash\")"),
          List.of(
              "put(\"os\", \"mac\")",
              "put(\"editor\", \"vim\")",
              "put(\"os\", \"linux\")",
              "delete(\"editor\")",
              "sync()",
              "put(\"shell\", \"bash\")"),
          List.of(
              "put(\"os\", \"mac\")",
              "put(\"editor\", \"vim\")",
              "put(\"os\", \"linux\")",
              "delete(\"editor\")",
              "reopen()",
              "put(\"shell\", \"bash\")"),
          List.of(
              "put(\"os\", \"mac\")",
              "put(\"editor\", \"vim\")",
              "put(\"os\", \"linux\")",
              "delete(\"editor\")",
              "compact()",
              "put(\"shell\", \"bash\")"),
          List.of(
              "put(\"os\", \"linux\")",
              "put(\"shell\", \"bash\")",
              "put(\"os\", \"bsd\")",
              "delete(\"shell\")",
              "merge()",
              "put(\"editor\", \"emacs\")",
              "put(\"os\", \"plan 9\")",
              "merge()"),
          List.of(
              "put(\"os\", \"mac\")",
              "sync()",
              "put(\"editor\", \"vim\")",
              "reopen()",
              "put(\"os\", \"linux\")",
              "delete(\"editor\")",
              "merge()",
              "put(\"shell\", \"bash\")"));

  /** Number of looks after which a fault is believed. */
  private static final int LOOKS = 3;

  /** Number of looks at the files without a change after which a call has no more effects. */
  private static final int QUIET_LOOKS = 5;

  private final int step;
  private final Path folder;
  private final Path directory;
  private final Path stage;
  private final StoreFiles files;
  private final List<String> frames = new ArrayList<>();
  private StepStore store;
  private long now;

  private Recorded(int step, Path folder) {
    this.step = step;
    this.folder = folder;
    this.directory = folder.resolve("store");
    this.stage = folder.resolve("stage");
    this.files = new StoreFiles(stage, step);
  }

  /** Returns the folder with the files after a call; the open is call 0. */
  static Path frame(Path folder, int number) {
    return folder.resolve("frame-" + number);
  }

  /** Returns the number of the last frame. */
  static int lastFrame(Path folder) {
    int last = 0;
    while (Files.exists(frame(folder, last + 1))) {
      last++;
    }
    return last;
  }

  /**
   * Replays the example of a step in an empty folder.
   *
   * @return the frames as JSON
   */
  static String replay(int step, Path folder) throws IOException {
    return new Recorded(step, folder).replay();
  }

  private String replay() throws IOException {
    try {
      Files.createDirectories(stage);
      store = StepStore.open(step, directory);
      settle();
      addFrame("Store.open(directory)", mirror());
      for (String call : CALLS.get(step - 1)) {
        run(call);
        settle();
        if (call.startsWith("merge") || call.startsWith("compact")) {
          addPhases(call);
        } else {
          addFrame(call, mirror());
        }
      }
    } finally {
      if (store != null) {
        store.close();
      }
    }
    return new Json()
        .object()
        .field("step", step)
        .field("store", "example/" + step)
        .array("frames", frames, Json::element)
        .end()
        .toString();
  }

  private void run(String call) throws IOException {
    MatchResult parts = CALL.matcher(call).results().findFirst().orElseThrow();
    switch (parts.group(1)) {
      case "put" -> store.put(bytes(parts.group(2)), bytes(parts.group(3)));
      case "delete" -> store.delete(bytes(parts.group(2)));
      case "sync" -> store.sync();
      case "reopen" -> {
        store.close();
        store = StepStore.open(step, directory);
      }
      default -> store.reclaim();
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  // ======== The files ========

  /** Waits until the engine's own threads have finished their work. */
  private void settle() throws IOException {
    Map<String, Listing.Entry> last = Map.of();
    for (int quiet = 0; quiet < QUIET_LOOKS; quiet++) {
      Map<String, Listing.Entry> entries = Listing.read(directory).entries();
      quiet = entries.equals(last) ? quiet : 0;
      last = entries;
      pause();
    }
  }

  /** Makes the stage equal to the store. */
  private List<String> mirror() throws IOException {
    List<String> names = names(directory);
    for (String name : names) {
      write(name, Files.readAllBytes(directory.resolve(name)));
    }
    for (String name : names(stage)) {
      if (!names.contains(name)) {
        Files.delete(stage.resolve(name));
      }
    }
    return names;
  }

  /** Writes a file of the stage, unless it has these bytes. It stays the same file. */
  private void write(String name, byte[] bytes) throws IOException {
    Path file = stage.resolve(name);
    if (!Files.exists(file)) {
      Files.write(file, bytes);
    } else if (!Arrays.equals(Files.readAllBytes(file), bytes)) {
      try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
        open.write(bytes);
        open.setLength(bytes.length);
      }
    }
  }

  private static List<String> names(Path folder) throws IOException {
    return new ArrayList<>(Listing.read(folder).entries().keySet());
  }

  private void addPhases(String call) throws IOException {
    for (String name : names(directory)) {
      byte[] bytes = Files.readAllBytes(directory.resolve(name));
      boolean copy = isCopy(name);
      if (Listing.hasRecords(name) && (copy || !Files.exists(stage.resolve(name)))) {
        write(copy ? name + ".tmp" : name, bytes);
      }
    }
    addFrame(call + ": writes the copy", names(stage));
    for (String name : names(stage)) {
      if (Listing.isCopy(name)) {
        Path target = stage.resolve(name.substring(0, name.length() - ".tmp".length()));
        Files.move(stage.resolve(name), target, StandardCopyOption.REPLACE_EXISTING);
      }
    }
    addFrame(call + ": renames it", names(stage));
    if (!names(stage).equals(mirror())) {
      addFrame(call + ": deletes the inputs", names(stage));
    }
  }

  /** Returns whether a file of the store is the copy that the last call wrote. */
  private boolean isCopy(String name) {
    var segment = Listing.segment(name);
    boolean merged = segment != null && segment.generation() > 0;
    return merged && !Files.exists(stage.resolve(name)) || name.equals(Listing.LOG);
  }

  // ======== Frames ========

  private void addFrame(String call, List<String> names) throws IOException {
    List<Change> changes = new ArrayList<>();
    for (int i = 0; i < LOOKS; i++) {
      now += FileScan.PATIENCE_NANOS;
      if (files.update(now)) {
        changes.addAll(files.changes());
      }
    }
    String report = Report.of(files, System.currentTimeMillis());
    Json json = new Json().object().field("call", call).raw("report", report);
    json.array("changes", changes, (array, change) -> array.element(change.json()));
    json.name("records").object();
    for (StoreFiles.Data data : files.all()) {
      for (long at : starts(data)) {
        json.raw(data.strip.name + "@" + at, RecordView.of(files, data.strip.name, at));
      }
    }
    frames.add(json.end().end().toString());
    Path frame = Files.createDirectories(frame(folder, frames.size() - 1));
    for (String name : names) {
      Files.copy(stage.resolve(name), frame.resolve(name));
    }
  }

  private static List<Long> starts(StoreFiles.Data data) {
    List<Long> starts = new ArrayList<>();
    if (data.scan.headerLength() > 0) {
      starts.add(0L);
    }
    data.strip.items().forEach(item -> starts.add(item.at));
    if (data.scan.isSealed()) {
      starts.add(data.scan.sealAt());
    }
    return starts;
  }

  private static void pause() {
    try {
      Thread.sleep(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
