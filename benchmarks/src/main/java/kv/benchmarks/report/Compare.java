package kv.benchmarks.report;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kv.benchmarks.harness.Numbers;
import kv.benchmarks.harness.Score;

/**
 * Compares a run with an earlier one: which measurements became faster or slower. Both runs are
 * read from JMH's JSON, which contains every round.
 *
 * <p>Two means differ if their error intervals do not overlap. This test is careful: it may miss a
 * small difference, and rarely reports a false one. It knows the noise within a run, but not the
 * changes between the runs, such as another machine, another JDK, or a fuller disk.
 */
public final class Compare {
  private static final String NO_DIFFERENCE = "no difference beyond the noise";

  private Compare() {}

  /**
   * One measurement of a run.
   *
   * @param higherIsBetter whether the score is a rate, and not a time
   */
  public record Measurement(Score score, String unit, boolean higherIsBetter) {}

  /**
   * Reads a file of JMH's results.
   *
   * @return the measurements, by the names of the benchmarks with their parameters
   * @throws IOException if the file cannot be read, or is not in JMH's format
   */
  public static Map<String, Measurement> read(Path file) throws IOException {
    try (Reader reader = Files.newBufferedReader(file)) {
      Map<String, Measurement> run = new LinkedHashMap<>();
      for (JsonElement one : JsonParser.parseReader(reader).getAsJsonArray()) {
        JsonObject benchmark = one.getAsJsonObject();
        run.put(name(benchmark), measurement(benchmark));
      }
      return run;
    } catch (NoSuchFileException e) {
      throw new IOException("there is no file " + file, e);
    } catch (JsonParseException | IllegalStateException | NullPointerException e) {
      throw new IOException(file + " is not a file of JMH's results in JSON", e);
    }
  }

  private static String name(JsonObject benchmark) {
    String method = benchmark.get("benchmark").getAsString();
    StringBuilder name = new StringBuilder(method.replaceAll("^.*\\.(.+\\..+)$", "$1"));
    if (benchmark.has("params")) {
      for (var parameter : benchmark.getAsJsonObject("params").entrySet()) {
        name.append(' ').append(parameter.getKey()).append('=');
        name.append(parameter.getValue().getAsString());
      }
    }
    int threads = benchmark.get("threads").getAsInt();
    return threads == 1 ? name.toString() : name + ", " + threads + " threads";
  }

  private static Measurement measurement(JsonObject benchmark) {
    JsonObject primary = benchmark.getAsJsonObject("primaryMetric");
    List<Double> rounds = new ArrayList<>();
    for (JsonElement fork : primary.getAsJsonArray("rawData")) {
      fork.getAsJsonArray().forEach(round -> rounds.add(round.getAsDouble()));
    }
    return new Measurement(
        new Score(rounds),
        primary.get("scoreUnit").getAsString(),
        benchmark.get("mode").getAsString().equals("thrpt"));
  }

  /** Returns a table with a row for each measurement that is in both runs. */
  public static Table table(Map<String, Measurement> before, Map<String, Measurement> now) {
    Table table = new Table("measured in both runs", "before", "now", "since then");
    now.forEach(
        (name, after) -> {
          Measurement old = before.get(name);
          if (old != null && old.unit().equals(after.unit())) {
            table.row(
                List.of(
                    name,
                    shown(old.score()),
                    shown(after.score()) + " " + after.unit(),
                    verdict(old, after)));
          }
        });
    return table;
  }

  private static String shown(Score score) {
    String mean = Numbers.shown(score.mean());
    return Double.isNaN(score.error()) ? mean : mean + " +- " + Numbers.shown(score.error());
  }

  /** Compares a measurement with the same one in a later run, in words. */
  static String verdict(Measurement before, Measurement now) {
    double distance = Math.abs(now.score().mean() - before.score().mean());
    // The error of a single round is NaN, so that the comparison is false.
    if (!(distance > before.score().error() + now.score().error())) {
      return NO_DIFFERENCE;
    }
    double factor = now.score().mean() / before.score().mean();
    boolean faster = factor > 1 == now.higherIsBetter();
    return Numbers.shown(Math.max(factor, 1 / factor)) + " x as " + (faster ? "fast" : "slow");
  }
}
