package kv.benchmarks.report;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import kv.benchmarks.harness.Score;

/**
 * What is to be drawn: see {@link SvgPlot} and {@link TextPlot} for how.
 *
 * @param title what the chart is of
 * @param x to the right
 * @param y upwards; if it has labels, downwards, and the errors are those of x
 * @param connected whether a series is a line; else its points stand for themselves
 * @param series what is compared
 */
public record Chart(String title, Axis x, Axis y, boolean connected, List<Series> series) {
  /** So many series look different; then styles repeat. */
  static final int STYLES = 8;

  public Chart {
    Set<Integer> styles = new HashSet<>();
    for (Series one : series) {
      if (!styles.add(one.style() % STYLES)) {
        throw new IllegalArgumentException(
            "\"" + one.name() + "\" looks like another series of \"" + title + "\"");
      }
    }
  }

  /**
   * An axis.
   *
   * @param name what is on it, with its unit
   * @param logarithmic whether a step is a factor
   * @param labels what is at 1, 2, 3 and so on; empty if numbers are
   */
  public record Axis(String name, boolean logarithmic, List<String> labels) {
    public static Axis linear(String name) {
      return new Axis(name, false, List.of());
    }

    public static Axis logarithmic(String name) {
      return new Axis(name, true, List.of());
    }

    public static Axis labelled(String name, List<String> labels) {
      return new Axis(name, false, List.copyOf(labels));
    }
  }

  /**
   * A point.
   *
   * @param error how far up and down the value may be; 0 or NaN draws none
   */
  public record Point(double x, double y, double error) {
    public Point(double x, double y) {
      this(x, y, 0);
    }

    /** The median of a score, with the largest distance of a round from it as the error. */
    public static Point of(double x, Score score) {
      return new Point(x, score.median(), score.distance());
    }
  }

  /**
   * Points that belong together.
   *
   * @param name the caption
   * @param style mark, colour and dashes, 0 to {@link #STYLES} - 1: the same thing has the same
   *     style in every chart
   */
  public record Series(String name, int style, List<Point> points) {
    /** A series whose points are at 1, 2, 3 and so on. */
    public static Series of(String name, int style, List<Score> scores) {
      List<Point> points = new ArrayList<>();
      for (Score score : scores) {
        points.add(Point.of(points.size() + 1, score));
      }
      return new Series(name, style, points);
    }

    /** A series whose points are in the rows 1, 2, 3 and so on. */
    public static Series rows(String name, int style, List<Score> scores) {
      List<Point> points = new ArrayList<>();
      for (Score score : scores) {
        Point upwards = Point.of(points.size() + 1, score);
        points.add(new Point(upwards.y(), upwards.x(), upwards.error()));
      }
      return new Series(name, style, points);
    }
  }

  /** Tells whether y has labels: each is a row then. */
  boolean hasRows() {
    return !y.labels().isEmpty();
  }

  Scale scaleX() {
    return scale(x, false);
  }

  Scale scaleY() {
    return scale(y, true);
  }

  private Scale scale(Axis axis, boolean upwards) {
    List<Double> values = new ArrayList<>();
    for (Series one : series) {
      for (Point point : one.points()) {
        double value = upwards ? point.y() : point.x();
        values.add(value);
        if (upwards != hasRows() && point.error() > 0) {
          values.add(value + point.error());
          // An error that is larger than what was measured does not make it negative.
          values.add(value > 0 ? Math.max(0, value - point.error()) : value - point.error());
        }
      }
    }
    return Scale.of(axis, values, upwards != hasRows());
  }
}
