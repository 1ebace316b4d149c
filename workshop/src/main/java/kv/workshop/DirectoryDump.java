/*
 * WHAT THIS FILE IS
 *
 * The dump of a whole store: the files of its log in log order, each hint file after its segment,
 * and all other files by name. It says which records are live over the whole log.
 *
 * INVARIANTS
 *
 * It only reads: it neither takes the store's lock nor opens LOCK. The store can be open. So a file
 * is read up to the size that it had when the directory was listed, and a file that a merge deletes
 * after that is reported as gone, not as damage.
 *
 * NOT HERE, AND WHY
 *
 * Whether the store would open. A store looks at two files at once, for a segment without its seal
 * for example (docs/FORMAT.md, "Torn or corrupt"); a dump judges each file by itself, and compares
 * only the names.
 */
package kv.workshop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Shows the files of a directory. */
final class DirectoryDump {
  private static final String LOG = "store.data";

  private final Path directory;
  private final View view;
  private final Liveness liveness = new Liveness();

  /** All files by name, and their sizes. */
  private final Map<String, Long> files = new TreeMap<>();

  /** All segments, in the order of their numbers; of the same numbers, the newest comes first. */
  private final List<SegmentName> segments = new ArrayList<>();

  private final Set<String> shown = new HashSet<>();

  private boolean damaged;

  DirectoryDump(Path directory, View view) {
    this.directory = directory;
    this.view = view;
  }

  /** Shows the directory. Returns 1 if something is damaged, otherwise 0. */
  int run() throws IOException, BadUsage {
    list();
    List<String> log = new ArrayList<>();
    for (SegmentName segment : segments) {
      if (coverOf(segment) == null) {
        log.add(segment.fileName());
      }
    }
    if (log.isEmpty() && files.containsKey(LOG)) {
      log.add(LOG);
    }
    if (log.isEmpty()) {
      throw new BadUsage(directory + " is not a store: it has no store.data and no segment");
    }
    pass(log, View.NONE);
    damaged = false;
    liveness.tell();
    pass(log, view);
    showOthers();
    view.summary("");
    view.summary("the log has " + Dump.count(log.size(), "file") + ": " + liveness.summary());
    return damaged ? 1 : 0;
  }

  private void list() throws IOException {
    try (var entries = Files.list(directory)) {
      for (Path file : (Iterable<Path>) entries::iterator) {
        try {
          files.put(file.getFileName().toString(), Files.size(file));
        } catch (NoSuchFileException e) {
          // Deleted since: it is not part of the log.
        }
      }
    }
    for (String name : files.keySet()) {
      SegmentName segment = SegmentName.parse(name);
      if (segment != null) {
        segments.add(segment);
      }
    }
    segments.sort(
        Comparator.comparingLong(SegmentName::first)
            .thenComparing(SegmentName::generation, Comparator.reverseOrder()));
  }

  /** Returns a segment that covers another one, or null. */
  private SegmentName coverOf(SegmentName segment) {
    return segments.stream().filter(other -> other.covers(segment)).findFirst().orElse(null);
  }

  // ======== The log ========

  /** Reads the files of the log in order, and shows each with its hint file in a view. */
  private void pass(List<String> log, View to) throws IOException {
    long start = 0;
    long expected = 1;
    for (String name : log) {
      long size = files.get(name);
      show(name, to, start);
      start += size;
      SegmentName segment = SegmentName.parse(name);
      if (segment == null) {
        continue;
      }
      String gap = segment.gapBefore(expected);
      if (gap != null) {
        damaged = true;
        to.note(Tone.DAMAGED, "DAMAGED: " + gap);
      }
      expected = segment.last() + 1;
      if (to != View.NONE && files.containsKey(segment.hintName())) {
        show(segment.hintName(), to, 0);
      }
    }
  }

  private void show(String name, View to, long start) throws IOException {
    try {
      Path file = directory.resolve(name);
      damaged |= Dump.file(file, files.get(name), to, liveness, start) != 0;
    } catch (NoSuchFileException e) {
      to.file(name, files.get(name));
      to.note(Tone.PLAIN, "gone: the store deleted this file during the dump; dump it again");
    } catch (BadUsage e) {
      to.file(name, files.get(name));
      damaged = true;
      to.note(Tone.DAMAGED, "DAMAGED: " + e.getMessage());
    }
    if (to != View.NONE) {
      shown.add(name);
    }
  }

  // ======== Other files ========

  private void showOthers() throws IOException {
    for (Map.Entry<String, Long> file : files.entrySet()) {
      if (!shown.contains(file.getKey())) {
        view.file(file.getKey(), file.getValue());
        view.note(Tone.PLAIN, meaning(file.getKey()));
      }
    }
  }

  private String meaning(String name) {
    SegmentName segment = SegmentName.parse(name);
    if (segment != null) {
      String cover = coverOf(segment).fileName();
      return "not read: " + cover + " covers it; the next open deletes this file";
    }
    if (name.endsWith(".tmp")) {
      return "not read: the remains of a compaction, merge or import that was not finished";
    }
    if (name.endsWith(".hint")) {
      return "not read: the log has no segment of this name";
    }
    if (name.endsWith(".index")) {
      return "the saved index of a store that was closed; the next open deletes it";
    }
    return switch (name) {
      case "LOCK" -> "an open store locks this file";
      case "BALLAST" -> "reserves space for a full disk";
      case LOG -> "not read: a log of steps 1 to 4, and this is a store of segments";
      default -> "not a file of a store";
    };
  }
}
