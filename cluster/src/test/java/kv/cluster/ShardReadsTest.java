package kv.cluster;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which answers show that a leader was not replaced. */
class ShardReadsTest {
  private static final Set<String> THREE = Set.of("n1", "n2", "n3");
  private static final Set<String> FIVE = Set.of("n1", "n2", "n3", "n4", "n5");

  private static boolean isConfirmed(List<Set<String>> nodes, Map<String, Long> terms) {
    return new ShardReads.Answer(7, nodes, List.of()).isConfirmedBy(terms);
  }

  @Test
  void aMajorityInTheTermOfTheLeaderConfirmsIt() {
    assertTrue(isConfirmed(List.of(THREE), Map.of("n1", 7L, "n2", 7L)));
    assertTrue(isConfirmed(List.of(FIVE), Map.of("n1", 7L, "n4", 7L, "n5", 7L)));
  }

  @Test
  void theLeaderAloneIsNotEnough() {
    assertFalse(isConfirmed(List.of(THREE), Map.of("n1", 7L)));
    assertFalse(isConfirmed(List.of(FIVE), Map.of("n1", 7L, "n2", 7L)));
  }

  @Test
  void aNodeThatVotedInALaterTermConfirmsNothing() {
    assertFalse(isConfirmed(List.of(THREE), Map.of("n1", 7L, "n2", 8L, "n3", 8L)));
    assertTrue(isConfirmed(List.of(THREE), Map.of("n1", 7L, "n2", 8L, "n3", 7L)));
  }

  @Test
  void aNodeThatHasNotHeardOfTheLeaderHasNotVotedForALaterOne() {
    assertTrue(isConfirmed(List.of(THREE), Map.of("n1", 7L, "n2", 6L)));
  }

  @Test
  void aNodeThatIsNotOneOfTheShardDoesNotCount() {
    assertFalse(isConfirmed(List.of(THREE), Map.of("n1", 7L, "n4", 7L)));
  }

  @Test
  void duringAChangeOfNodesBothMajoritiesMustConfirm() {
    Set<String> next = Set.of("n1", "n4", "n5");
    assertFalse(isConfirmed(List.of(next, THREE), Map.of("n1", 7L, "n2", 7L)));
    assertFalse(isConfirmed(List.of(next, THREE), Map.of("n1", 7L, "n4", 7L, "n5", 7L)));
    assertTrue(isConfirmed(List.of(next, THREE), Map.of("n1", 7L, "n2", 7L, "n5", 7L)));
  }
}
