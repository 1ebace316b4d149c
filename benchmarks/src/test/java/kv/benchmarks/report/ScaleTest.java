package kv.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ScaleTest {
  @Test
  void aMeasuredAxisEndsWithRoundNumbers() {
    Scale scale = Scale.of(Chart.Axis.linear("MB"), List.of(1.1, 10.7), true);

    assertEquals(0, scale.from());
    assertEquals(12, scale.to());
    assertEquals(List.of("0", "2", "4", "6", "8", "10", "12"), labels(scale));
  }

  @Test
  void anAxisOfGivenValuesEndsWithThem() {
    Scale scale = Scale.of(Chart.Axis.linear("overwrites"), List.of(-1.0, 10.0), false);

    assertEquals(0, scale.at(-1));
    assertEquals(1, scale.at(10));
    assertEquals(List.of("0", "2", "4", "6", "8", "10"), labels(scale));
  }

  @Test
  void equalFactorsAreEqualDistancesOnALogarithmicAxis() {
    Scale scale = Scale.of(Chart.Axis.logarithmic("keys"), List.of(1_000.0, 1e6), false);

    assertEquals(0, scale.at(1_000));
    assertEquals(1 / 3.0, scale.at(10_000), 1e-9);
    assertEquals(1, scale.at(1e6));
    assertEquals(List.of("1,000", "10,000", "100,000", "1,000,000"), labels(scale));
  }

  @Test
  void anAxisOfLessThanTwoDecadesHasMoreLabels() {
    Scale scale = Scale.of(Chart.Axis.logarithmic("us"), List.of(0.06, 1.6), true);

    assertEquals(List.of("0.05", "0.1", "0.2", "0.5", "1", "2"), labels(scale));
  }

  @Test
  void anErrorThatReachesBelowZeroEndsAtTheEdgeOfALogarithmicAxis() {
    Scale scale = Scale.of(Chart.Axis.logarithmic("us"), List.of(-3.0, 2.0, 7.0), true);

    assertEquals(2, scale.from());
    assertEquals(0, scale.at(-3));
  }

  @Test
  void anErrorThatReachesBelowZeroEndsAtZeroOfALinearAxis() {
    Chart.Series series = new Chart.Series("noisy", 0, List.of(new Chart.Point(1, 10, 30)));
    Chart chart =
        new Chart("", Chart.Axis.linear("x"), Chart.Axis.linear("us"), true, List.of(series));

    assertEquals(0, chart.scaleY().from());
    assertEquals(0, chart.scaleY().at(-20));
    assertEquals(1, chart.scaleY().at(40));
  }

  @Test
  void anAxisCanHaveASingleValue() {
    for (boolean measured : List.of(true, false)) {
      for (double value : List.of(0.0, 1.0, 7.0)) {
        double at = Scale.of(Chart.Axis.linear("x"), List.of(value), measured).at(value);
        assertTrue(at >= 0 && at <= 1, "" + at);
      }
      double at = Scale.of(Chart.Axis.logarithmic("x"), List.of(10.0), measured).at(10);
      assertTrue(at >= 0 && at <= 1, "" + at);
    }
  }

  @Test
  void labelsAreInTheMiddleOfTheirPlaces() {
    Scale scale = Scale.of(Chart.Axis.labelled("step", List.of("a", "b")), List.of(), true);

    assertEquals(0.25, scale.at(1));
    assertEquals(0.75, scale.at(2));
    assertEquals(List.of("a", "b"), labels(scale));
  }

  private static List<String> labels(Scale scale) {
    return scale.ticks().stream().map(Scale.Tick::label).toList();
  }
}
