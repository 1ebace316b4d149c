/*
 * WHAT THIS FILE IS
 *
 * A chart as SVG: a picture that is sharp on a projector and on paper, and whose text can be
 * searched, copied, and read aloud. A browser shows the numbers of the point under the mouse.
 *
 * PICTURE: the parts of a chart
 *
 *     +-----------------------------------------+
 *     | title                                   |
 *     | name of y                               |
 *     |   10 |         o------o step2-scan      |     a line has its caption at its end, so that
 *     |      |    o----'                        |     no reader has to match colours with a legend
 *     |    1 | x----x----x-----------x step3    |
 *     |      +--------------------------        |
 *     |        1    10   100       1,000        |
 *     |                 name of x               |
 *     +-----------------------------------------+
 *
 * Separate points have a legend above them instead.
 *
 * HOW SERIES DIFFER
 *
 * Each has a mark and a line style of its own, so that they differ in greyscale and for
 * colour-blind readers; colour comes third. There are two sets of colours, for light and for dark
 * screens. Paper uses the light ones.
 *
 * NOT HERE, AND WHY
 *
 * A library. XChart draws the letters of a chart as outlines: 700 KB instead of 10 KB here, and
 * no text to search or to read aloud.
 */
package kv.benchmarks.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import kv.benchmarks.harness.Numbers;

/** Draws charts as SVG. */
public final class SvgPlot {
  private static final int WIDTH = 960;
  private static final int TOP = 84;
  private static final int BOTTOM = 70;
  private static final int HEIGHT = 540;
  private static final int ROW_HEIGHT = 44;
  private static final int FONT_SIZE = 20;
  private static final double LETTER_WIDTH = 0.66 * FONT_SIZE;
  private static final int CAPTION_HEIGHT = 25;
  private static final int GAP = 14;

  /** The marks of more points would cover their line. */
  private static final int MOST_MARKS = 14;

  /** The lengths of dashes and gaps, for each style. */
  private static final List<String> DASHES =
      List.of("none", "12 6", "3 6", "14 5 3 5", "none", "7 7", "2 9", "20 6");

  private static final List<String> LIGHT =
      List.of(
          "#0b5cad", "#b3470b", "#13794a", "#8a3aa0", "#111418", "#8a6100", "#00747f", "#b0123e");

  private static final List<String> DARK =
      List.of(
          "#6cb2f5", "#ff9a5c", "#5fd39b", "#d79be8", "#f4f6f8", "#e6bd4f", "#4fd0da", "#ff8fa8");

  private final Chart chart;
  private final Scale x;
  private final Scale y;
  private final int left;
  private final int right;
  private final int top;
  private final int bottom;
  private final StringBuilder svg = new StringBuilder();

  private SvgPlot(Chart chart) {
    this.chart = chart;
    x = chart.scaleX();
    y = chart.scaleY();
    left = 32 + longest(y.ticks().stream().map(Scale.Tick::label).toList());
    List<String> captions = chart.series().stream().map(Chart.Series::name).toList();
    right = WIDTH - (chart.connected() ? longest(captions) + 2 * GAP : 30);
    List<Caption> legend = legendFrom(left + 2 * GAP);
    top = chart.connected() ? TOP : (int) legend.get(legend.size() - 1).atY() + CAPTION_HEIGHT;
    bottom = chart.hasRows() ? top + ROW_HEIGHT * y.ticks().size() : HEIGHT - BOTTOM;
  }

  /** Returns a chart as an svg element, without the prolog of an XML file. */
  public static String draw(Chart chart) {
    return new SvgPlot(chart).draw();
  }

