package kv.workshop.scope;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import kv.workshop.Json;
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
  /** Time after which a comment finds out whether the page is still there. */
  private static final long COMMENT_MILLIS = 2_000;

  /** Number of stores that have been watched and are remembered. */
  private static final int MOST_WATCHED = 64;

  private final Stores stores;
  private final StepProcess steps;
  private final WhatIf whatIf;
  private final Examples examples;
  private final ConcurrentMap<Watched, LiveStore> watched = new ConcurrentHashMap<>();

  /** A store as that of a step. */
  private record Watched(Path folder, int step) {}

  /**
   * Serves the stores of a project.
   *
   * @param chosen the folder of another store, which is the first of the list
   */
  public Microscope(Project project, Optional<Path> chosen) {
    this.stores = new Stores(project.folder(), chosen);
    this.steps = new StepProcess(project);
    this.whatIf = new WhatIf(steps);
    this.examples = new Examples(steps, whatIf);
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
    whatIf.close();
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
        .array("steps", store.steps(), (list, step) -> list.element(String.valueOf(step)))
        .field("path", store.folder().toString())
        .end();
  }

  private void live(Request request) throws IOException, Refusal {
    LiveStore store = watched(request);
    try (Events events = request.events();
        LiveStore.Watch watch = store.watch()) {
      while (!Thread.currentThread().isInterrupted()) {
        LiveStore.Event next = watch.next(COMMENT_MILLIS);
        if (next == null) {
          events.comment();
        } else {
          events.send(next.name(), next.json());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void record(Request request) throws IOException, Refusal {
    LiveStore store = watched(request);
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
    int step = step(found, Optional.ofNullable(question.get("step")));
    return whatIf.answer(found.folder(), found.id(), step, harm);
  }

  // ======== Stores ========

  private Stores.Found find(String id) throws IOException, Refusal {
    Stores.Found found = stores.find(id);
    if (found == null) {
      throw Refusal.notFound("there is no such store; api/stores lists them");
    }
    return found;
  }

  /** Returns the step as whose store a request reads files, which the store must allow. */
  private static int step(Stores.Found store, Optional<String> asked) throws Refusal {
    int step = asked.isEmpty() ? store.step() : (int) number(asked.get());
    if (!store.steps().contains(step)) {
      throw Refusal.bad("the files of this store are not those of that step; see api/stores");
    }
    return step;
  }

  private LiveStore watched(Request request) throws IOException, Refusal {
    Stores.Found store = find(required(request, "store"));
    Watched key = new Watched(store.folder(), step(store, request.query("step")));
    if (watched.size() >= MOST_WATCHED && !watched.containsKey(key)) {
      watched.clear();
    }
    return watched.computeIfAbsent(key, its -> new LiveStore(its.folder(), its.step()));
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
