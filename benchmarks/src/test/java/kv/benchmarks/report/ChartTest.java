package kv.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kv.benchmarks.harness.Score;
import kv.benchmarks.report.Chart.Axis;
import kv.benchmarks.report.Chart.Point;
import kv.benchmarks.report.Chart.Series;
import org.junit.jupiter.api.Test;

class ChartTest {
  @Test
  void twoSeriesWithTheSameStyleAreRefused() {
    Series one = new Series("one", 1, List.of(new Point(1, 1)));
    Series other = new Series("other", 1 + Chart.STYLES, List.of(new Point(1, 2)));

    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> chart(List.of(one, other)));
    assertTrue(e.getMessage().contains("\"other\""), e.getMessage());
  }

  @Test
  void stylesDifferWithoutTheirColours() {
    Set<String> looks = new HashSet<>();
    for (int style = 0; style < Chart.STYLES; style++) {
      Series series = new Series("a", style, List.of(new Point(1, 1), new Point(2, 2)));
      Matcher drawn =
          Pattern.compile("(?s)<g class=\"s\\d\" fill.*?</g>\n</g>")
              .matcher(SvgPlot.draw(chart(List.of(series))));
      assertTrue(drawn.find());
      looks.add(drawn.group().replaceFirst("class=\"s\\d\"", ""));
    }
    assertEquals(Chart.STYLES, looks.size());
  }

  @Test
  void thePointOfAScoreIsItsMedianWithAnErrorBarToTheFarthestRound() {
    assertEquals(new Point(7, 100, 300), Point.of(7, new Score(90, 100, 400)));
    assertEquals(new Point(7, 100, 0), Point.of(7, new Score(100)));
  }

  private static Chart chart(List<Series> series) {
    return new Chart("Two", Axis.linear("x"), Axis.linear("y"), true, series);
  }
}
