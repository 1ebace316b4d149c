package kv.workshop.scope;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import kv.workshop.SegmentName;

/** The files of a store's folder as of one moment, in the order in which a page shows them. */
final class Listing {
  static final String LOG = "store.data";
  private static final String COPY_SUFFIX = ".tmp";

  /** Number of times that a folder which changes is read again. */
  private static final int MOST_READS = 10;

  /**
   * A file.
   *
   * @param key identity of the file, which a rename keeps; null if the system has none
   */
  record Entry(String name, boolean regular, long size, FileTime modified, Object key) {
    /** Returns whether this is the same file as another entry, under either name. */
    boolean isSameFile(Entry other) {
      return key != null && key.equals(other.key);
    }
  }

  private final Map<String, Entry> entries = new TreeMap<>();

  /** The names of segments and of their unfinished copies, in log order. */
  private final List<String> segments = new ArrayList<>();

  private final List<String> log = new ArrayList<>();
  private final Map<String, String> covers = new TreeMap<>();

  /** Whether a file was deleted or renamed while the folder was read. */
  private boolean changed;

  private Listing() {}

  /** Returns the listing of a folder without files. */
  static Listing empty() {
    return new Listing();
  }

  /**
   * Reads a folder. A folder that does not exist has no files. If the store renames or deletes a
   * file during that, the folder is read again: or a merge could take its inputs away and its output
   * be missing.
   */
  static Listing read(Path folder) throws IOException {
    Listing listing = readOnce(folder);
    for (int again = 0; listing.changed && again < MOST_READS; again++) {
      listing = readOnce(folder);
    }
    return listing;
  }

  private static Listing readOnce(Path folder) throws IOException {
    Listing listing = new Listing();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        listing.add(file);
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return new Listing();
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    listing.sort();
    return listing;
  }

  private void add(Path file) throws IOException {
    String name = file.getFileName().toString();
    try {
      BasicFileAttributes its = Files.readAttributes(file, BasicFileAttributes.class);
      boolean regular = its.isRegularFile();
      FileTime modified = its.lastModifiedTime();
      entries.put(
          name, new Entry(name, regular, regular ? its.size() : 0, modified, its.fileKey()));
    } catch (IOException e) {
      if (e instanceof NoSuchFileException && !Files.isSymbolicLink(file)) {
        changed = true;
      } else {
        // Such as a link to itself, or to nothing: it has a name, and does not belong to a store.
        entries.put(name, new Entry(name, false, 0, FileTime.fromMillis(0), null));
      }
    }
  }

  private void sort() {
    for (String name : entries.keySet()) {
      if (segment(name) != null) {
        segments.add(name);
      }
    }
    segments.sort(
        Comparator.<String>comparingLong(name -> segment(name).first())
            .thenComparing(name -> segment(name).generation(), Comparator.reverseOrder())
            .thenComparing(name -> name));
    // If any segment covers another one, the uncovered one before it does, or the log has a fault.
    List<SegmentName> uncovered = new ArrayList<>();
    for (String name : segments) {
      if (isCopy(name)) {
        continue;
      }
      SegmentName segment = segment(name);
      SegmentName before = uncovered.isEmpty() ? null : uncovered.get(uncovered.size() - 1);
      SegmentName cover = before != null && before.covers(segment) ? before : null;
      if (cover == null) {
        uncovered.add(segment);
        log.add(name);
      } else {
        covers.put(name, cover.fileName());
      }
    }
    if (log.isEmpty() && entries.containsKey(LOG)) {
      log.add(LOG);
    }
  }

  /** Returns the segment that a name stands for, or an unfinished copy of it; or null. */
  static SegmentName segment(String name) {
    return SegmentName.parse(isCopy(name) ? original(name) : name);
  }

  static boolean isCopy(String name) {
    return name.endsWith(COPY_SUFFIX);
  }

  private static String original(String name) {
    return name.substring(0, name.length() - COPY_SUFFIX.length());
  }

  /** Returns whether a file has records: a log, a segment, or a copy of one of them. */
  static boolean hasRecords(String name) {
    return segment(name) != null || name.equals(LOG) || name.equals(LOG + COPY_SUFFIX);
  }

  /** Returns all files by name. */
  Map<String, Entry> entries() {
    return entries;
  }

  /** Returns the names of the files of the log, in log order. */
  List<String> log() {
    return log;
  }

  /** Returns the name of the segment that covers another one, or null. */
  String coverOf(String name) {
    return covers.get(name);
  }

  /** Returns all names: the log and what belongs to it in log order, then the others. */
  List<String> inOrder() {
    Set<String> order = new LinkedHashSet<>();
    for (String name : List.of(LOG + COPY_SUFFIX, LOG)) {
      addIfThere(order, name);
    }
    for (String name : segments) {
      order.add(name);
      if (!isCopy(name)) {
        addIfThere(order, segment(name).hintName());
      }
    }
    order.addAll(entries.keySet());
    return new ArrayList<>(order);
  }

  private void addIfThere(Set<String> names, String name) {
    if (entries.containsKey(name)) {
      names.add(name);
    }
  }

  /** Returns what a file is for. */
  static String role(String name) {
    if (isCopy(name) && hasRecords(name)) {
      return "copy";
    }
    if (segment(name) != null) {
      return "segment";
    }
    if (name.equals(LOG)) {
      return "log";
    }
    if (name.equals("LOCK")) {
      return "lock";
    }
    return name.endsWith(".hint") ? "hint" : name.endsWith(".index") ? "index" : "other";
  }

  /** Returns whether the folder looks like one of a store. */
  boolean isStore() {
    return !log.isEmpty() || entries.containsKey(LOG + COPY_SUFFIX);
  }
}
