/*
 * WHAT THIS FILE IS
 *
 * The report of a run: a self-contained HTML file, which needs neither a network nor the files
 * beside it and can be sent, kept, and printed. It contains its charts as SVG.
 *
 * PICTURE: the page
 *
 *     the questions, with guess and measured ratio: a line each
 *     for each experiment
 *         question, method, guess, measured ratio, next question
 *         chart, table, lesson, distance of the rounds
 *     comparison with an earlier run, if there is one
 *     machine, JDK, date, settings
 *
 * The race of the peers has a page of its own, whose sections have charts and tables.
 *
 * The page is well-formed XML, which HTML does not require, so that a test can parse it.
 */
package kv.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kv.benchmarks.harness.Numbers;
import kv.benchmarks.harness.Ratio;

/** Writes results as a web page. */
public final class Report {
  private static final String STYLE =
      """
      :root { color-scheme: light dark; --back: #f3f5f7; --card: #fff; --text: #1c2126;
        --quiet: #59636e; --rule: #d9dee3; --accent: #0b5cad; --mark: #fff4d6; }
      @media screen and (prefers-color-scheme: dark) { :root { --back: #0c0e11; --card: #15181c;
        --text: #e8eaed; --quiet: #9aa3ad; --rule: #3a4048; --accent: #6cb2f5; --mark: #33290f; } }
      * { box-sizing: border-box; }
      body { margin: 0; background: var(--back); color: var(--text); line-height: 1.5;
        font-family: system-ui, "Segoe UI", Helvetica, Arial, sans-serif; font-size: 1.0625rem; }
      main { max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
      h1 { font-size: 2.2rem; line-height: 1.2; margin: 1rem 0 .25rem; }
      h2 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; }
      .number { color: var(--quiet); font-weight: 400; display: block; font-size: 1rem; }
      .quiet { color: var(--quiet); }
      section { background: var(--card); border: 1px solid var(--rule); border-radius: .75rem;
        padding: 1.5rem; margin: 1.5rem 0; }
      svg { display: block; width: 100%; height: auto; margin: 1rem 0; }
      table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums;
        font-size: .95rem; margin: 1rem 0; }
      .scroll { overflow-x: auto; }
      td:not(:first-child) { white-space: nowrap; }
      th, td { padding: .4rem .5rem; text-align: right; border-bottom: 1px solid var(--rule); }
      th { font-weight: 600; vertical-align: bottom; white-space: nowrap; }
      tbody th { font-weight: 400; vertical-align: top; }
      th:first-child, td:first-child { text-align: left; padding-left: 0; }
      a { color: var(--accent); }
      dl.figures { display: flex; flex-wrap: wrap; gap: .5rem 3rem; margin: .5rem 0; }
      dl.figures dt { color: var(--quiet); font-size: .95rem; }
      dl.figures dd { margin: 0; font-size: 2rem; line-height: 1.2; font-weight: 600; }
      .next { background: var(--mark); border-radius: .5rem; padding: .75rem 1rem; }
      .facts th { white-space: nowrap; width: 1%; }
      .facts td { text-align: left; white-space: normal !important; }
      @media print { body { background: #fff; font-size: 10.5pt; } main { padding: 0; }
        section { border: 0; padding: 0; break-inside: avoid; } }
      """;

  private final StringBuilder html = new StringBuilder();

  private Report() {}

  /**
   * An experiment and its result.
   *
   * @param name its name, such as Experiment 1
   * @param question the question that it answers
   * @param method how the answer was measured
   * @param ratio the ratio that the reader was asked for
   * @param guess the reader's guess, or null
   * @param lesson the meaning of the numbers
   * @param next the question that follows
   * @param noise how far apart the rounds were, in words
   */
  public record Entry(
      String name,
      String question,
      String method,
      String ratio,
      Double guess,
      Outcome outcome,
      String lesson,
      String next,
      String noise) {}

  /**
   * A part of a page.
   *
   * @param title the heading
   * @param charts the charts, which come first
   * @param tables the tables below them
   * @param facts named facts, in a table
   */
  public record Section(
      String title, List<Chart> charts, List<Table> tables, Map<String, String> facts) {}

  /** Returns a page of sections. */
  public static String html(String title, String settings, List<Section> sections) {
    Report report = new Report();
    report.start(title, settings);
    sections.forEach(report::section);
    return report.end();
  }

