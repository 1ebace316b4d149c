package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentNameTest {
  private static final Path DIRECTORY = Path.of("data");

  @ParameterizedTest
  @CsvSource({
    "1, 1, 0, 000001-000001.0",
    "1, 4, 1, 000001-000004.1",
    "999999, 1000000, 12, 999999-1000000.12",
    "123456789, 999999999, 999999999, 123456789-999999999.999999999"
  })
  void hasOneSpellingAndIsParsedBack(int first, int last, int generation, String text) {
    SegmentName name = new SegmentName(first, last, generation);

    assertEquals(text, name.toString());
    assertEquals(name, SegmentName.parse(text));
    assertEquals(DIRECTORY.resolve(text + ".data"), name.data(DIRECTORY));
    assertEquals(DIRECTORY.resolve(text + ".hint"), name.hint(DIRECTORY));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "notes",
        "1-1.0",
        "000001",
        "000001-000001",
        "000001.0",
        "000001-000001.",
        "000001-000001.-1",
        "000001-000001.0.0",
        "000001-000001.00",
        "000001-000001.01",
        "0000001-0000001.0",
        "000000-000000.0",
        "000000-000001.1",
        "000002-000001.1",
        "-00001-000001.0",
        " 000001-000001.0",
        "000001-000001.0 ",
        "000001-000001.0\n",
        "00000a-00000a.0",
        "٠٠٠٠٠١-٠٠٠٠٠١.٠",
        "1000000000-1000000000.0",
        "99999999999-99999999999.0",
        "000001-000001.9999999999"
      })
  void otherTextsAreNotNames(String text) {
    assertNull(SegmentName.parse(text));
  }

  @ParameterizedTest
  @CsvSource({"1, 1000000000, 0", "1000000000, 1000000000, 0", "1, 1, 1000000000"})
  void aNameThatAnOpenCouldNotParseIsRefused(int first, int last, int generation) {
    SegmentName name = new SegmentName(first, last, generation);
    assertNull(SegmentName.parse(name.toString()));

    IOException e = assertThrows(IOException.class, name::requireReadable);

    assertTrue(e.getMessage().contains(name + " has a number over 9 digits"), e.getMessage());
  }

  @Test
  void aFreshSegmentHasGeneration0AndAMergeOneMoreThanItsInputs() {
    assertEquals(name("000007-000007.0"), SegmentName.fresh(7));
    assertEquals(
        name("000002-000007.4"),
        SegmentName.merged(names("000002-000004.1 000005-000006.3 000007-000007.0")));
    assertEquals(name("000003-000003.1"), SegmentName.merged(names("000003-000003.0")));
  }

  @ParameterizedTest
  @CsvSource({
    "000001-000004.1, 000001-000004.0, true",
    "000001-000004.1, 000001-000001.0, true",
    "000001-000004.1, 000004-000004.0, true",
    "000001-000004.2, 000002-000003.1, true",
    "000001-000004.1, 000001-000004.1, false",
    "000001-000004.0, 000002-000002.1, false",
    "000001-000004.1, 000004-000005.0, false",
    "000002-000004.1, 000001-000002.0, false",
    "000001-000004.1, 000005-000005.0, false"
  })
  void coversOlderSegmentsInItsRange(String covering, String covered, boolean covers) {
    assertEquals(covers, name(covering).covers(name(covered)));
  }

  @ParameterizedTest
  @CsvSource({
    "'', ''",
    "000001-000001.0, 000001-000001.0",
    "000001-000001.0 000002-000002.0, 000001-000001.0 000002-000002.0",
    // A crash left all or some of the inputs of a merge.
    "000001-000002.1 000001-000001.0 000002-000002.0 000003-000003.0,"
        + " 000001-000002.1 000003-000003.0",
    "000001-000002.1 000002-000002.0, 000001-000002.1",
    "000001-000001.1 000001-000001.0 000001-000001.2, 000001-000001.2",
    // And those of the merge before it.
    "000001-000004.2 000001-000002.1 000003-000003.0 000001-000001.0 000005-000005.0,"
        + " 000001-000004.2 000005-000005.0"
  })
  void uncoveredSegmentsAreTheLogWhenFoundInAnyOrder(String found, String log) throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 20; i++) {
      List<SegmentName> shuffled = names(found);
      Collections.shuffle(shuffled, random);
      assertEquals(names(log), SegmentName.uncovered(DIRECTORY, shuffled), "seed " + seed);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "000002-000002.0, segment 1 is missing",
    "000001-000001.0 000003-000003.0, segment 2 is missing",
    "000001-000004.1 000010-000010.0, segments 5 to 9 are missing",
    "000001-000004.1 000002-000002.0 000006-000006.0, segment 5 is missing",
    "000001-000002.1 000002-000003.1, segment 000002-000003.1 overlaps",
    "000001-000003.1 000002-000004.2, segment 000002-000004.2 overlaps",
    "000001-000003.0 000002-000002.1, segment 000002-000002.1 overlaps"
  })
  void aGapOrAnOverlapIsRefusedNamingTheSegments(String found, String message) {
    CorruptStoreException e =
        assertThrows(
            CorruptStoreException.class, () -> SegmentName.uncovered(DIRECTORY, names(found)));

    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertEquals(-1, e.offset());
    assertEquals(DIRECTORY.toString(), e.file());
  }

  @Test
  void numbersAreComparedAsNumbersAndNotAsText() throws Exception {
    List<SegmentName> found = new ArrayList<>();
    for (String text : List.of("1000000-1000000.0", "1000001-1000001.0", "999999-999999.0")) {
      found.add(name(text));
    }
    found.add(name("000001-999998.1"));
    assertFalse(found.get(0).toString().compareTo("999999-999999.0") > 0);

    assertEquals(
        names("000001-999998.1 999999-999999.0 1000000-1000000.0 1000001-1000001.0"),
        SegmentName.uncovered(DIRECTORY, found));

    found.add(name("1000001-1000001.2"));
    found.add(name("1000001-1000001.10"));
    assertEquals(name("1000001-1000001.10"), SegmentName.uncovered(DIRECTORY, found).get(3));
  }

  private static SegmentName name(String text) {
    SegmentName name = SegmentName.parse(text);
    assertEquals(text, name.toString());
    return name;
  }

  /** Returns a mutable list. */
  private static List<SegmentName> names(String texts) {
    return new ArrayList<>(
        Stream.of(texts.split(" ")).filter(t -> !t.isEmpty()).map(t -> name(t)).toList());
  }
}
