/*
 * WHAT THIS FILE IS
 *
 * The running example of the course, replayed on the store of a step: the calls, and a report on the
 * files after each of them. The files after each call are kept in folders of their own, so that a
 * page can ask what damage to them would do.
 */
package kv.workshop.scope;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import kv.workshop.Folders;

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

  /** Number of looks at the files without a change after which a call has no more effects. */
  private static final int QUIET_LOOKS = 5;

  private final int step;
  private final Path folder;
  private final Path directory;
  private final StoreFiles files;
  private final List<String> frames = new ArrayList<>();
  private StepStore store;
  private long now;

  private Recorded(int step, Path folder) {
    this.step = step;
    this.folder = folder;
    this.directory = folder.resolve("store");
    this.files = new StoreFiles(directory, step);
  }

  /** Returns the folder with the files after a call; the open is call 0. */
  static Path frame(Path folder, int number) {
    return folder.resolve("frame-" + number);
  }

  /** Returns the number of the last call. */
  static int lastFrame(int step) {
    return CALLS.get(step - 1).size();
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
      store = StepStore.open(step, directory);
      addFrame("Store.open(directory)");
      for (String call : CALLS.get(step - 1)) {
        run(call);
        addFrame(call);
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

  private void addFrame(String call) throws IOException {
    List<Change> changes = new ArrayList<>();
    // The engine's own threads finish a merge.
    for (int quiet = 0; quiet < QUIET_LOOKS; quiet++) {
      now += FileScan.PATIENCE_NANOS;
      if (files.update(now)) {
        changes.addAll(files.changes());
        quiet = 0;
      }
      pause();
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
    for (Path file : Folders.files(directory, path -> true)) {
      Files.copy(file, frame.resolve(file.getFileName().toString()));
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
