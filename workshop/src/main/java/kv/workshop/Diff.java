/*
 * WHAT THIS FILE IS
 *
 * The comparison of two steps, member by member: a line diff of two files says which lines moved,
 * and the reader asks which methods are new. Members are compared with their Javadoc and comments.
 * The number in the name of the package, kv.step2 or kv.step3, makes no difference.
 *
 * PICTURE: the parts of a file that are compared
 *
 *     essay                 the comment before the package declaration
 *     imports               nothing: they follow from the rest
 *     type Store            its Javadoc and its declaration, up to the brace
 *     ..  Store.put         a field or a method, from its Javadoc to its end
 *
 * Two members are paired if they are of the same kind, in files of the same name, and have the same
 * name and parameters. The remaining members of one name are paired in their order, if both steps
 * have the same number of them.
 *
 * A removed file and a new file are one renamed file if the new file contains at least a third of
 * the lines of code of the removed one. They are compared under the new name.
 *
 * NOT HERE, AND WHY
 *
 * Members that moved to another file. They are gone in one file, and new in the other.
 */
package kv.workshop;

import com.github.difflib.DiffUtils;
import com.github.difflib.patch.AbstractDelta;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import kv.workshop.Source.Part;

/** Compares the main sources of two steps. */
public final class Diff {
  private static final Pattern WORD = Pattern.compile("\\w");

  private final int stepA;
  private final int stepB;
  private final List<FileChange> files = new ArrayList<>();

  private Diff(int stepA, int stepB) {
    this.stepA = stepA;
    this.stepB = stepB;
  }

  /** A part before and after. One of them is null if the part is new, or gone. */
  record Change(Part before, Part after) {
    String name() {
      return after != null ? after.name() : before.name();
    }

    boolean isNew() {
      return before == null;
    }

    boolean isGone() {
      return after == null;
    }

    boolean isSame() {
      return !isNew() && !isGone() && before.text().equals(after.text());
    }

    boolean isChanged() {
      return !isNew() && !isGone() && !before.text().equals(after.text());
    }

    /** Returns whether only comments were changed. */
    boolean hasSameCode() {
      return !isNew() && !isGone() && before.code().equals(after.code());
    }

    boolean isMember() {
      return !name().endsWith(".essay");
    }

    List<String> linesBefore() {
      return before == null ? List.of() : before.text().stripIndent().lines().toList();
    }

    List<String> linesAfter() {
      return after == null ? List.of() : after.text().stripIndent().lines().toList();
    }
  }

  /**
   * A file before and after, and its parts: the remaining ones in their new order, then the removed.
   *
   * @param formerName its name before, which differs if the file was renamed
   */
  record FileChange(
      String name, String formerName, Source before, Source after, List<Change> changes) {
    boolean isNew() {
      return before == Source.NONE;
    }

    boolean isGone() {
      return after == Source.NONE;
    }

    boolean isSame() {
      return before.text().equals(after.text());
    }

    boolean isRenamed() {
      return !name.equals(formerName);
    }

    /** Returns the numbers of lines of code that were added and removed. */
    Count code() {
      return count(before.code(), after.code());
    }
  }

  /** Numbers of lines that were added and removed. */
  record Count(int added, int removed) {
    Count plus(Count other) {
      return new Count(added + other.added, removed + other.removed);
    }

