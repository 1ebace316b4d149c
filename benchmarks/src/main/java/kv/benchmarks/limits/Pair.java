package kv.benchmarks.limits;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import kv.benchmarks.harness.BenchmarkCase;
import kv.benchmarks.harness.Ratio;
import kv.benchmarks.harness.Score;

/**
 * A row of the table: the same operation by hand and by the engine.
 *
 * @param name the name of the operation
 * @param byHand the operation without a store
 * @param engine the store's operation
 */
record Pair(String name, BenchmarkCase byHand, BenchmarkCase engine) {
  /** The unit of a batch; other cases are measured per second. */
  private static final String BATCH_UNIT = "ms";

  /** Returns a case that is measured by the time of a batch: one operation for each key. */
  static BenchmarkCase batch(String operation, Class<?> benchmark, String method, int keys) {
    return BenchmarkCase.of(
        String.format(Locale.ROOT, "%s, all %,d", operation, keys),
        BATCH_UNIT,
        benchmark,
        method,
        Map.of("keys", "" + keys));
  }

  /** Returns a case that is measured by the number of operations until the time is up. */
  static BenchmarkCase rate(
      String operation, Class<?> benchmark, String method, int keys, int threads) {
    return BenchmarkCase.of(
            named(operation, threads), "/s", benchmark, method, Map.of("keys", "" + keys))
        .withThreads(threads);
  }

  static String named(String operation, int threads) {
    return operation + (threads > 1 ? ", " + threads + " threads" : "");
  }

  /** Returns the results in operations per second. */
  Rates rates(Map<BenchmarkCase, Score> scores, int keys) {
    return new Rates(name, perSecond(scores, byHand, keys), perSecond(scores, engine, keys));
  }

  private static Score perSecond(Map<BenchmarkCase, Score> scores, BenchmarkCase one, int keys) {
    Score score = scores.get(one);
    return one.unit().equals(BATCH_UNIT)
        ? score.map(milliseconds -> keys / milliseconds * TimeUnit.SECONDS.toMillis(1))
        : score;
  }

  /** The results of a pair, in operations per second. */
  record Rates(String name, Score byHand, Score engine) {
    Ratio ratio() {
      return Ratio.of(engine, byHand);
    }
  }
}
