/*
 * WHAT THIS FILE IS
 *
 * Markdown as HTML: commonmark-java with tables does the work, and this class the parts that are
 * the course's own.
 *
 *     a link to a file of the project        a link to the page of that file
 *     a link to a chapter of TUTORIAL.md     a link to the page of that chapter
 *     <!-- code 2 Store.get --> + fence      an excerpt: colours, and links to its members
 *     <!-- picture rename -->                the drawn picture of that name, see pictures.js
 *     a term of the glossary, I7             a link with a tooltip, see Terms
 *     <details> and <summary>                the same elements; any other HTML is shown as text
 *
 * Headings of the course move one level up: a chapter's heading is the title of its page.
 */
package kv.workshop.serve;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonmark.ext.gfm.tables.TableBody;
import org.commonmark.ext.gfm.tables.TableRow;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.HtmlInline;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.NodeRenderer;
import org.commonmark.renderer.html.HtmlNodeRendererContext;
import org.commonmark.renderer.html.HtmlRenderer;
import org.commonmark.renderer.html.HtmlWriter;

/** Renders the Markdown of one page. */
final class Prose {
  private static final List<TablesExtension> TABLES =
      List.of((TablesExtension) TablesExtension.create());
  private static final Parser PARSER = Parser.builder().extensions(TABLES).build();

  private static final Pattern CODE = Pattern.compile("<!-- code (\\w+) (.+?)(?: with .*)? -->");
  private static final Pattern PICTURE = Pattern.compile("<!-- picture ([a-z]+) -->");
  private static final Pattern COMMENT = Pattern.compile("<!--.*?-->", Pattern.DOTALL);
  private static final Pattern FOLD =
      Pattern.compile("(?:\\s*(?:</?details>|<summary>[^<]*</summary>))*\\s*");

  private final Links links;
  private final Course course;
  private final Texts texts;
  private final Excerpts excerpts;

  /** The folder of the text in the project, with a slash at the end, or empty. */
  private final String folder;

  /** Whether the text is a part of TUTORIAL.md, whose chapters are pages. */
  private final boolean isCourse;

  /** The terms that were explained on this page. */
  private final Set<Terms.Term> explained = new LinkedHashSet<>();

  private UnaryOperator<String> afterConsole = text -> "";
  private boolean namesRows;
  private Terms.Finder finder;

  private Prose(Content content, Links links, String folder, boolean isCourse) {
    this.isCourse = isCourse;
    this.links = links;
    this.course = content.course();
    this.texts = content.texts();
    this.excerpts = content.excerpts();
    this.folder = folder;
  }

  /** Returns the renderer of one page of the course. */
  static Prose ofCourse(Content content, Links links) {
    return new Prose(content, links, "", true);
  }

  /** Returns the renderer of a file in a folder, whose name ends in a slash or is empty. */
  static Prose ofFile(Content content, Links links, String folder) {
    return new Prose(content, links, folder, false);
  }

  /** Adds HTML after each console block, made from the block's text. */
  Prose afterConsole(UnaryOperator<String> html) {
    afterConsole = html;
    return this;
  }

  /** Lets the rows of tables have names in addresses: see {@link Terms#id}. */
  Prose namesRows() {
    namesRows = true;
    return this;
  }

  /** Explains terms in the texts that follow, each where it comes first. */
  void explain(Terms.Finder terms) {
    finder = terms;
  }

  /** Returns a text as HTML. */
  String html(String markdown) {
    Node document = PARSER.parse(markdown);
    HtmlRenderer renderer =
        HtmlRenderer.builder()
            .extensions(TABLES)
            .escapeHtml(true)
            .attributeProviderFactory(
                context -> (node, tag, attributes) -> nameRow(node, attributes))
            .nodeRendererFactory(Own::new)
            .build();
    String html = renderer.render(document);
    if (finder != null) {
      explained.addAll(finder.found());
    }
    // A wide table scrolls by itself, and by keyboard.
    return html.replace("<table>", "<div class=\"scroll\" tabindex=\"0\"><table>")
        .replace("</table>", "</table></div>");
  }

