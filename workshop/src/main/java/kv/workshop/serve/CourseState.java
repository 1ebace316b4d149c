/*
 * WHAT THIS FILE IS
 *
 * The parts of the course's pages that change while the reader works: the verdicts on the
 * exercises, and the results of the experiments. Pages get them as JSON:
 *
 *     {"exercises":   {"1.1": "done", ...},
 *      "experiments": {"1": {"measured": "210 ×", "charts": ["report/experiment-1.svg"]}, ...},
 *      "cards":       {"card-1": 210, ...}}
 *
 * The files are read again only when the time or the size of one of them has changed.
 */
package kv.workshop.serve;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import kv.workshop.BadUsage;
import kv.workshop.Json;
import kv.workshop.Progress;
import kv.workshop.Project;

/** Reads the reader's progress. */
final class CourseState {
  private static final int LOOK_EVERY_MILLIS = 400;
  private static final int COMMENT_EVERY_LOOKS = 5;

  private final Project project;
  private List<String> stamp = List.of();
  private String json = "";

  CourseState(Project project) {
    this.project = project;
  }

  /** Adds the state, the stream of its changes, and the experiments' report to a site. */
  void addTo(Site site) {
    site.get("/course.json", request -> request.json(json()));
    site.get("/course.events", this::stream);
    site.get("/report/", this::report);
  }

  private void report(Request request) throws IOException, Refusal {
    String name = request.rest();
    Path file = project.folder().resolve(Experiments.FOLDER).resolve("index.html");
    if (!name.matches("index\\.html|[a-z0-9-]+\\.svg")) {
      throw Refusal.notFound("there is no such chart");
    }
    if (!Files.isRegularFile(file.resolveSibling(name))) {
      throw Refusal.notFound("the experiment has not been run");
    }
    request.picture(Assets.type(name), Files.readAllBytes(file.resolveSibling(name)));
  }

  private void stream(Request request) throws IOException, Refusal {
    try (Events events = request.events()) {
      String sent = "";
      for (int looks = 0; !Thread.currentThread().isInterrupted(); looks++) {
        String now = json();
        if (!now.equals(sent)) {
          events.send("course", now);
          sent = now;
        } else if (looks % COMMENT_EVERY_LOOKS == 0) {
          events.comment();
        }
        Thread.sleep(LOOK_EVERY_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns the state as it is now. */
  synchronized String json() throws IOException {
    List<String> now = stamp();
    if (!now.equals(stamp) || json.isEmpty()) {
      Json state = new Json().object();
      addExercises(state);
      addExperiments(state);
      json = state.end().toString();
      stamp = now;
    }
    return json;
  }

  private void addExercises(Json state) throws IOException {
    try {
      state.name("exercises").object();
      Progress.words(project).forEach(state::field);
      state.end();
    } catch (BadUsage e) {
      throw new IOException(e);
    }
  }

  /** Returns the part of the state that does not belong to one reader, for exported pages. */
  String exported() throws IOException {
    Json state = new Json().object();
    addExperiments(state);
    return state.end().toString();
  }

  private void addExperiments(Json state) throws IOException {
    Experiments all;
    try {
      all = Experiments.read(project);
    } catch (IOException e) {
      // The report is being written: the next look sees the whole of it.
      all = new Experiments(Map.of());
    }
    state.name("experiments").object();
    all.byNumber()
        .forEach(
            (number, experiment) -> {
              state.name(String.valueOf(number)).object().field("measured", experiment.measured());
              state.array(
                  "charts", experiment.charts(), (charts, name) -> charts.string("report/" + name));
              state.end();
            });
    state.end().name("cards").object();
    for (Cards.Card card : Cards.read(project)) {
      Optional<Double> measured = card.measured(all);
      if (measured.isPresent()) {
        state.raw(card.id(), rounded(measured.get()));
      }
    }
    state.end();
  }

  private static String rounded(double number) {
    return String.format(Locale.ROOT, "%.3g", number).matches(".*e.*")
        ? String.valueOf(Math.round(number))
        : String.format(Locale.ROOT, number < 10 ? "%.2f" : "%.0f", number);
  }

  // ======== Changes ========

  /** Returns a line for each file that the state depends on. */
  private List<String> stamp() throws IOException {
    List<String> lines = new ArrayList<>();
    Path work = project.folder().resolve("work");
    if (Files.isDirectory(work)) {
      add(lines, work.resolve("progress.txt"));
      try (Stream<Path> folders = Files.list(work)) {
        for (Path folder : folders.filter(CourseState::isExercise).toList()) {
          addAll(lines, folder.resolve("src"));
        }
      }
    }
    add(lines, project.folder().resolve(Experiments.FOLDER).resolve("index.html"));
    return lines;
  }

  private static boolean isExercise(Path folder) {
    return folder.getFileName().toString().matches("\\d\\.\\d");
  }

  private static void addAll(List<String> lines, Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            lines.add(line(file, attributes));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            // It was deleted between the listing and the look at it.
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static void add(List<String> lines, Path file) throws IOException {
    if (Files.isRegularFile(file)) {
      lines.add(line(file, Files.readAttributes(file, BasicFileAttributes.class)));
    }
  }

  private static String line(Path file, BasicFileAttributes attributes) {
    return file + " " + attributes.size() + " " + attributes.lastModifiedTime();
  }
}
