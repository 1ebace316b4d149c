package kv.workshop.serve;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import kv.workshop.Project;

/** The page of a chapter of the course. */
final class ChapterPage {
  /** Not with options: their results are not the chapter's question. */
  private static final Pattern EXPERIMENT = Pattern.compile("benchmarks\\.jar (\\d)\\s*$");

  private final Content content;
  private final Links links;
  private final Course.Chapter chapter;

  ChapterPage(Content content, Links links, Course.Chapter chapter) {
    this.content = content;
    this.links = links;
    this.chapter = chapter;
  }

  /** Returns the page. */
  String html() {
    Prose prose = Prose.ofCourse(content, links).afterConsole(ChapterPage::experiment);
    if (chapter.page().equals("glossary")) {
      prose.namesRows();
    }
    StringBuilder main = new StringBuilder("<article class=\"chapter\">\n<header>\n");
    if (chapter.number() > 0) {
      main.append("<p class=\"kicker\">Chapter ").append(chapter.number()).append("</p>\n");
    }
    main.append("<h1>").append(Html.escaped(chapter.title())).append("</h1>\n");
    main.append(exercises(chapter, links)).append("</header>\n");
    contents(main);
    main.append("<div class=\"prose\">\n");
    for (Course.Part part : chapter.parts()) {
      section(main, prose, part);
    }
    main.append("</div>\n");
    pager(main);
    main.append(prose.tips()).append("</article>\n");
    return new Page(links, chapter.page(), chapter.heading())
        .style("course.css")
        .style("pictures.css")
        .script("course.js")
        .html(main.toString());
  }

  private void contents(StringBuilder main) {
    List<Course.Part> named =
        chapter.parts().stream().filter(part -> !part.heading().isEmpty()).toList();
    if (named.isEmpty()) {
      return;
    }
    main.append("<nav class=\"contents\" aria-label=\"On this page\">\n<ul>\n");
    for (Course.Part part : named) {
      main.append("<li><a href=\"#").append(part.slug()).append("\">");
      main.append(Html.escaped(part.heading())).append("</a></li>\n");
    }
    main.append("</ul>\n</nav>\n");
  }

  private void section(StringBuilder main, Prose prose, Course.Part part) {
    if (!chapter.page().equals("glossary")) {
      prose.explain(content.terms().finder(chapter.number() == 0 ? 1 : chapter.number()));
    }
    String text = prose.html(part.text());
    if (part.heading().isEmpty()) {
      main.append(text);
      return;
    }
    main.append("<section id=\"").append(part.slug()).append("\">\n<h2>");
    main.append(Html.escaped(part.heading())).append("</h2>\n");
    // A guess comes before the text that has the answer.
    String cards = cards(part.heading());
    boolean isQuestion = part.heading().equals(Cards.PREDICT);
    main.append(isQuestion ? text + cards : cards + text).append("</section>\n");
  }

  /** Returns the cards of a section. */
  private String cards(String heading) {
    return content.cards().stream()
        .filter(card -> card.chapter() == chapter.number() && card.section().equals(heading))
        .map(Cards::html)
        .collect(Collectors.joining());
  }

  /** Returns the place of an experiment's charts, after the block with its command. */
  private static String experiment(String console) {
    Matcher command = EXPERIMENT.matcher(console);
    return command.find()
        ? "<figure class=\"experiment\" data-experiment=\""
            + command.group(1)
            + "\" hidden></figure>\n"
        : "";
  }

  /** Returns the place of the reader's verdicts on the exercises of a chapter. */
  static String exercises(Course.Chapter chapter, Links links) {
    boolean none = links.isStatic() || chapter.number() < 1 || chapter.number() > Project.MODULES;
    return none
        ? ""
        : "<ul class=\"exercises\" data-chapter=\""
            + chapter.number()
            + "\" aria-label=\"Your exercises of chapter "
            + chapter.number()
            + "\" hidden></ul>\n";
  }

  private void pager(StringBuilder main) {
    List<Course.Chapter> all = content.course().chapters();
    int index = all.indexOf(chapter);
    main.append("<nav class=\"pager\" aria-label=\"Next and previous chapter\">\n");
    if (index > 0) {
      step(main, "prev", "Previous", all.get(index - 1));
    }
    if (index < all.size() - 1) {
      step(main, "next", "Next", all.get(index + 1));
    }
    main.append("</nav>\n");
  }

  private void step(StringBuilder main, String rel, String word, Course.Chapter to) {
    main.append("<a rel=\"").append(rel).append("\" href=\"").append(links.page(to.page()));
    main.append("\"><small>").append(word).append("</small> ");
    main.append(Html.escaped(to.heading())).append("</a>\n");
  }
}