  /**
   * Returns the page of a run.
   *
   * @param comparison the comparison with an earlier run, or null
   * @param facts machine, date and settings, by their names
   */
  public static String html(List<Entry> entries, Table comparison, Map<String, String> facts) {
    Report report = new Report();
    report.start(
        "A Key-Value Store in Five Steps: the race",
        facts.get("Date") + ". " + facts.get("Settings"));
    report.overview(entries);
    for (int i = 0; i < entries.size(); i++) {
      report.entry("e" + i, entries.get(i));
    }
    if (comparison != null) {
      report.section(
          new Section("Since the earlier run", List.of(), List.of(comparison), Map.of()));
    }
    report.section(new Section("Machine and settings", List.of(), List.of(), facts));
    return report.end();
  }

  private void start(String title, String settings) {
    add("<!DOCTYPE html>");
    add("<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">");
    add("<head>");
    add("<meta charset=\"utf-8\"/>");
    add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>");
    add("<title>" + text(title) + "</title>");
    add("<style>" + STYLE + "</style>");
    add("</head>");
    add("<body><main>");
    add("<h1>" + text(title) + "</h1>");
    paragraph("quiet", settings);
  }

  private void section(Section section) {
    add("<section aria-label=\"" + text(section.title) + "\"><h2>" + text(section.title) + "</h2>");
    for (Chart chart : section.charts) {
      add(SvgPlot.draw(chart));
    }
    section.tables.forEach(this::table);
    if (!section.facts.isEmpty()) {
      add("<table class=\"facts\"><tbody>");
      section.facts.forEach(
          (name, fact) ->
              add("<tr><th scope=\"row\">" + text(name) + "</th><td>" + text(fact) + "</td></tr>"));
      add("</tbody></table>");
    }
    add("</section>");
  }

  private String end() {
    add("</main></body>");
    add("</html>");
    return html.toString();
  }

  private void overview(List<Entry> entries) {
    add("<section aria-label=\"Guessed and measured\">");
    add("<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Question</th>");
    add("<th scope=\"col\">Guess</th><th scope=\"col\">Measured</th></tr></thead><tbody>");
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      add(
          String.format(
              Locale.ROOT,
              "<tr><td><a href=\"#e%d\">%s</a><br/><span class=\"quiet\">%s</span></td>"
                  + "<td>%s</td><td><strong>%s</strong></td></tr>",
              i,
              text(entry.question()),
              text(entry.ratio()),
              entry.guess() == null ? "\u2013" : times(entry.guess()),
              measured(entry.outcome().ratio())));
    }
    add("</tbody></table></div></section>");
  }

  private void entry(String id, Entry entry) {
    Outcome outcome = entry.outcome();
    add("<section id=\"" + id + "\">");
    add("<h2><span class=\"number\">" + text(entry.name()) + "</span>");
    add(text(entry.question()) + "</h2>");
    paragraph("quiet", entry.method());
    paragraph("", entry.ratio());
    add("<dl class=\"figures\">");
    if (entry.guess() != null) {
      figure("guess", times(entry.guess()));
    }
    figure("measured", measured(outcome.ratio()));
    if (entry.guess() != null && !outcome.ratio().isDoubtful()) {
      figure("measured / guess", Numbers.rounded(outcome.ratio().median() / entry.guess()));
    }
    add("</dl>");
    if (outcome.ratio().isDoubtful()) {
      paragraph("", outcome.ratio().doubt() + ".");
    }
    for (Chart chart : outcome.charts()) {
      add(SvgPlot.draw(chart));
    }
    table(outcome.table());
    outcome.notes().forEach(note -> paragraph("quiet", note));
    paragraph("", entry.lesson());
    paragraph("next", "Next question: " + entry.next());
    paragraph("quiet", entry.noise());
    add("</section>");
  }

  private void figure(String name, String number) {
    add("<div><dt>" + name + "</dt><dd>" + number + "</dd></div>");
  }

  private void table(Table table) {
    add("<div class=\"scroll\"><table>");
    List<List<String>> rows = new ArrayList<>(table.rows());
    add("<thead><tr>");
    rows.remove(0).forEach(name -> add("<th scope=\"col\">" + text(name) + "</th>"));
    add("</tr></thead><tbody>");
    for (List<String> row : rows) {
      add("<tr><th scope=\"row\">" + text(row.get(0)) + "</th>");
      row.stream().skip(1).forEach(cell -> add("<td>" + text(cell) + "</td>"));
      add("</tr>");
    }
    add("</tbody></table></div>");
  }

  private void paragraph(String type, String text) {
    add("<p class=\"" + type + "\">" + text(text) + "</p>");
  }

  private static String measured(Ratio ratio) {
    return ratio.isDoubtful() ? Ratio.DOUBTFUL : times(ratio.median());
  }

  private static String times(double ratio) {
    return Numbers.rounded(ratio) + " \u00D7";
  }

  private static String text(String text) {
    return SvgPlot.escape(text).replace("+-", "\u00B1");
  }

  private void add(String line) {
    html.append(line).append('\n');
  }
}
