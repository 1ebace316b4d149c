package kv.workshop.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kv.workshop.Project;

/**
 * The text of the course, TUTORIAL.md, in its chapters.
 *
 * @param introduction the text before the table of contents
 */
record Course(String introduction, List<Chapter> chapters) {
  private static final Pattern NUMBERED = Pattern.compile("([0-9])\\. (.+)");

  /**
   * A chapter.
   *
   * @param page the name of its page
   * @param number 0 if it has none
   * @param heading with the number
   * @param title without the number
   * @param parts the text, in the sections of the chapter
   */
  record Chapter(String page, int number, String heading, String title, List<Part> parts) {}

  /**
   * A section of a text, in Markdown.
   *
   * @param heading empty for the text before the first heading
   */
  record Part(String heading, String text) {
    /** Returns the name of the section in addresses. */
    String slug() {
      return Html.slug(heading);
    }
  }

  /** Reads the text of the course. */
  static Course read(Project project) throws IOException {
    String text = Files.readString(project.folder().resolve("TUTORIAL.md")).replace("\r\n", "\n");
    List<Part> parts = split(text, "## ");
    List<Chapter> chapters = new ArrayList<>();
    for (Part part : parts.subList(1, parts.size())) {
      chapters.add(chapter(part));
    }
    String start = parts.get(0).text();
    String withoutTitle = start.substring(start.indexOf('\n')).strip();
    return new Course(withoutTitle.replaceFirst("(?s)\n- \\[.*", ""), chapters);
  }

  private static Chapter chapter(Part part) {
    Matcher numbered = NUMBERED.matcher(part.heading());
    List<Part> parts = split(part.text(), "### ");
    if (numbered.matches()) {
      int number = Integer.parseInt(numbered.group(1));
      return new Chapter("chapter-" + number, number, part.heading(), numbered.group(2), parts);
    }
    String page = part.heading().equals("Before you start") ? "start" : part.slug();
    return new Chapter(page, 0, part.heading(), part.heading(), parts);
  }

  /** Splits a text at the headings of a level. Lines in fences are not headings. */
  static List<Part> split(String text, String mark) {
    List<Part> parts = new ArrayList<>();
    String heading = "";
    StringBuilder part = new StringBuilder();
    boolean fenced = false;
    for (String line : text.split("\n", -1)) {
      fenced ^= line.startsWith("```");
      if (!fenced && line.startsWith(mark)) {
        parts.add(new Part(heading, part.toString()));
        heading = line.substring(mark.length()).strip();
        part.setLength(0);
      } else {
        part.append(line).append('\n');
      }
    }
    parts.add(new Part(heading, part.toString()));
    return parts;
  }

  /** Returns the chapter with a page, if there is one. */
  Optional<Chapter> chapter(String page) {
    return chapters.stream().filter(chapter -> chapter.page().equals(page)).findFirst();
  }

  /** Returns the page of a link to a heading of the text: {@code #5-many-segments}. */
  Optional<String> pageOf(String slug) {
    return chapters.stream()
        .filter(chapter -> Html.slug(chapter.heading()).equals(slug))
        .map(Chapter::page)
        .findFirst();
  }
}
