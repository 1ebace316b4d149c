package kv.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import kv.cluster.Operation.Kind;
import kv.cluster.Operation.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Histories that are linearizable, and histories that are not. */
class LinearizabilityCheckerTest {
  private static Operation operation(
      Kind kind, String value, long invoked, long completed, Outcome outcome) {
    return new Operation(0, "n1", kind, "key", value, invoked, completed, outcome);
  }

  private static Operation set(String value, long invoked, long completed) {
    return operation(Kind.SET, value, invoked, completed, Outcome.OK);
  }

  private static Operation unknown(String value, long invoked, long completed) {
    return operation(Kind.SET, value, invoked, completed, Outcome.UNKNOWN);
  }

  private static Operation get(String value, long invoked, long completed) {
    return operation(Kind.GET, value, invoked, completed, Outcome.OK);
  }

  private static Operation incr(int reply, long invoked, long completed) {
    return operation(Kind.INCR, String.valueOf(reply), invoked, completed, Outcome.OK);
  }

  private static void assertGood(Operation... history) {
    assertNull(LinearizabilityChecker.check(List.of(history)));
  }

  private static void assertBad(Operation... history) {
    assertNotNull(LinearizabilityChecker.check(List.of(history)));
  }

  @Test
  void operationsInSuccessionHaveOneOrder() {
    assertGood();
    assertGood(get(null, 0, 1), set("a", 2, 3), get("a", 4, 5), set("b", 6, 7), get("b", 8, 9));
    assertBad(set("a", 0, 1), get(null, 2, 3));
  }

  @Test
  void aReadDuringAWriteReturnsEitherValue() {
    assertGood(set("a", 0, 1), set("b", 2, 9), get("a", 3, 4), get("b", 5, 6));
    assertBad(set("a", 0, 1), set("b", 2, 9), get("b", 3, 4), get("a", 5, 6));
  }

  @Test
  void aStaleReadIsNotLinearizable() {
    assertBad(set("a", 0, 1), set("b", 2, 3), get("a", 4, 5));
  }

  @Test
  void aLostWriteIsNotLinearizable() {
    assertBad(set("a", 0, 1), set("b", 2, 3), get("b", 4, 5), get("a", 6, 7));
    assertBad(set("a", 0, 1), get(null, 2, 3), get(null, 4, 5));
  }

  @Test
  void aValueThatWasNeverWrittenIsNotLinearizable() {
    assertBad(set("a", 0, 1), get("b", 2, 3));
    assertBad(operation(Kind.SET, "a", 0, 1, Outcome.FAILED), get("a", 2, 3));
  }

  @Test
  void aReadBeforeItsWriteIsNotLinearizable() {
    assertBad(get("a", 0, 1), set("a", 2, 3));
    assertBad(get("a", 0, 1), unknown("a", 2, 3));
  }

  @Test
  void anUnknownWriteTakesEffectLateOrNever() {
    assertGood(set("a", 0, 1), unknown("b", 2, 3), get("a", 4, 5), get("a", 6, 7));
    assertGood(set("a", 0, 1), unknown("b", 2, 3), get("a", 4, 5), get("b", 6, 7));
    assertGood(unknown("b", 0, 1), set("a", 2, 3), get("a", 4, 5), get("b", 6, 7));
  }

  @Test
  void anUnknownWriteTakesEffectOnce() {
    assertBad(unknown("b", 0, 1), get("b", 2, 3), set("a", 4, 5), get("a", 6, 7), get("b", 8, 9));
    assertBad(set("a", 0, 1), unknown("b", 2, 3), get("b", 4, 5), get("a", 6, 7));
  }

  @Test
  void twoReadersSeeTwoWritesInTheSameOrder() {
    assertBad(set("a", 0, 9), set("b", 0, 9), get("a", 10, 11), get("b", 12, 13));
    assertBad(set("a", 0, 20), set("b", 0, 20), get("a", 1, 2), get("b", 3, 4), get("a", 5, 6));
    assertGood(set("a", 0, 20), set("b", 0, 20), get("a", 1, 2), get("b", 3, 4));
  }

  @Test
  void readsThatFailedProveNothing() {
    assertGood(set("a", 0, 1), operation(Kind.GET, null, 2, 3, Outcome.FAILED));
  }

  @Test
  void aValueWrittenTwiceIsRefused() {
    List<Operation> twice = List.of(set("a", 0, 1), set("a", 2, 3));
    assertThrows(IllegalArgumentException.class, () -> LinearizabilityChecker.check(twice));
  }

  /**
   * A history of a register with up to eight operations at a time. Each takes effect at a known
   * time.
   *
   * @param stale whether one read returns a value that was replaced long before
   */
  private static List<Operation> simulated(long seed, boolean stale) {
    Random random = new Random(seed);
    List<Operation> history = new ArrayList<>();
    String value = null;
    for (int i = 0; i < 1500; i++) {
      long invoked = i * 10L - random.nextInt(40);
      long completed = i * 10L + random.nextInt(40);
      boolean lost = i < 700 && random.nextInt(50) == 0;
      if (i % 2 == 0) {
        value = "v" + i;
        history.add(lost ? unknown(value, invoked, invoked) : set(value, invoked, completed));
      } else {
        history.add(get(stale && i == 1001 ? "v900" : value, invoked, completed));
      }
    }
    return history;
  }

  @Test
  void aLongHistoryIsCheckedQuickly() {
    for (int seed = 0; seed < 3; seed++) {
      assertNull(LinearizabilityChecker.check(simulated(seed, false)));
      assertNotNull(LinearizabilityChecker.check(simulated(seed, true)));
    }
  }

  @Test
  void aCounterCountsEachIncrementOnce() {
    Operation lost = operation(Kind.INCR, null, 4, 5, Outcome.UNKNOWN);
    assertNull(CounterChecker.check(List.of(incr(1, 0, 1), incr(2, 2, 3), get("2", 8, 9))));
    assertNull(CounterChecker.check(List.of(incr(1, 0, 1), lost, get("1", 8, 9))));
    assertNull(CounterChecker.check(List.of(incr(1, 0, 1), lost, get("2", 8, 9))));
    assertNotNull(CounterChecker.check(List.of(incr(1, 0, 1), lost, get("3", 8, 9))));
    assertNotNull(CounterChecker.check(List.of(incr(1, 0, 1), incr(2, 2, 3), get("1", 8, 9))));
    assertNotNull(CounterChecker.check(List.of(incr(1, 0, 1), incr(1, 2, 3))));
    assertNotNull(CounterChecker.check(List.of(incr(2, 0, 1), incr(1, 2, 3))));
    assertNull(CounterChecker.check(List.of(incr(2, 0, 3), incr(1, 1, 2))));
  }

  @Test
  void aGapBeginsWithTheFault(@TempDir Path folder) throws Exception {
    History history = new History();
    history.add(set("a", 0, 10));
    history.add(set("b", 10, 20));
    history.add(unknown("c", 20, 60));
    history.add(get("b", 50, 75));
    history.add(get("b", 80, 90));
    assertEquals(55, history.longestGap(operation -> true, 15));
    assertEquals(45, history.longestGap(operation -> true, 30));
    Path file = folder.resolve("history.tsv");
    history.writeTo(file);
    assertEquals(6, Files.readAllLines(file).size());
    assertTrue(Files.readString(file).contains("\tUNKNOWN\tSET\tkey\tc\n"));
  }
}