  /** Returns the explanations of the terms on the page, for its end. */
  String tips() {
    return explained.isEmpty() ? "" : Terms.tips(explained);
  }

  /** Names the rows of the glossary, which the links of terms lead to. */
  private void nameRow(Node node, Map<String, String> attributes) {
    if (namesRows && node instanceof TableRow && node.getParent() instanceof TableBody) {
      attributes.put("id", Terms.id(text(node.getFirstChild())));
    }
  }

  /** Returns the text of a node without its marks. */
  private static String text(Node node) {
    StringBuilder text = new StringBuilder();
    node.accept(
        new AbstractVisitor() {
          @Override
          public void visit(Text node) {
            text.append(node.getLiteral());
          }

          @Override
          public void visit(org.commonmark.node.Code node) {
            text.append(node.getLiteral());
          }
        });
    return text.toString();
  }

  // ======== Addresses ========

  /** Returns the address of a link's destination, or empty if pages do not show it. */
  private Optional<String> address(String destination) {
    if (destination.matches("https?://.*")) {
      return Optional.of(destination);
    }
    int hash = destination.indexOf('#');
    String anchor = hash < 0 ? "" : destination.substring(hash);
    String path = hash < 0 ? destination : destination.substring(0, hash);
    if (path.isEmpty() && !isCourse) {
      return Optional.of(anchor);
    }
    String file = path.isEmpty() ? "TUTORIAL.md" : normal(folder + path);
    if (file.equals("TUTORIAL.md")) {
      return Optional.of(
          anchor.isEmpty()
              ? links.home()
              : course.pageOf(anchor.substring(1)).map(links::page).orElse(links.home()));
    }
    return texts.has(file) ? Optional.of(links.file(file) + anchor) : Optional.empty();
  }

  private static String normal(String path) {
    List<String> names = new ArrayList<>();
    for (String name : path.split("/")) {
      if (name.equals("..") && !names.isEmpty()) {
        names.remove(names.size() - 1);
      } else if (!name.equals(".")) {
        names.add(name);
      }
    }
    return String.join("/", names);
  }

  /** Returns the inside of a comment of code, with its invariants explained. */
  private String comment(String text) {
    return withTerms(text, true);
  }

  private String withTerms(String text, boolean onlyInvariants) {
    if (finder == null) {
      return Html.escaped(text);
    }
    StringBuilder html = new StringBuilder();
    int end = 0;
    for (Terms.Place place : finder.in(text, onlyInvariants)) {
      html.append(Html.escaped(text.substring(end, place.from())));
      html.append(Terms.open(place.term(), links));
      html.append(Html.escaped(text.substring(place.from(), place.to()))).append("</a>");
      end = place.to();
    }
    return html.append(Html.escaped(text.substring(end))).toString();
  }

  // ======== Code ========

  /** Returns the lines of code as HTML. */
  List<String> lines(String text, String language) {
    return Highlight.lines(text.stripTrailing(), language, this::comment);
  }

  /** Returns code as HTML, in a {@code pre} that can be scrolled by keyboard. */
  String code(String text, String language) {
    List<String> lines = lines(text, language);
    String label =
        language.equals("java") ? "Code" : language.equals("console") ? "Console" : "Text";
    return "<pre class=\"code "
        + Html.escaped(language)
        + "\" tabindex=\"0\" role=\"region\" aria-label=\""
        + label
        + "\"><code>"
        + String.join("\n", lines)
        + "</code></pre>\n";
  }

  private String excerpt(String module, String members, String text) throws IOException {
    StringBuilder html = new StringBuilder("<figure class=\"excerpt\">\n<figcaption>");
    Map<String, String> files = new LinkedHashMap<>();
    for (String member : members.split(" (?![^(]*\\))")) {
      Optional<Excerpts.Place> place = excerpts.find(module, member, text);
      if (place.isPresent()) {
        String file = place.get().path();
        html.append("<a href=\"").append(links.file(file)).append("#L");
        html.append(place.get().line()).append("\">").append(Html.escaped(member));
        html.append("</a> ");
        files.put(file.replaceFirst("/src/main/java/.*/", "/… /"), file);
      } else {
        html.append(Html.escaped(member)).append(' ');
      }
    }
    html.append("<span>").append(String.join(", ", files.keySet())).append("</span>");
    return html.append("</figcaption>\n")
        .append(code(text, "java"))
        .append("</figure>\n")
        .toString();
  }

