/*
 * WHAT THIS FILE IS
 *
 * What one step changes against another, member by member: a line diff of two files says which
 * lines moved, and the reader asks which methods are new. Members are compared with their Javadoc
 * and comments. That the package is called kv.step2 here and kv.step3 there makes no difference.
 *
 * PICTURE: what stands in a file, and as what it is compared
 *
 *     essay                 the comment before the package declaration
 *     imports               nothing: they follow from the rest
 *     type Store            its Javadoc and its declaration, up to the brace
 *     ..  Store.put         a field or a method, from its Javadoc to its end
 *
 * A member of one step and a member of the other are the same one if they are of the same kind, in
 * files of the same name, and have the same name and parameters. Those that are left then, and have
 * the same name, are paired in their order, if there are as many on both sides.
 *
 * A file that is gone and a new file are the same one, renamed, if the new file has at least a
 * third of the lines of code of the file that is gone. They are compared as if the file had always
 * had its new name.
 *
 * NOT HERE, AND WHY
 *
 * Members that went to another file. They are gone in one, and new in the other.
 */
package kv.workshop;

import com.github.difflib.DiffUtils;
import com.github.difflib.patch.AbstractDelta;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import kv.workshop.Members.Kind;
import kv.workshop.Members.Member;

/** Compares the main sources of two steps. */
final class Diff {
  /** The widest line, but for code and for the last one. */
  private static final int COLUMNS = 80;

  private static final Pattern PACKAGE = Pattern.compile("^package ", Pattern.MULTILINE);
  private static final Pattern WORD = Pattern.compile("\\w");
  private static final Pattern FIRST_SENTENCE = Pattern.compile("/\\*\\*\\s(.*?\\.)[\\s<]");

  private final int stepA;
  private final int stepB;
  private final List<FileChange> files = new ArrayList<>();

  /** A part of a file that is compared with its counterpart. */
  record Part(String name, String signature, Kind kind, String section, String text) {
    /** Its lines of code: see {@link #codeLines}. */
    List<String> code() {
      return codeLines(text);
    }
  }

  /** A file of one step: its text and its parts, in the order in which they stand. */
  record Source(String text, List<Part> parts) {
    static final Source NONE = new Source("", List.of());
  }

  /** A part before and after. One of them is null if the part is new, or gone. */
  record Change(Part before, Part after) {
    String name() {
      return after != null ? after.name : before.name;
    }

    boolean isNew() {
      return before == null;
    }

    boolean isGone() {
      return after == null;
    }

    boolean isSame() {
      return !isNew() && !isGone() && before.text.equals(after.text);
    }

    boolean isChanged() {
      return !isNew() && !isGone() && !before.text.equals(after.text);
    }

    /** Whether nothing but comments was changed. */
    boolean hasSameCode() {
      return !isNew() && !isGone() && before.code().equals(after.code());
    }

    boolean isMember() {
      return !name().endsWith(".essay");
    }

    List<String> linesBefore() {
      return before == null ? List.of() : before.text.stripIndent().lines().toList();
    }

    List<String> linesAfter() {
      return after == null ? List.of() : after.text.stripIndent().lines().toList();
    }
  }

