package kv.workshop.serve;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kv.workshop.Project;

/**
 * The frame of every page: the title, the way to the chapters and to the microscope, and the main
 * part, which the caller writes. Pages have no inline styles or scripts, which the
 * Content-Security-Policy forbids.
 */
public final class Page {
  /** The name of the course. */
  static final String COURSE = "A Key-Value Store in Five Steps";

  /** The pages in the head of each page, by their names and words. */
  private static final List<List<String>> PAGES =
      List.of(
          List.of("start", "Start", "Before you start"),
          List.of("chapter-1", "1", "1. Writing is appending"),
          List.of("chapter-2", "2", "2. Reading is replaying"),
          List.of("chapter-3", "3", "3. Remember where"),
          List.of("chapter-4", "4", "4. Give the space back"),
          List.of("chapter-5", "5", "5. Many segments"),
          List.of("chapter-6", "6", "6. An engine"),
          List.of("chapter-7", "7", "7. On the network"),
          List.of("chapter-8", "8", "8. When a machine dies"),
          List.of("chapter-9", "9", "9. Beyond this store"),
          List.of("glossary", "Glossary", "Glossary"));

  /** The chapters of the steps, and of the engine. */
  private static final Pattern CHAPTER = Pattern.compile("chapter-([1-" + Project.ENGINE + "])");

  private final Links links;
  private final String name;
  private final String title;
  private final List<String> styles = new ArrayList<>(List.of("site.css"));
  private final List<String> scripts = new ArrayList<>(List.of("site.js"));
  private String bodyClass = "text";

  /**
   * Creates a page.
   *
   * @param name in the head's list, {@code chapter-1} for example; marks the page's own link there
   * @param title of the window, without the course's name
   */
  public Page(Links links, String name, String title) {
    this.links = links;
    this.name = name;
    this.title = title;
  }

  /** Adds an asset that is a style. */
  public Page style(String asset) {
    styles.add(asset);
    return this;
  }

  /** Adds an asset that is a module of JavaScript. */
  public Page script(String asset) {
    scripts.add(asset);
    return this;
  }

  /** Lets the main part use the whole width of the window, in place of a column for text. */
  public Page wide() {
    bodyClass = "wide";
    return this;
  }

  /** Returns the page, with HTML for the inside of {@code main}. */
  public String html(String main) {
    StringBuilder out = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\" data-mode=\"");
    out.append(links.isStatic() ? "static" : "live").append("\" data-root=\"");
    out.append(links.root()).append("\">\n<head>\n<meta charset=\"utf-8\">\n");
    if (links.isStatic()) {
      out.append("<meta http-equiv=\"Content-Security-Policy\" content=\"");
      out.append(Site.POLICY).append("\">\n");
    }
    out.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.append("<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    out.append(title.isEmpty() ? "" : Html.escaped(title) + " · ").append(COURSE);
    out.append("</title>\n");
    out.append("<link rel=\"icon\" href=\"").append(links.asset("icon.svg")).append("\">\n");
    for (String style : styles) {
      out.append("<link rel=\"stylesheet\" href=\"").append(links.asset(style)).append("\">\n");
    }
    for (String script : scripts) {
      out.append("<script type=\"module\" src=\"").append(links.asset(script));
      out.append("\"></script>\n");
    }
    out.append("</head>\n<body class=\"").append(bodyClass).append("\">\n");
    out.append("<a class=\"skip\" href=\"#main\">Skip to the text</a>\n");
    head(out);
    out.append("<main id=\"main\" tabindex=\"-1\">\n").append(main).append("</main>\n");
    return out.append("</body>\n</html>\n").toString();
  }

  private void head(StringBuilder out) {
    out.append("<header class=\"head\">\n<a class=\"home\" href=\"").append(links.home());
    out.append("\"");
    current(out, "");
    out.append(">").append(COURSE).append("</a>\n<nav aria-label=\"Course\">\n<ul>\n");
    for (List<String> page : PAGES) {
      link(out, page.get(0), page.get(1), page.get(2), "");
    }
    link(out, "microscope", "Microscope", "Microscope", step());
    out.append("</ul>\n</nav>\n</header>\n");
  }

  /** Returns the query that lets the microscope begin with the step of this chapter. */
  private String step() {
    Matcher chapter = CHAPTER.matcher(name);
    return chapter.matches() ? "?as=" + chapter.group(1) : "";
  }

  private void link(StringBuilder out, String page, String words, String label, String query) {
    out.append("<li><a href=\"").append(links.page(page)).append(query).append("\"");
    if (!words.equals(label)) {
      out.append(" aria-label=\"").append(label).append("\" title=\"").append(label).append("\"");
    }
    current(out, page);
    out.append(">").append(words).append("</a></li>\n");
  }

  private void current(StringBuilder out, String page) {
    out.append(page.equals(name) ? " aria-current=\"page\"" : "");
  }
}