  /** Renders the nodes that differ from plain Markdown. */
  private final class Own implements NodeRenderer {
    private final HtmlNodeRendererContext context;
    private final HtmlWriter out;

    Own(HtmlNodeRendererContext context) {
      this.context = context;
      this.out = context.getWriter();
    }

    @Override
    public Set<Class<? extends Node>> getNodeTypes() {
      return Set.of(
          Text.class,
          Link.class,
          Image.class,
          Heading.class,
          FencedCodeBlock.class,
          HtmlBlock.class,
          HtmlInline.class);
    }

    @Override
    public void render(Node node) {
      if (node instanceof Text text) {
        out.raw(inLink(node) ? Html.escaped(text.getLiteral()) : prose(text.getLiteral()));
      } else if (node instanceof Link link) {
        link(link, address(link.getDestination()));
      } else if (node instanceof Image image) {
        image(image);
      } else if (node instanceof Heading heading) {
        heading(heading);
      } else if (node instanceof FencedCodeBlock block) {
        fence(block);
      } else if (node instanceof HtmlBlock block) {
        html(block.getLiteral());
      } else {
        html(((HtmlInline) node).getLiteral());
      }
    }

    private String prose(String text) {
      return withTerms(text, false);
    }

    private boolean inLink(Node node) {
      for (Node parent = node; parent != null; parent = parent.getParent()) {
        if (parent instanceof Link || parent instanceof Heading) {
          return true;
        }
      }
      return false;
    }

    private void link(Link link, Optional<String> address) {
      address.ifPresent(to -> out.raw("<a href=\"" + Html.escaped(to) + "\">"));
      children(link);
      address.ifPresent(to -> out.raw("</a>"));
    }

    private void image(Image image) {
      String alternative = Html.escaped(text(image));
      address(image.getDestination())
          .filter(to -> !to.startsWith("http"))
          .ifPresentOrElse(
              to -> out.raw("<img src=\"" + Html.escaped(to) + "\" alt=\"" + alternative + "\">"),
              () -> out.raw(alternative));
    }

    private void heading(Heading heading) {
      String tag = "h" + Math.max(1, heading.getLevel() - (isCourse ? 1 : 0));
      out.line();
      out.raw("<" + tag + " id=\"" + Html.slug(text(heading)) + "\">");
      children(heading);
      out.raw("</" + tag + ">");
      out.line();
    }

    private void fence(FencedCodeBlock block) {
      out.line();
      Matcher directive = CODE.matcher(directive(block.getPrevious()));
      String language = block.getInfo() == null ? "" : block.getInfo().split(" ")[0];
      try {
        if (directive.matches()) {
          out.raw(excerpt(directive.group(1), directive.group(2), block.getLiteral()));
          return;
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      out.raw(code(block.getLiteral(), language));
      if (language.equals("console")) {
        out.raw(afterConsole.apply(block.getLiteral()));
      }
    }

    private String directive(Node before) {
      return before instanceof HtmlBlock html ? html.getLiteral().strip() : "";
    }

    private void html(String text) {
      Matcher picture = PICTURE.matcher(text.strip());
      if (picture.matches()) {
        out.raw("<figure class=\"picture\" data-picture=\"" + picture.group(1) + "\" hidden>");
        out.raw("</figure>\n");
        return;
      }
      String shown = COMMENT.matcher(text).replaceAll("").strip();
      out.line();
      out.raw(FOLD.matcher(shown).matches() ? shown : Html.escaped(shown));
      out.line();
    }

    private void children(Node node) {
      for (Node child = node.getFirstChild(); child != null; child = child.getNext()) {
        context.render(child);
      }
    }
  }
}
