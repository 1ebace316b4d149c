package kv.workshop.serve;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The terms of the glossary, and the invariants. A text that contains one gets a link to its row in
 * the glossary, with the explanation as a tooltip.
 */
final class Terms {
  /** Words that only look like a term: "turn" is the server's, not the one of "in turn". */
  private static final String NOT_AFTER = "(?<!\\bin )(?<![\\w-])";

  private static final Pattern ROW = Pattern.compile("\\| (.+?) \\| (.+?) \\| (\\d) \\|.*");
  private static final String INVARIANT = "I[1-9]\\d?";

  /**
   * A term, or an invariant.
   *
   * @param id of its row in the glossary
   * @param words as they are shown
   * @param meaning in Markdown
   * @param chapter from which on it is explained
   */
  record Term(String id, String words, String meaning, int chapter) {
    boolean isInvariant() {
      return words.matches(INVARIANT);
    }

    /** Returns the meaning as HTML: the only marks in it are those of code. */
    String html() {
      return Html.escaped(meaning).replaceAll("`([^`]+)`", "<code>$1</code>");
    }
  }

  /** A term in a text, from one offset to another. */
  record Place(Term term, int from, int to) {}

  private final Map<String, Term> byWord = new LinkedHashMap<>();

  /** Reads the terms from the rows of the glossary's tables. */
  static Terms of(Course course) {
    Terms terms = new Terms();
    for (Course.Part part : course.chapter("glossary").orElseThrow().parts()) {
      for (String line : part.text().split("\n")) {
        Matcher row = ROW.matcher(line);
        if (row.matches()) {
          terms.add(row.group(1), row.group(2), Integer.parseInt(row.group(3)));
        }
      }
    }
    return terms;
  }

  private void add(String words, String meaning, int chapter) {
    String plain = words.replace("`", "");
    Term term = new Term(id(plain), plain, meaning, chapter);
    for (String word : plain.split(", ")) {
      byWord.put(word.toLowerCase(Locale.ROOT), term);
    }
  }

  /** Returns the id of a row of the glossary, from the text of its first cell. */
  static String id(String words) {
    return words.matches(INVARIANT) ? words : "term-" + Html.slug(words.replace(",", ""));
  }

  /** Returns all terms and invariants, in the order of the glossary. */
  Set<Term> all() {
    return new LinkedHashSet<>(byWord.values());
  }

  /** Returns a finder of the terms in the texts of one section of a chapter. */
  Finder finder(int chapter) {
    return new Finder(chapter);
  }

  /** Finds the terms of a section: a term where it comes first, an invariant everywhere. */
  final class Finder {
    private final Set<Term> found = new LinkedHashSet<>();
    private final Pattern pattern;

    private Finder(int chapter) {
      String words =
          byWord.entrySet().stream()
              .filter(entry -> !entry.getValue().isInvariant())
              .filter(entry -> entry.getValue().chapter() <= chapter)
              .map(Map.Entry::getKey)
              .sorted((a, b) -> b.length() - a.length())
              .map(Pattern::quote)
              .collect(Collectors.joining("|"));
      String plural = words.isEmpty() ? "" : "|" + NOT_AFTER + "(?i:(" + words + ")(?:s|es)?)";
      pattern = Pattern.compile("\\b(" + INVARIANT + ")\\b" + plural + "(?![\\w-])");
    }

    /** Returns the places to explain in the next piece of the section's text. */
    List<Place> in(String text, boolean onlyInvariants) {
      List<Place> places = new ArrayList<>();
      Matcher matcher = pattern.matcher(text);
      while (matcher.find()) {
        String word = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
        Term term = byWord.get(word.toLowerCase(Locale.ROOT));
        boolean wanted = term != null && (term.isInvariant() || !onlyInvariants);
        if (wanted && (found.add(term) || term.isInvariant())) {
          places.add(new Place(term, matcher.start(), matcher.end()));
        }
      }
      return places;
    }

    /** Returns the terms that were found so far. */
    Set<Term> found() {
      return found;
    }
  }

  /** Returns the start of a link to a term. */
  static String open(Term term, Links links) {
    return "<a class=\"term\" href=\""
        + links.page("glossary")
        + "#"
        + term.id()
        + "\" aria-describedby=\"tip-"
        + term.id()
        + "\">";
  }

  /** Returns the explanations of terms, for the end of the page that has links to them. */
  static String tips(Set<Term> terms) {
    StringBuilder html = new StringBuilder("<div class=\"tips\">\n");
    for (Term term : terms) {
      html.append("<div role=\"tooltip\" class=\"tip\" id=\"tip-").append(term.id());
      html.append("\"><b>").append(Html.escaped(term.words())).append("</b> ");
      html.append(term.html()).append("</div>\n");
    }
    return html.append("</div>\n").toString();
  }
}
