/*
 * WHAT THIS FILE IS
 *
 * The stores that a page can choose from: the folder that serve was started with, and the stores in
 * the folder work of the project and below it.
 *
 * SAFETY
 *
 * A request names a store by an id of this list, and a file by a name in the listing of its folder.
 * No path is ever made of a text in a request.
 */
package kv.workshop.scope;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kv.workshop.Dump;
import kv.workshop.Project;

/** The list of stores. */
final class Stores {
  /**
   * A store.
   *
   * @param steps the numbers of the steps that open it: several, if its files are those of several
   *     steps; {@link Project#ENGINE} is the engine
   */
  record Found(String id, String title, List<Integer> steps, Path folder) {
    /** Returns the last of the steps, which shows the most. */
    int step() {
      return steps.get(steps.size() - 1);
    }
  }

  /** The steps that have one log file, of the same format. */
  private static final List<Integer> WITH_ONE_FILE = List.of(1, 2, 3, 4);

  /** The store that the commands of the course use. */
  private static final String DEMO = "work/demo";

  private static final int MOST = 200;
  private static final int MOST_DEPTH = 5;

  /** The folder of an exercise: its number begins with that of the step. */
  private static final Pattern EXERCISE = Pattern.compile("work/([1-7])\\.\\d(/.*)?");

  private final Path project;
  private final Optional<Path> chosen;

  Stores(Path project, Optional<Path> chosen) {
    this.project = project;
    this.chosen = chosen.map(folder -> folder.toAbsolutePath().normalize());
  }

  /**
   * Returns all stores: the chosen folder first, which need not be a store yet, then work/demo, and
   * the others in the order of their ids.
   */
  List<Found> list() throws IOException {
    List<Found> found = new ArrayList<>();
    Path work = project.resolve("work");
    if (Files.isDirectory(work)) {
      Files.walkFileTree(work, EnumSet.noneOf(FileVisitOption.class), MOST_DEPTH, search(found));
    }
    found.sort(
        Comparator.comparing((Found store) -> !store.id().equals(DEMO)).thenComparing(Found::id));
    if (chosen.isPresent()) {
      found.add(0, found(chosen.get(), listing(chosen.get())));
    }
    return found;
  }

  private SimpleFileVisitor<Path> search(List<Found> found) {
    return new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes its) {
        String name = folder.getFileName().toString();
        if (name.equals("src") || name.equals("target") || name.startsWith(".")) {
          return FileVisitResult.SKIP_SUBTREE;
        }
        Listing listing = listing(folder);
        if (listing.isStore() && !chosen.equals(Optional.of(folder))) {
          found.add(found(folder, listing));
        }
        return found.size() < MOST ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
      }

      @Override
      public FileVisitResult visitFileFailed(Path file, IOException e) {
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult postVisitDirectory(Path folder, IOException e) {
        return FileVisitResult.CONTINUE;
      }
    };
  }

  private static Listing listing(Path folder) {
    try {
      return Listing.read(folder);
    } catch (IOException e) {
      // The page of the store says why it cannot be read.
      return Listing.empty();
    }
  }

  /** Returns the store with an id, or null if there is none now. */
  Found find(String id) throws IOException {
    return list().stream().filter(store -> store.id().equals(id)).findFirst().orElse(null);
  }

  private Found found(Path folder, Listing listing) {
    String id =
        folder.startsWith(project)
            ? project.relativize(folder).toString().replace('\\', '/')
            : folder.toString();
    Matcher exercise = EXERCISE.matcher(id);
    if (exercise.matches()) {
      int step = Math.min(Integer.parseInt(exercise.group(1)), Project.ENGINE);
      return new Found(id, "Exercise " + id.substring(5, 8), List.of(step), folder);
    }
    return new Found(id, id, steps(folder, listing), folder);
  }

  /** Returns the steps that can have written a store, as far as its files say. */
  private static List<Integer> steps(Path folder, Listing listing) {
    boolean segments = listing.log().stream().anyMatch(name -> Listing.segment(name) != null);
    if (!segments) {
      return WITH_ONE_FILE;
    }
    boolean engine =
        listing.entries().keySet().stream()
            .anyMatch(name -> !name.equals("LOCK") && isOfEngine(folder, name, listing));
    return List.of(engine ? Project.ENGINE : Project.STEPS);
  }

  private static boolean isOfEngine(Path folder, String name, Listing listing) {
    if (name.equals("BALLAST") || name.endsWith(".hint") || name.endsWith(".index")) {
      return true;
    }
    if (Listing.segment(name) == null || !listing.entries().get(name).regular()) {
      return false;
    }
    try (var in = Files.newInputStream(folder.resolve(name))) {
      return Dump.isVersion2(in.readNBytes(8));
    } catch (IOException e) {
      return false;
    }
  }
}