  private String draw() {
    int height = bottom + BOTTOM;
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\""
            + " aria-label=\"%s\" font-family=\"system-ui, 'Segoe UI', Helvetica, Arial,"
            + " sans-serif\" font-size=\"%d\">",
        WIDTH, height, escape(description()), FONT_SIZE);
    add("<title>%s</title>", escape(chart.title()));
    add("<style>%s</style>", style());
    add("<rect class=\"paper\" width=\"%d\" height=\"%d\"/>", WIDTH, height);
    text(24, 30, "start", "heading", chart.title());
    axes();
    if (!chart.connected()) {
      legend();
    }
    for (Chart.Series series : chart.series()) {
      series(series);
    }
    if (chart.connected()) {
      captions();
    }
    add("</svg>");
    return svg.toString();
  }

  /** Returns a description for a reader who does not see the chart. */
  private String description() {
    return format(
        "%s. %s, by %s. %s. The numbers are in the table.",
        chart.title(),
        chart.hasRows() ? chart.x().name() : chart.y().name(),
        chart.hasRows() ? "row" : chart.x().name(),
        String.join(", ", chart.series().stream().map(Chart.Series::name).toList()));
  }

  private static String style() {
    StringBuilder dark = new StringBuilder(".paper{fill:#15181c}.ink{fill:#e8eaed}.grid{");
    dark.append("stroke:#3a4048}.axis{stroke:#9aa3ad}");
    StringBuilder light = new StringBuilder(".paper{fill:#fff}.ink{fill:#1c2126}.grid{");
    light.append("stroke:#d9dee3}.axis{stroke:#59636e}.heading{font-weight:600}");
    for (int i = 0; i < Chart.STYLES; i++) {
      light.append(".s" + i + "{color:" + LIGHT.get(i) + "}");
      dark.append(".s" + i + "{color:" + DARK.get(i) + "}");
    }
    return light + "@media screen and (prefers-color-scheme:dark){" + dark + "}";
  }

  // ======== Axes ========

  private void axes() {
    for (Scale.Tick tick : x.ticks()) {
      double at = atX(tick.value());
      line("grid", at, top, at, bottom);
      text(at, bottom + 27, "middle", "ink", tick.label());
    }
    for (Scale.Tick tick : y.ticks()) {
      double at = atY(tick.value());
      line("grid", left, at, right, at);
      text(left - 18, at + 7, "end", "ink", tick.label());
    }
    line("axis", left, bottom, right, bottom);
    line("axis", left, top, left, bottom);
    text((left + right) / 2.0, bottom + 57, "middle", "ink", named(chart.x()));
    if (!chart.hasRows()) {
      text(24, 62, "start", "ink", named(chart.y()));
    }
  }

  private static String named(Chart.Axis axis) {
    return axis.name() + (axis.logarithmic() ? " (logarithmic)" : "");
  }

  private double atX(double value) {
    return left + x.at(value) * (right - left);
  }

  private double atY(double value) {
    double share = y.at(value);
    return chart.hasRows() ? top + share * (bottom - top) : bottom - share * (bottom - top);
  }

  // ======== Series ========

  private void series(Chart.Series series) {
    int style = series.style() % Chart.STYLES;
    add("<g class=\"s%d\" fill=\"currentColor\" stroke=\"currentColor\">", style);
    List<Chart.Point> points = series.points();
    if (chart.connected()) {
      StringBuilder path = new StringBuilder();
      for (Chart.Point point : points) {
        path.append(format("%.1f,%.1f ", atX(point.x()), atY(point.y())));
      }
      add(
          "<polyline fill=\"none\" stroke-width=\"%s\" stroke-dasharray=\"%s\""
              + " stroke-linejoin=\"round\" points=\"%s\"/>",
          style == 4 ? "4" : "3", DASHES.get(style), path.toString().strip());
    }
    int every = (points.size() + MOST_MARKS - 1) / MOST_MARKS;
    for (int i = points.size() - 1; i >= 0; i -= every) {
      point(series, points.get(i));
    }
    add("</g>");
  }

  private void point(Chart.Series series, Chart.Point point) {
    add("<g><title>%s</title>", escape(series.name() + ": " + values(point)));
    if (point.error() > 0) {
      if (chart.hasRows()) {
        double row = atY(point.y());
        errorBar(atX(point.x() - point.error()), row, atX(point.x() + point.error()), row);
      } else {
        double column = atX(point.x());
        errorBar(column, atY(point.y() - point.error()), column, atY(point.y() + point.error()));
      }
    }
    mark(series.style() % Chart.STYLES, atX(point.x()), atY(point.y()));
    add("</g>");
  }

  private String values(Chart.Point point) {
    String error = point.error() > 0 ? " \u00B1 " + Numbers.shown(point.error()) : "";
    return chart.hasRows()
        ? named(y, point.y()) + ", " + Numbers.shown(point.x()) + error
        : named(x, point.x()) + ", " + Numbers.shown(point.y()) + error;
  }

  private static String named(Scale scale, double value) {
    return scale.axis().labels().isEmpty()
        ? Numbers.shown(value)
        : scale.axis().labels().get((int) Math.round(value) - 1);
  }

  private void errorBar(double fromX, double fromY, double toX, double toY) {
    double capX = fromX == toX ? 7 : 0;
    double capY = fromY == toY ? 7 : 0;
    add(
        "<path fill=\"none\" stroke-width=\"2\" d=\"M%.1f,%.1fL%.1f,%.1f"
            + "M%.1f,%.1fL%.1f,%.1fM%.1f,%.1fL%.1f,%.1f\"/>",
        fromX,
        fromY,
        toX,
        toY,
        fromX - capX,
        fromY - capY,
        fromX + capX,
        fromY + capY,
        toX - capX,
        toY - capY,
        toX + capX,
        toY + capY);
  }

  private void mark(int style, double atX, double atY) {
    switch (style) {
      case 0 -> shape(atX, atY, "M-7,-7H7V7H-7Z", "currentColor");
      case 1 -> shape(atX, atY, "M0,-10L10,0L0,10L-10,0Z", "currentColor");
      case 2 -> shape(atX, atY, "M0,-9L9,7H-9Z", "currentColor");
      case 3 -> shape(atX, atY, "M-7,-7L7,7M7,-7L-7,7", "none");
      case 4 -> circle(atX, atY, "currentColor");
      case 5 -> circle(atX, atY, "var(--paper)");
      case 6 -> shape(atX, atY, "M-9,0H9M0,-9V9", "none");
      default -> shape(atX, atY, "M-7,-7H7V7H-7Z", "var(--paper)");
    }
  }

  private void shape(double atX, double atY, String path, String fill) {
    add(
        "<path transform=\"translate(%.1f %.1f)\" stroke-width=\"3\" %s d=\"%s\"/>",
        atX, atY, fill(fill), path);
  }

  private void circle(double atX, double atY, String fill) {
    add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"7.5\" stroke-width=\"3\" %s/>", atX, atY, fill(fill));
  }

  private static String fill(String fill) {
    return fill.startsWith("var") ? "class=\"paper\"" : "fill=\"" + fill + "\"";
  }

  // ======== Captions ========

  /** The place of a caption. */
  private record Caption(Chart.Series series, double atX, double atY) {}

  /**
   * Draws a caption at the end of each line; captions of lines that end close together move apart.
   */
  private void captions() {
    List<Caption> wanted = new ArrayList<>();
    for (Chart.Series series : chart.series()) {
      Chart.Point last = series.points().get(series.points().size() - 1);
      wanted.add(new Caption(series, atX(last.x()) + GAP, atY(last.y()) + 7));
    }
    wanted.sort(Comparator.comparingDouble(Caption::atY));
    // Moves each below the one before it, and then up again from the lower edge.
    double[] at = wanted.stream().mapToDouble(Caption::atY).toArray();
    for (int i = 1; i < at.length; i++) {
      if (overlap(wanted.get(i - 1), wanted.get(i))) {
        at[i] = Math.max(at[i], at[i - 1] + CAPTION_HEIGHT);
      }
    }
    double lowest = bottom;
    for (int i = at.length - 1; i >= 0; i--) {
      at[i] = Math.min(at[i], lowest);
      lowest = i > 0 && overlap(wanted.get(i - 1), wanted.get(i)) ? at[i] - CAPTION_HEIGHT : bottom;
    }
    for (int i = 0; i < at.length; i++) {
      Caption caption = wanted.get(i);
      add("<g class=\"s%d\">", caption.series().style() % Chart.STYLES);
      add(
          "<text class=\"heading\" fill=\"currentColor\" x=\"%.1f\" y=\"%.1f\">%s</text></g>",
          caption.atX(), at[i], escape(caption.series().name()));
    }
  }

  /** Returns whether captions at the same height would overlap. */
  private static boolean overlap(Caption one, Caption other) {
    double distance = other.atX() - one.atX();
    String first = distance < 0 ? other.series().name() : one.series().name();
    return Math.abs(distance) < first.length() * LETTER_WIDTH;
  }

  /**
   * Returns the places of the legend: from left to right, and on the next line when one is full.
   */
  private List<Caption> legendFrom(double firstX) {
    List<Caption> legend = new ArrayList<>();
    double atX = firstX;
    double atY = TOP + 4;
    for (Chart.Series series : chart.series()) {
      double width = width(series.name()) + 4 * GAP;
      if (atX + width > WIDTH && atX > firstX) {
        atX = firstX;
        atY += CAPTION_HEIGHT;
      }
      legend.add(new Caption(series, atX, atY));
      atX += width;
    }
    return legend;
  }

  private void legend() {
    for (Caption caption : legendFrom(left + 2 * GAP)) {
      int style = caption.series().style() % Chart.STYLES;
      add("<g class=\"s%d\" fill=\"currentColor\" stroke=\"currentColor\">", style);
      mark(style, caption.atX() - GAP - 4, caption.atY() - 7);
      add("</g>");
      text(caption.atX(), caption.atY(), "start", "ink", caption.series().name());
    }
  }

  // ======== SVG ========

  private static int longest(List<String> texts) {
    return texts.stream().mapToInt(SvgPlot::width).max().orElse(0);
  }

  /** Returns the approximate width of a text: the fonts of the reader's machine are unknown. */
  private static int width(String text) {
    return (int) (text.length() * LETTER_WIDTH);
  }

  private void line(String type, double fromX, double fromY, double toX, double toY) {
    add(
        "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
        type, fromX, fromY, toX, toY);
  }

  private void text(double atX, double atY, String anchor, String type, String text) {
    add(
        "<text class=\"ink %s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>",
        type, atX, atY, anchor, escape(text));
  }

  private void add(String format, Object... arguments) {
    svg.append(format(format, arguments)).append('\n');
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }

  /** Escapes a text for XML and HTML. */
  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
