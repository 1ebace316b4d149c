package kv.benchmarks.report;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import kv.benchmarks.harness.Score;

/**
 * The contents of a chart. {@link SvgPlot} and {@link TextPlot} draw it.
 *
 * @param title the title
 * @param x the axis to the right
 * @param y the axis upwards; with labels it goes downwards, and errors are along x
 * @param connected whether a series is a line; otherwise it is separate points
 * @param series the series to compare
 */
public record Chart(String title, Axis x, Axis y, boolean connected, List<Series> series) {
  /** The number of different styles; further ones repeat. */
  static final int STYLES = 8;

  public Chart {
    Set<Integer> styles = new HashSet<>();
    for (Series one : series) {
      if (!styles.add(one.style() % STYLES)) {
        throw new IllegalArgumentException(
            "\"" + one.name() + "\" has the style of another series in \"" + title + "\"");
      }
    }
  }

  /**
   * An axis.
   *
   * @param name the name, with the unit
   * @param logarithmic whether equal distances are equal factors
   * @param labels the labels of 1, 2, 3 and so on; empty for an axis of numbers
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
   * @param error the half length of the error bar; 0 or NaN for none
   */
  public record Point(double x, double y, double error) {
    public Point(double x, double y) {
      this(x, y, 0);
    }

    /** Returns a score's median, with the largest distance of a round from it as the error. */
    public static Point of(double x, Score score) {
      return new Point(x, score.median(), score.distance());
    }
  }

  /**
   * The points of one store, or of one way to measure.
   *
   * @param name the caption
   * @param style mark, colour and dashes, 0 to {@link #STYLES} - 1: a store has the same style in
   *     every chart
   * @param points the points, from left to right or from top to bottom
   */
  public record Series(String name, int style, List<Point> points) {
    /** Returns a series whose points are at 1, 2, 3 and so on. */
    public static Series of(String name, int style, List<Score> scores) {
      List<Point> points = new ArrayList<>();
      for (Score score : scores) {
        points.add(Point.of(points.size() + 1, score));
      }
      return new Series(name, style, points);
    }

    /** Returns a series whose points are in the rows 1, 2, 3 and so on. */
    public static Series rows(String name, int style, List<Score> scores) {
      List<Point> points = new ArrayList<>();
      for (Score score : scores) {
        Point upwards = Point.of(points.size() + 1, score);
        points.add(new Point(upwards.y(), upwards.x(), upwards.error()));
      }
      return new Series(name, style, points);
    }
  }

  /** Returns whether y has labels, each of which is a row. */
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
          // An error that exceeds the value does not extend the axis below 0.
          values.add(value > 0 ? Math.max(0, value - point.error()) : value - point.error());
        }
      }
    }
    return Scale.of(axis, values, upwards != hasRows());
  }
}
