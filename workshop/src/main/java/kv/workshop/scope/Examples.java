package kv.workshop.scope;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import kv.workshop.Json;
import kv.workshop.Project;

/** The example of each step, replayed once, and questions about damage to its files. */
final class Examples implements AutoCloseable {
  private static final String STORE = "example/";

  /** Bytes of a file for which an export answers questions. */
  private static final int MOST_BYTES = 160;

  private static final int SECTOR_SIZE = 512;
  private static final int SEEDS = 4;

  private final StepProcess steps;
  private final WhatIf whatIf;
  private final Map<Integer, String> replayed = new HashMap<>();
  private final TemporaryFolder folder = new TemporaryFolder("kv-example-");

  Examples(StepProcess steps, WhatIf whatIf) {
    this.steps = steps;
    this.whatIf = whatIf;
  }

  /** Returns the example of a step as JSON. */
  synchronized String of(int step) throws IOException {
    String example = replayed.get(step);
    if (example == null) {
      Path its = Files.createTempDirectory(folder.path(), "step-" + step + "-");
      Json request = new Json().object().field("step", step).field("folder", its.toString());
      example = steps.ask(request.end().toString());
      if (example.startsWith("{\"failed\"")) {
        throw new IOException("the example failed: " + Json.read(example).get("failed"));
      }
      replayed.put(step, example);
      Files.move(its, folderOf(step));
    }
    return example;
  }

  /** Returns the folder with the frames of a step. */
  Path folderOf(int step) throws IOException {
    return folder.path().resolve("" + step);
  }

  /** Returns the step whose example a store's id names, or 0. */
  static int step(String store) {
    return store.matches(STORE + "[1-" + Project.ENGINE + "]")
        ? Integer.parseInt(store.substring(STORE.length()))
        : 0;
  }

  /**
   * Returns the verdict of a step on damage to its example.
   *
   * @param frame the number of the frame whose files are damaged; the last one if negative
   */
  String answer(int step, int frame, Harm harm) throws IOException {
    of(step);
    int last = Recorded.lastFrame(folderOf(step));
    if (frame > last) {
      throw new IllegalArgumentException("the example has no frame " + frame);
    }
    Path files = Recorded.frame(folderOf(step), frame < 0 ? last : frame);
    return whatIf.answer(files, STORE + step, step, harm);
  }

  // ======== Export ========

  /** Writes the examples, with the answers to questions about their last frames. */
  void export(Path target) throws IOException {
    Files.createDirectories(target);
    for (int step = 1; step <= Project.ENGINE; step++) {
      Json json = new Json().object().raw("example", of(step));
      json.name("whatifs").array();
      int frame = Recorded.lastFrame(folderOf(step));
      Path files = Recorded.frame(folderOf(step), frame);
      Listing listing = Listing.read(files);
      for (String name : listing.inOrder()) {
        if (Listing.hasRecords(name)) {
          askAll(step, frame, name, listing.entries().get(name).size(), json);
        }
      }
      Files.writeString(target.resolve("step-" + step + ".json"), json.endArray().end() + "\n");
    }
  }

  private void askAll(int step, int frame, String file, long size, Json json) throws IOException {
    for (long at = 0; at < Math.min(size, MOST_BYTES); at++) {
      ask(step, frame, new Harm("cut", file, at, 0, 0), List.of("at"), json);
      // The answer is the same for each bit of a byte: a checksum is wrong.
      ask(step, frame, new Harm("flip", file, at, 0, 0), List.of("at"), json);
      if (size > SECTOR_SIZE) {
        ask(step, frame, new Harm("zero", file, at, 0, 0), List.of("at"), json);
      }
    }
    if (size <= SECTOR_SIZE) {
      ask(step, frame, new Harm("zero", file, 0, 0, 0), List.of(), json);
    }
    for (int seed = 0; seed < SEEDS; seed++) {
      ask(step, frame, new Harm("lose", file, 0, 0, seed), List.of("seed"), json);
    }
    ask(step, frame, new Harm("delete", file, 0, 0, 0), List.of(), json);
  }

  /** Adds a question with its answer, which is the one for all values of the parts left out. */
  private void ask(int step, int frame, Harm harm, List<String> parts, Json json)
      throws IOException {
    Map<String, Long> numbers = new TreeMap<>(Map.of("at", harm.at(), "seed", harm.seed()));
    numbers.keySet().retainAll(parts);
    Json request = new Json().object().field("store", STORE + step).field("frame", frame);
    request.field("action", harm.action()).field("file", harm.file());
    numbers.forEach(request::field);
    json.object()
        .raw("request", request.end().toString())
        .raw("answer", answer(step, frame, harm))
        .end();
  }

  @Override
  public synchronized void close() throws IOException {
    folder.close();
  }
}
