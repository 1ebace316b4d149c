package kv.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The scale of an axis: the position of a value, and the values with a label.
 *
 * @param axis the axis
 * @param from the value at the axis's start
 * @param to the value at the axis's end
 * @param ticks the values with a label
 */
public record Scale(Chart.Axis axis, double from, double to, List<Tick> ticks) {
  private static final List<Integer> ROUND = List.of(1, 2, 5, 10);
  private static final int MOST_TICKS = 7;

  /** A value with its label. */
  record Tick(double value, String label) {}

  /**
   * Returns a scale with room for some values.
   *
   * @param measured whether the axis begins and ends with round numbers; otherwise with the values
   */
  static Scale of(Chart.Axis axis, List<Double> values, boolean measured) {
    if (!axis.labels().isEmpty()) {
      List<Tick> ticks = new ArrayList<>();
      for (String label : axis.labels()) {
        ticks.add(new Tick(ticks.size() + 1, label));
      }
      return new Scale(axis, 0.5, ticks.size() + 0.5, ticks);
    }
    // A logarithmic axis has no place for 0 and below.
    List<Double> drawn =
        values.stream().filter(value -> !axis.logarithmic() || value > 0).sorted().toList();
    double least = drawn.get(0);
    double most = drawn.get(drawn.size() - 1);
    return axis.logarithmic()
        ? logarithmic(axis, least, most, measured)
        : linear(axis, least, most, measured);
  }

  /** Returns the position of a value: 0 at the axis's start or before, 1 at its end. */
  double at(double value) {
    double bounded = Math.max(value, from);
    if (axis.logarithmic()) {
      return Math.log(bounded / from) / Math.log(to / from);
    }
    return (bounded - from) / (to - from);
  }

  private static Scale logarithmic(Chart.Axis axis, double least, double most, boolean measured) {
    double from = measured ? roundDown(least) : least;
    double to = measured ? roundUp(most) : most;
    if (to <= from) {
      to = 10 * from;
    }
    boolean decades = to / from > 50;
    List<Tick> ticks = new ArrayList<>();
    for (double decade = decade(from); decade <= to * 1.001; decade *= 10) {
      for (int digit : decades ? List.of(1) : List.of(1, 2, 5)) {
        double value = digit * decade;
        if (value >= from * 0.999 && value <= to * 1.001) {
          ticks.add(tick(value));
        }
      }
    }
    return new Scale(axis, from, to, ticks);
  }

  private static Scale linear(Chart.Axis axis, double least, double most, boolean measured) {
    double from = measured ? Math.min(0, least) : least;
    double to = most > from ? most : from + 1;
    double step = decade((to - from) / MOST_TICKS);
    for (int digit : ROUND) {
      if ((to - from) / (digit * step) <= MOST_TICKS) {
        step *= digit;
        break;
      }
    }
    if (measured) {
      from = step * Math.floor(from / step);
      to = step * Math.ceil(to / step);
    }
    List<Tick> ticks = new ArrayList<>();
    for (double n = Math.ceil(from / step); n * step <= to + step / 1000; n++) {
      // Adding 0 turns -0 into 0.
      ticks.add(tick(n * step + 0.0));
    }
    return new Scale(axis, from, to, ticks);
  }

  /** Returns 2 for 3.7, 500 for 999. */
  private static double roundDown(double value) {
    double round = 0;
    for (int digit : ROUND) {
      round = digit * decade(value) <= value * 1.001 ? digit * decade(value) : round;
    }
    return round;
  }

  /** Returns 5 for 3.7, 1,000 for 999. */
  private static double roundUp(double value) {
    for (int digit : ROUND) {
      if (digit * decade(value) >= value * 0.999) {
        return digit * decade(value);
      }
    }
    throw new AssertionError(value);
  }

  private static double decade(double value) {
    return Math.pow(10, Math.floor(Math.log10(value) + 1e-9));
  }

  /** Returns a tick whose label has as many digits as it needs: 1,000 or 0.05. */
  private static Tick tick(double value) {
    String label = String.format(Locale.ROOT, "%,.6f", value);
    return new Tick(value, label.replaceAll("\\.?0+$", ""));
  }
}
