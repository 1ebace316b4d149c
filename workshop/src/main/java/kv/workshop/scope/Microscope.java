package kv.workshop.scope;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import kv.workshop.Project;
import kv.workshop.serve.Events;
import kv.workshop.serve.Refusal;
import kv.workshop.serve.Request;
import kv.workshop.serve.Site;

/**
 * The routes from which a page reads stores: the list of stores, the live reports of one, and single
 * records.
 */
public final class Microscope {
  /** Time after which a comment keeps an idle connection alive. */
  private static final long COMMENT_MILLIS = 15_000;

  /** Number of stores that have been watched and are remembered. */
  private static final int MOST_WATCHED = 64;

  private final Stores stores;
  private final ConcurrentMap<Path, LiveStore> watched = new ConcurrentHashMap<>();

  /**
   * Serves the stores of a project.
   *
   * @param chosen the folder of another store, which is the first of the list
   */
  public Microscope(Project project, Optional<Path> chosen) {
    this.stores = new Stores(project.folder(), chosen);
  }

  /** Adds the routes to a site that was not started. */
  public void addTo(Site site) {
    site.get("/api/stores", this::list);
    site.get("/api/live", this::live);
    site.get("/api/record", this::record);
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
