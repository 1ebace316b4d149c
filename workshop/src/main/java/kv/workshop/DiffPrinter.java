package kv.workshop;

import com.github.difflib.DiffUtils;
import com.github.difflib.patch.AbstractDelta;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import kv.workshop.Diff.Change;
import kv.workshop.Diff.FileChange;
import kv.workshop.Members.Kind;
import kv.workshop.Source.Part;

/** Prints the differences between two steps: the command diff. */
final class DiffPrinter {
  /** Longest line, except for code and the summary. */
  private static final int COLUMNS = 80;

  private static final Pattern FIRST_SENTENCE = Pattern.compile("/\\*\\*\\s(.*?\\.)[\\s<]");

  private final int stepA;
  private final int stepB;
  private final Diff diff;
  private final Appendable out;

  private DiffPrinter(int stepA, int stepB, Diff diff, Appendable out) {
    this.stepA = stepA;
    this.stepB = stepB;
    this.diff = diff;
    this.out = out;
  }

  /**
   * Prints the differences between two steps, or the lines of one member.
   *
   * @param member the name of the member, or null for all differences
   * @return 0
   * @throws BadUsage if one of the steps or the member does not exist, or if the steps are the same
   */
  static int run(Project project, String a, String b, String member, Appendable out)
      throws IOException, BadUsage {
    int stepA = Project.stepNumber(a);
    int stepB = Project.stepNumber(b);
    if (stepA == stepB) {
      throw new BadUsage("step " + stepA + " is compared with itself: name two steps");
    }
    DiffPrinter printer = new DiffPrinter(stepA, stepB, Diff.of(project, stepA, stepB), out);
    if (member == null) {
      printer.printAll();
    } else {
      printer.printMember(member);
    }
    return 0;
  }

  // ======== All differences ========

  private void printAll() throws IOException {
    List<FileChange> files = diff.files();
    for (FileChange file : files) {
      if (!file.isNew() && !file.isGone() && !file.isSame()) {
        printFile(file);
      }
    }
    for (FileChange file : files) {
      if (file.isNew()) {
        String lines = Dump.count(file.after().text().lines().count(), "line");
        String purpose = firstSentence(file.after());
        out.append(wrap("New: " + file.name() + ".java, " + lines + ". " + purpose));
      }
    }
    printNames("Gone: ", files.stream().filter(FileChange::isGone).toList());
    printNames("The same to the byte: ", files.stream().filter(FileChange::isSame).toList());
    out.append("\n" + diff.summary() + "\n");
  }

  private void printFile(FileChange file) throws IOException {
    String former = file.isRenamed() ? ", which was " + file.formerName() + ".java" : "";
    out.append(file.name() + ".java" + former + "\n");
    for (Change change : file.changes()) {
      if (!change.isSame()) {
        out.append(line(change));
      }
    }
    out.append("\n");
  }

  private void printNames(String title, List<FileChange> files) throws IOException {
    if (!files.isEmpty()) {
      String names = files.stream().map(FileChange::name).collect(Collectors.joining(", "));
      out.append(wrap(title + names + "."));
    }
  }

  /** Returns the change of a part in one line. */
  private static String line(Change change) {
    String kind = change.isNew() ? "new" : change.isGone() ? "gone" : "changed";
    String count = Diff.count(change.linesBefore(), change.linesAfter()).toString();
    if (change.isMember() && change.hasSameCode()) {
      count += "  comments";
    }
    int width = COLUMNS - "  changed  ".length() - " +1234 -1234  comments".length();
    String name = change.name();
    if (name.length() > width) {
      name = name.substring(0, width - 2) + "..";
    }
    String line = String.format(Locale.ROOT, "  %-8s %-" + width + "s %s", kind, name, count);
    return line.stripTrailing() + "\n";
  }

  /** Returns the first sentence of the Javadoc of a source's type, or an empty text. */
  private static String firstSentence(Source source) {
    for (Part part : source.parts()) {
      Matcher sentence = FIRST_SENTENCE.matcher(part.text().replaceAll("\\s+(\\* )?", " "));
      if (part.kind() == Kind.TYPE && sentence.find()) {
        return sentence.group(1).replaceAll("\\{@\\w+ #?([^}]*)}", "$1");
      }
    }
    return "";
  }

  /** Returns a text in lines that fit, each with a line break at its end. */
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

  // ======== One member ========

  private void printMember(String name) throws IOException, BadUsage {
    Change change = find(name);
    if (change.isSame()) {
      out.append(change.name() + " is the same in step " + stepA + " and step " + stepB + ".\n");
      return;
    }
    List<String> before = change.linesBefore();
    int at = 0;
    for (AbstractDelta<String> delta : DiffUtils.diff(before, change.linesAfter()).getDeltas()) {
      print("  ", before.subList(at, delta.getSource().getPosition()));
      print("- ", delta.getSource().getLines());
      print("+ ", delta.getTarget().getLines());
      at = delta.getSource().getPosition() + delta.getSource().size();
    }
    print("  ", before.subList(at, before.size()));
  }

  private void print(String mark, List<String> lines) throws IOException {
    for (String line : lines) {
      out.append((mark + line).stripTrailing() + "\n");
    }
  }

  private Change find(String name) throws BadUsage {
    List<Change> found = new ArrayList<>();
    for (Change change : diff.files().stream().flatMap(file -> file.changes().stream()).toList()) {
      for (Part part : Arrays.asList(change.before(), change.after())) {
        if (part != null && (part.name().equals(name) || part.signature().equals(name))) {
          return change;
        }
        if (part != null && part.plainName().equals(name) && !found.contains(change)) {
          found.add(change);
        }
      }
    }
    if (found.size() == 1) {
      return found.get(0);
    }
    if (found.isEmpty()) {
      throw new BadUsage(
          "neither step "
              + stepA
              + " nor step "
              + stepB
              + " has a member "
              + name
              + "; names have the form Store.put, KeyDir or LogFile.essay");
    }
    throw new BadUsage(
        name
            + " names more than one member; choose one of: "
            + found.stream().map(Change::name).collect(Collectors.joining(", ")));
  }
}
