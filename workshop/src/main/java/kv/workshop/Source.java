package kv.workshop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kv.workshop.Members.Kind;
import kv.workshop.Members.Member;

/**
 * The main source of one class of a step, in the parts that {@link Diff} compares.
 *
 * @param parts in the order of the text
 */
record Source(String text, List<Part> parts) {
  /** The source of a class that a step does not have. */
  static final Source NONE = new Source("", List.of());

  /** The section of the members that a first reader skips. It begins with an essay of its own. */
  static final String SECOND_READING = "For a second reading";

  private static final Pattern PACKAGE = Pattern.compile("^package ", Pattern.MULTILINE);

  private static final Pattern SECOND_ESSAY =
      Pattern.compile(
          "// ======== " + SECOND_READING + " ========\\s+(/\\*[^*].*?\\*/)", Pattern.DOTALL);

  /**
   * A part of a file: its essay, the head of a type, a method or a field. The essay of a second
   * reading is the end of the file's essay.
   */
  record Part(String name, String signature, Kind kind, String section, String text) {
    /** Returns the lines of code: see {@link Source#codeLines(String)}. */
    List<String> code() {
      return codeLines(text);
    }

    /** Returns the name without the parameters of a method. */
    String plainName() {
      return name.replaceAll("\\(.*", "");
    }

    private Part renamed(Pattern from, String to) {
      return new Part(
          from.matcher(name).replaceAll(to),
          from.matcher(signature).replaceAll(to),
          kind,
          section,
          from.matcher(text).replaceAll(to));
    }
  }

  /** Returns the main sources of a step, by the names of their classes. */
  static Map<String, Source> ofStep(Project project, int step) throws IOException {
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
    Matcher second = SECOND_ESSAY.matcher(text);
    if (second.find()) {
      essay += "\n\n" + second.group(1);
    }
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

  /** Returns a text without the number of its step. */
  private static String neutral(String text, String packageName) {
    return text.replaceAll("\\b" + Pattern.quote(packageName) + "\\b", "kv.step");
  }

  /** Returns the source as it would be if its class had another name. */
  Source renamed(String from, String to) {
    Pattern name = Pattern.compile("\\b" + from + "\\b");
    return new Source(
        name.matcher(text).replaceAll(to),
        parts.stream().map(part -> part.renamed(name, to)).toList());
  }

  /** Returns the lines of code: see {@link #codeLines(String)}. */
  List<String> code() {
    return codeLines(text);
  }

  /**
   * Returns the lines of code of a text, without the space around them. A line of code contains
   * more than comments, and is neither the package declaration nor an import.
   */
  static List<String> codeLines(String text) {
    return Comments.blank(text)
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.matches("(package|import) .*;"))
        .toList();
  }
}