    /** Returns the numbers in two columns. */
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "%5s %5s", added > 0 ? "+" + added : "", removed > 0 ? "-" + removed : "");
    }
  }

  // ======== Comparing ========

  /** Compares two steps. */
  static Diff of(Project project, int stepA, int stepB) throws IOException {
    Diff diff = new Diff(stepA, stepB);
    Map<String, Source> before = Source.ofStep(project, stepA);
    Map<String, Source> after = Source.ofStep(project, stepB);
    Map<String, String> formerNames = formerNames(before, after);
    for (Map.Entry<String, String> renamed : formerNames.entrySet()) {
      Source source = before.remove(renamed.getValue());
      before.put(renamed.getKey(), source.renamed(renamed.getValue(), renamed.getKey()));
    }
    Map<String, Source> all = new TreeMap<>(before);
    all.putAll(after);
    for (String name : all.keySet()) {
      Source a = before.getOrDefault(name, Source.NONE);
      Source b = after.getOrDefault(name, Source.NONE);
      String formerName = formerNames.getOrDefault(name, name);
      diff.files.add(new FileChange(name, formerName, a, b, match(a.parts(), b.parts())));
    }
    return diff;
  }

  /** Returns the former names of the renamed files, by their new names. */
  private static Map<String, String> formerNames(
      Map<String, Source> before, Map<String, Source> after) {
    Map<String, String> formerNames = new TreeMap<>();
    for (String gone : before.keySet()) {
      List<String> lines = lines(before.get(gone));
      for (String added : after.keySet()) {
        boolean candidate = !after.containsKey(gone) && !before.containsKey(added);
        if (candidate && 3 * shared(lines, lines(after.get(added))) >= lines.size()) {
          formerNames.put(added, gone);
        }
      }
    }
    return formerNames;
  }

  /** Returns how many lines of one file are in another, in the same order. */
  private static int shared(List<String> before, List<String> after) {
    return before.size() - count(before, after).removed;
  }

  /** Returns the lines of code with a word in them: not those with brackets only. */
  private static List<String> lines(Source source) {
    return source.code().stream().filter(line -> WORD.matcher(line).find()).toList();
  }

  /** The files, in the order of their names. */
  List<FileChange> files() {
    return files;
  }

  /** Returns the numbers of lines of code that were added and removed in all files. */
  Count code() {
    return files.stream().map(FileChange::code).reduce(new Count(0, 0), Count::plus);
  }

  private static List<Change> match(List<Part> before, List<Part> after) {
    List<Part> left = new ArrayList<>(before);
    Map<Part, Part> found = new HashMap<>();
    for (Part part : after) {
      left.stream()
          .filter(old -> old.kind() == part.kind() && old.signature().equals(part.signature()))
          .findFirst()
          .ifPresent(old -> found.put(part, old));
      left.remove(found.get(part));
    }
    for (Part part : after.stream().filter(part -> !found.containsKey(part)).toList()) {
      List<Part> old = left.stream().filter(other -> sameName(other, part)).toList();
      List<Part> now =
          after.stream().filter(p -> !found.containsKey(p) && sameName(p, part)).toList();
      if (!old.isEmpty() && old.size() == now.size()) {
        found.put(part, old.get(0));
        left.remove(old.get(0));
      }
    }
    List<Change> changes = new ArrayList<>();
    after.forEach(part -> changes.add(new Change(found.get(part), part)));
    left.forEach(part -> changes.add(new Change(part, null)));
    return changes;
  }

  private static boolean sameName(Part a, Part b) {
    return a.kind() == b.kind() && a.plainName().equals(b.plainName());
  }

  static Count count(List<String> before, List<String> after) {
    int added = 0;
    int removed = 0;
    for (AbstractDelta<String> delta : DiffUtils.diff(before, after).getDeltas()) {
      added += delta.getTarget().size();
      removed += delta.getSource().size();
    }
    return new Count(added, removed);
  }

  // ======== The summary ========

  /**
   * Returns the difference between two steps in one line.
   *
   * <p>Members are counted in the files that both steps have. For lines of code see {@link
   * Source#codeLines}; a change of indentation does not count as a change.
   */
  public static String summary(Project project, int stepA, int stepB) throws IOException {
    return of(project, stepA, stepB).summary();
  }

  /** Returns the difference in one line. */
  String summary() {
    List<String> newFiles = names(FileChange::isNew);
    List<String> goneFiles = names(FileChange::isGone);
    List<String> renamed =
        files.stream()
            .filter(FileChange::isRenamed)
            .map(file -> file.formerName + " to " + file.name)
            .toList();
    Count code = code();
    return "Step "
        + stepB
        + " against step "
        + stepA
        + ": "
        + Dump.count(newFiles.size(), "new file")
        + inBrackets(newFiles)
        + (renamed.isEmpty() ? "" : renamed.size() + " renamed" + inBrackets(renamed))
        + (goneFiles.isEmpty() ? "" : goneFiles.size() + " gone" + inBrackets(goneFiles))
        + members()
        + "; "
        + Dump.count(code.added, "line")
        + " of code added, "
        + String.format(Locale.ROOT, "%,d", code.removed)
        + " removed.";
  }

  private String members() {
    List<Change> members =
        files.stream()
            .filter(file -> !file.isNew() && !file.isGone())
            .flatMap(file -> file.changes.stream())
            .filter(Change::isMember)
            .toList();
    return Dump.count(members.stream().filter(Change::isNew).count(), "new member")
        + ", "
        + members.stream().filter(Change::isChanged).count()
        + " changed, "
        + members.stream().filter(Change::isGone).count()
        + " gone, "
        + members.stream().filter(Change::isSame).count()
        + " as they were";
  }

  private List<String> names(Predicate<FileChange> which) {
    return files.stream().filter(which).map(FileChange::name).toList();
  }

  private static String inBrackets(List<String> names) {
    return (names.isEmpty() ? "" : " (" + String.join(", ", names) + ")") + ", ";
  }
}