  /**
   * A file before and after, and its parts: those that are left in their new order, then gone.
   *
   * @param formerName its name before: another one if the file was renamed
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
      return before.text.equals(after.text);
    }

    boolean isRenamed() {
      return !name.equals(formerName);
    }

    /** The lines of code that were added, and those that were removed. */
    Count code() {
      return count(codeLines(before.text), codeLines(after.text));
    }
  }

  /** How many lines were added and removed. */
  record Count(int added, int removed) {
    Count plus(Count other) {
      return new Count(added + other.added, removed + other.removed);
    }

    /** Two columns. */
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "%5s %5s", added > 0 ? "+" + added : "", removed > 0 ? "-" + removed : "");
    }
  }

  private Diff(int stepA, int stepB) {
    this.stepA = stepA;
    this.stepB = stepB;
  }

  // ======== The command ========

  /**
   * Shows what a step changes against another, or one member's lines if it is named.
   *
   * @param arguments the two steps' numbers, and perhaps the member's name
   * @throws BadUsage if they are something else
   */
  static int run(Project project, List<String> arguments, Appendable out)
      throws IOException, BadUsage {
    if (arguments.size() < 2 || arguments.size() > 3) {
      throw new BadUsage("Usage: " + Workshop.CALL + " diff STEP STEP [MEMBER], as in diff 2 3");
    }
    int stepA = Project.stepNumber(arguments.get(0));
    int stepB = Project.stepNumber(arguments.get(1));
    if (stepA == stepB) {
      throw new BadUsage("Step " + stepA + " is what it is: name two steps.");
    }
    Diff diff = of(project, stepA, stepB);
    if (arguments.size() == 3) {
      diff.printMember(arguments.get(2), out);
    } else {
      diff.printAll(out);
    }
    return 0;
  }

  /**
   * What one step changes against another, in one line.
   *
   * <p>Members are counted in the files that both steps have. A line of code is one that has
   * something on it but comments, and is neither the package's declaration nor an import; that it
   * was moved to the right or to the left does not count as a change.
   */
  static String summary(Project project, int stepA, int stepB) throws IOException {
    return of(project, stepA, stepB).summary();
  }

  /** Compares two steps. */
  static Diff of(Project project, int stepA, int stepB) throws IOException {
    Diff diff = new Diff(stepA, stepB);
    Map<String, Source> before = read(project, stepA);
    Map<String, Source> after = read(project, stepB);
    Map<String, String> formerNames = formerNames(before, after);
    for (Map.Entry<String, String> renamed : formerNames.entrySet()) {
      Source source = before.remove(renamed.getValue());
      before.put(renamed.getKey(), renamed(source, renamed.getValue(), renamed.getKey()));
    }
    Map<String, Source> all = new TreeMap<>(before);
    all.putAll(after);
    for (String name : all.keySet()) {
      Source a = before.getOrDefault(name, Source.NONE);
      Source b = after.getOrDefault(name, Source.NONE);
      String formerName = formerNames.getOrDefault(name, name);
      diff.files.add(new FileChange(name, formerName, a, b, match(a.parts, b.parts)));
    }
    return diff;
  }

  /** The former names of the files that were renamed, by their new names. */
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

  /** How many lines of one file are in another, in the same order. */
  private static int shared(List<String> before, List<String> after) {
    return before.size() - count(before, after).removed;
  }

  /** The lines of code that have a word in them, and not only brackets. */
  private static List<String> lines(Source source) {
    return codeLines(source.text).stream().filter(line -> WORD.matcher(line).find()).toList();
  }

  /** A source as it would be if its file had another name. */
  private static Source renamed(Source source, String from, String to) {
    Pattern name = Pattern.compile("\\b" + from + "\\b");
    List<Part> parts =
        source.parts.stream()
            .map(
                part ->
                    new Part(
                        name.matcher(part.name).replaceAll(to),
                        name.matcher(part.signature).replaceAll(to),
                        part.kind,
                        part.section,
                        name.matcher(part.text).replaceAll(to)))
            .toList();
    return new Source(name.matcher(source.text).replaceAll(to), parts);
  }

  /** The files, in the order of their names. */
  List<FileChange> files() {
    return files;
  }

  /** The lines of code that were added and removed, in all files. */
  Count code() {
    return files.stream().map(FileChange::code).reduce(new Count(0, 0), Count::plus);
  }

  // ======== Reading and matching ========

  /** The main sources of a step, by their names without the ending. */
  static Map<String, Source> read(Project project, int step) throws IOException {
    Map<String, Source> sources = new TreeMap<>();
    for (Path file : Project.javaFiles(project.mainSources(step))) {
      String name = file.getFileName().toString().replace(".java", "");
      sources.put(name, read(file, name, "kv.step" + step));
    }
    return sources;
  }

  private static Source read(Path file, String name, String packageName) throws IOException {
    String text = Files.readString(file);
    List<Part> parts = new ArrayList<>();
    Matcher declaration = PACKAGE.matcher(text);
    String essay = declaration.find() ? text.substring(0, declaration.start()).strip() : "";
    if (!essay.isEmpty()) {
      parts.add(part(name + ".essay", name + ".essay", Kind.FIELD, "", essay, packageName));
    }
    for (Member member : Members.of(file)) {
      // A type's members are parts of their own.
      int end = member.kind() == Kind.TYPE ? member.bodyStart() : member.end();
      String own = text.substring(member.start(), end);
      parts.add(
          part(
              member.name(),
              member.signature(),
              member.kind(),
              member.section(),
              own,
              packageName));
    }
    return new Source(neutral(text, packageName), parts);
  }

  private static Part part(
      String name, String signature, Kind kind, String section, String text, String packageName) {
    return new Part(name, signature, kind, section, neutral(text, packageName));
  }

  /** A text that does not say which step it is of. */
  private static String neutral(String text, String packageName) {
    return text.replaceAll("\\b" + Pattern.quote(packageName) + "\\b", "kv.step");
  }

  private static List<Change> match(List<Part> before, List<Part> after) {
    List<Part> left = new ArrayList<>(before);
    Map<Part, Part> found = new HashMap<>();
    for (Part part : after) {
      left.stream()
          .filter(old -> old.kind == part.kind && old.signature.equals(part.signature))
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
    return a.kind == b.kind && plainName(a).equals(plainName(b));
  }

  private static String plainName(Part part) {
    return part.name.replaceAll("\\(.*", "");
  }

  // ======== Counting ========

  /** The lines of code of a text, without the space around them: see {@link #summary}. */
  static List<String> codeLines(String text) {
    return Comments.blank(text)
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.matches("(package|import) .*;"))
        .toList();
  }

  private static Count count(List<String> before, List<String> after) {
    int added = 0;
    int removed = 0;
    for (AbstractDelta<String> delta : DiffUtils.diff(before, after).getDeltas()) {
      added += delta.getTarget().size();
      removed += delta.getSource().size();
    }
    return new Count(added, removed);
  }

  private String summary() {
    List<String> newFiles = files.stream().filter(FileChange::isNew).map(FileChange::name).toList();
    List<String> goneFiles =
        files.stream().filter(FileChange::isGone).map(FileChange::name).toList();
    List<Change> members =
        files.stream()
            .filter(file -> !file.isNew() && !file.isGone())
            .flatMap(file -> file.changes.stream())
            .filter(Change::isMember)
            .toList();
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
        + names(newFiles)
        + (renamed.isEmpty() ? "" : renamed.size() + " renamed" + names(renamed))
        + (goneFiles.isEmpty() ? "" : goneFiles.size() + " gone" + names(goneFiles))
        + Dump.count(members.stream().filter(Change::isNew).count(), "new member")
        + ", "
        + members.stream().filter(Change::isChanged).count()
        + " changed, "
        + members.stream().filter(Change::isGone).count()
        + " gone, "
        + members.stream().filter(Change::isSame).count()
        + " as they were; "
        + Dump.count(code.added, "line")
        + " of code added, "
        + String.format(Locale.ROOT, "%,d", code.removed)
        + " removed.";
  }

  private static String names(List<String> files) {
    return (files.isEmpty() ? "" : " (" + String.join(", ", files) + ")") + ", ";
  }

  // ======== Printing ========

  private void printAll(Appendable out) throws IOException {
    for (FileChange file : files) {
      if (!file.isNew() && !file.isGone() && !file.isSame()) {
        out.append(file.name + ".java" + (file.isRenamed() ? was(file.formerName) : "") + "\n");
        for (Change change : file.changes) {
          if (!change.isSame()) {
            out.append(line(change));
          }
        }
        out.append("\n");
      }
    }
    for (FileChange file : files) {
      if (file.isNew()) {
        String lines = Dump.count(file.after.text.lines().count(), "line");
        out.append(
            wrap("New: " + file.name + ".java, " + lines + ". " + firstSentence(file.after)));
      }
    }
    list("Gone: ", files.stream().filter(FileChange::isGone).toList(), out);
    list("The same to the byte: ", files.stream().filter(FileChange::isSame).toList(), out);
    out.append("\n" + summary() + "\n");
  }

  private static String was(String formerName) {
    return ", which was " + formerName + ".java";
  }

  private static void list(String title, List<FileChange> files, Appendable out)
      throws IOException {
    if (!files.isEmpty()) {
      out.append(
          wrap(
              title
                  + files.stream().map(FileChange::name).collect(Collectors.joining(", "))
                  + "."));
    }
  }

  /** What happened to a part, in one line. */
  private static String line(Change change) {
    String what = change.isNew() ? "new" : change.isGone() ? "gone" : "changed";
    String count = count(change.linesBefore(), change.linesAfter()).toString();
    if (change.isMember() && change.hasSameCode()) {
      count += "  comments";
    }
    int width = COLUMNS - "  changed  ".length() - " +1234 -1234  comments".length();
    String name = change.name();
    if (name.length() > width) {
      name = name.substring(0, width - 2) + "..";
    }
    String line = String.format(Locale.ROOT, "  %-8s %-" + width + "s %s", what, name, count);
    return line.stripTrailing() + "\n";
  }

  /** What a file is, in the words of its type's Javadoc. */
  private static String firstSentence(Source source) {
    for (Part part : source.parts) {
      Matcher sentence = FIRST_SENTENCE.matcher(part.text.replaceAll("\\s+(\\* )?", " "));
      if (part.kind == Kind.TYPE && sentence.find()) {
        return sentence.group(1).replaceAll("\\{@\\w+ #?([^}]*)}", "$1");
      }
    }
    return "";
  }

  /** A text in lines that fit, each with its end. */
  private static String wrap(String text) {
    StringBuilder lines = new StringBuilder();
    int width = 0;
    for (String word : text.split(" ")) {
      boolean fits = width == 0 || width + 1 + word.length() <= COLUMNS;
      lines.append(width == 0 ? "" : fits ? " " : "\n    ").append(word);
      width = fits ? width + 1 + word.length() : 4 + word.length();
    }
    return lines.append('\n').toString();
  }

  private void printMember(String name, Appendable out) throws IOException, BadUsage {
    Change change = find(name);
    if (change.isSame()) {
      out.append(change.name() + " is the same in step " + stepA + " and step " + stepB + ".\n");
      return;
    }
    List<String> before = change.linesBefore();
    int at = 0;
    for (AbstractDelta<String> delta : DiffUtils.diff(before, change.linesAfter()).getDeltas()) {
      print("  ", before.subList(at, delta.getSource().getPosition()), out);
      print("- ", delta.getSource().getLines(), out);
      print("+ ", delta.getTarget().getLines(), out);
      at = delta.getSource().getPosition() + delta.getSource().size();
    }
    print("  ", before.subList(at, before.size()), out);
  }

  private static void print(String mark, List<String> lines, Appendable out) throws IOException {
    for (String line : lines) {
      out.append((mark + line).stripTrailing() + "\n");
    }
  }

  private Change find(String name) throws BadUsage {
    List<Change> all = files.stream().flatMap(file -> file.changes.stream()).toList();
    List<Change> found = new ArrayList<>();
    for (Change change : all) {
      for (Part part : Arrays.asList(change.before, change.after)) {
        if (part != null && (part.name.equals(name) || part.signature.equals(name))) {
          return change;
        }
        if (part != null && plainName(part).equals(name) && !found.contains(change)) {
          found.add(change);
        }
      }
    }
    if (found.size() == 1) {
      return found.get(0);
    }
    if (found.isEmpty()) {
      throw new BadUsage(
          "Neither step "
              + stepA
              + " nor step "
              + stepB
              + " has a member "
              + name
              + ". They are named as in Store.put, KeyDir or LogFile.essay.");
    }
    throw new BadUsage(
        name
            + " is the name of more than one member. Say which: "
            + found.stream().map(Change::name).collect(Collectors.joining(" or ")));
  }
}
