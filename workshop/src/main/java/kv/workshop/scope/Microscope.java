package kv.workshop.scope;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import kv.workshop.Project;
import kv.workshop.serve.Events;
import kv.workshop.serve.Refusal;
import kv.workshop.serve.Request;
import kv.workshop.serve.Site;

/**
 * The routes from which a page reads stores: the list of stores, the live reports of one, single
 * records, the verdicts on damage, and the example of each step.
 */
public final class Microscope implements AutoCloseable {
  /** Time after which a comment keeps an idle connection alive. */
  private static final long COMMENT_MILLIS = 15_000;

  /** Number of stores that have been watched and are remembered. */
  private static final int MOST_WATCHED = 64;

  private final Stores stores;
  private final StepProcess steps;
  private final Examples examples;
  private final ConcurrentMap<Path, LiveStore> watched = new ConcurrentHashMap<>();

  /**
   * Serves the stores of a project.
   *
   * @param chosen the folder of another store, which is the first of the list
   */
  public Microscope(Project project, Optional<Path> chosen) {
    this.stores = new Stores(project.folder(), chosen);
    this.steps = new StepProcess(project);
    this.examples = new Examples(steps);
  }

  /** Adds the routes to a site that was not started. */
  public void addTo(Site site) {
    site.get("/api/stores", this::list);
    site.get("/api/live", this::live);
    site.get("/api/record", this::record);
    site.get("/api/example", this::example);
    site.post("/api/whatif", this::whatIf);
    site.closesToo(this);
  }

  /** Writes the example of each step, {@code step-1.json} and so on, for pages without a server. */
  public void export(Path folder) throws IOException {
    examples.export(folder);
  }

  @Override
  public void close() throws IOException {
    steps.close();
    examples.close();
  }

  // ======== Routes ========

  private void list(Request request) throws IOException {
    Json json = new Json().object();
    json.array("stores", stores.list(), Microscope::write).end();
    request.json(json.toString());
  }

  private static void write(Json json, Stores.Found store) {
    json.object()
        .field("id", store.id())
        .field("title", store.title())
        .field("step", store.step())
        .field("path", store.folder().toString())
        .end();
  }

  private void live(Request request) throws IOException, Refusal {
    LiveStore store = watched(find(required(request, "store")));
    try (Events events = request.events();
        LiveStore.Watch watch = store.watch()) {
      while (!Thread.currentThread().isInterrupted()) {
        String next = watch.next(COMMENT_MILLIS);
        if (next == null) {
          events.comment();
        } else {
          events.send("report", next);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void record(Request request) throws IOException, Refusal {
    LiveStore store = watched(find(required(request, "store")));
    String file = required(request, "file");
    long at = number(required(request, "at"));
    String record = store.use(files -> RecordView.of(files, file, at));
    if (record == null) {
      throw Refusal.notFound("the store has no such file, or nothing begins at this offset");
    }
    request.json(record);
  }

  private void example(Request request) throws IOException, Refusal {
    String step = required(request, "step");
    if (!step.matches("[1-" + Project.ENGINE + "]")) {
      throw Refusal.notFound("the steps are 1 to " + Project.STEPS + ", and 6 for the engine");
    }
    request.json(examples.of(Integer.parseInt(step)));
  }

  private void whatIf(Request request) throws IOException, Refusal {
    try {
      request.json(answer(Json.read(request.body())));
    } catch (IllegalArgumentException e) {
      throw Refusal.bad(e.getMessage());
    }
  }

  private String answer(Map<String, String> question) throws IOException, Refusal {
    String store = question.getOrDefault("store", "");
    Harm harm =
        new Harm(
            question.getOrDefault("action", ""),
            question.getOrDefault("file", ""),
            number(question.getOrDefault("at", "0")),
            (int) number(question.getOrDefault("bit", "0")) & 7,
            number(question.getOrDefault("seed", "0")));
    int example = Examples.step(store);
    if (example > 0) {
      String frame = question.get("frame");
      int number = frame == null ? -1 : (int) Math.min(number(frame), Integer.MAX_VALUE);
      return examples.answer(example, number, harm);
    }
    Stores.Found found = find(store);
    long step = number(question.getOrDefault("step", "" + found.step()));
    if (step < 1 || step > Project.ENGINE) {
      throw Refusal.bad("the steps are 1 to " + Project.STEPS + ", and 6 for the engine");
    }
    return new WhatIf(steps).answer(found.folder(), found.id(), (int) step, harm);
  }

  // ======== Stores ========

  private Stores.Found find(String id) throws IOException, Refusal {
    Stores.Found found = stores.find(id);
    if (found == null) {
      throw Refusal.notFound("there is no such store; api/stores lists them");
    }
    return found;
  }

  private LiveStore watched(Stores.Found store) throws Refusal {
    if (watched.size() >= MOST_WATCHED && !watched.containsKey(store.folder())) {
      watched.clear();
    }
    return watched.computeIfAbsent(store.folder(), folder -> new LiveStore(folder, store.step()));
  }

  private static String required(Request request, String name) throws Refusal {
    return request
        .query(name)
        .orElseThrow(() -> Refusal.bad("the parameter " + name + " is missing"));
  }

  private static long number(String text) throws Refusal {
    if (!text.matches("\\d{1,18}")) {
      throw Refusal.bad("\"" + text + "\" is not an offset");
    }
    return Long.parseLong(text);
  }
}
