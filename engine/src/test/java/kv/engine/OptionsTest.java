package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kv.engine.Options.SyncPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {
  @Test
  void theDefaultIsAsDocumented() {
    assertEquals(
        new Options(67_108_864, SyncPolicy.EVERY_SECOND, 0.5, true, false), Options.DEFAULT);
  }

  @Test
  void aWitherChangesOneOption() {
    Options options = new Options(5_000, SyncPolicy.NEVER, 0.25, false, false);

    assertEquals(
        new Options(6_000, SyncPolicy.NEVER, 0.25, false, false), options.withSegmentSize(6_000));
    assertEquals(
        new Options(5_000, SyncPolicy.ALWAYS, 0.25, false, false),
        options.withSync(SyncPolicy.ALWAYS));
    assertEquals(
        new Options(5_000, SyncPolicy.NEVER, 0.75, false, false), options.withMergeThreshold(0.75));
    assertEquals(
        new Options(5_000, SyncPolicy.NEVER, 0.25, true, false), options.withAutomaticMerge(true));
    assertEquals(new Options(5_000, SyncPolicy.NEVER, 0.25, false, false), options);
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 4097, 1 << 30})
  void takesSegmentsOf4KibTo1Gib(int bytes) {
    assertEquals(bytes, Options.DEFAULT.withSegmentSize(bytes).segmentSize());
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 4095, (1 << 30) + 1, Integer.MAX_VALUE})
  void refusesOtherSegmentSizesAndNamesTheRange(int bytes) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Options.DEFAULT.withSegmentSize(bytes));

    assertEquals(
        "the segment size is " + bytes + " bytes; it must be 4096 to 1073741824", e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.MIN_VALUE, 0.5, 1})
  void takesAShareAbove0AndAtMost1(double share) {
    assertEquals(share, Options.DEFAULT.withMergeThreshold(share).mergeThreshold());
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -0.0, -1, 1.0000001, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesOtherSharesAndNamesTheRange(double share) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> Options.DEFAULT.withMergeThreshold(share));

    assertTrue(e.getMessage().contains("must be above 0 and at most 1"), e.getMessage());
    assertTrue(e.getMessage().contains("" + share), e.getMessage());
  }

  @Test
  void refusesNull() {
    assertThrows(NullPointerException.class, () -> Options.DEFAULT.withSync(null));
  }
}
