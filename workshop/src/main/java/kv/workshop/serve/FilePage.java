package kv.workshop.serve;

import java.io.IOException;
import java.util.List;

/** The page of a file of the project: a text, or code with line numbers. */
final class FilePage {
  private FilePage() {}

  /** Returns the page of a file, by its path from the project's folder. */
  static String html(Content content, Links links, String path) throws IOException, Refusal {
    String text = content.texts().read(path);
    String name = path.substring(path.lastIndexOf('/') + 1);
    String folder = path.substring(0, path.length() - name.length());
    Links here = links.deeper((int) path.chars().filter(c -> c == '/').count() + 1);
    Prose prose = Prose.ofFile(content, here, folder);
    Page page = new Page(here, "", path).style("course.css").script("course.js");
    if (name.endsWith(".md")) {
      return page.html("<article class=\"prose\">\n" + prose.html(text) + "</article>\n");
    }
    prose.explain(content.terms().finder(Integer.MAX_VALUE));
    StringBuilder main = new StringBuilder("<article class=\"file\">\n<h1><small>");
    main.append(Html.escaped(folder)).append("</small><br>").append(Html.escaped(name));
    main.append("</h1>\n<pre class=\"code lines\" tabindex=\"0\" role=\"region\" ");
    main.append("aria-label=\"").append(Html.escaped(name)).append("\"><code>");
    List<String> lines = prose.lines(text, name.substring(name.lastIndexOf('.') + 1));
    for (int i = 0; i < lines.size(); i++) {
      main.append("<span class=\"l\" id=\"L").append(i + 1).append("\">");
      main.append(lines.get(i)).append("\n</span>");
    }
    main.append("</code></pre>\n").append(prose.tips()).append("</article>\n");
    return page.html(main.toString());
  }
}
