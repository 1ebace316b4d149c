package kv.step5;

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
    "1, 1, 0, 000001-000001.0.data",
    "1, 4, 1, 000001-000004.1.data",
    "999999, 1000000, 12, 999999-1000000.12.data",
    "123456789, 999999999, 999999999, 123456789-999999999.999999999.data"
  })
  void hasOneSpellingAndIsParsedBack(int first, int last, int generation, String text) {
    SegmentName name = new SegmentName(first, last, generation);

    assertEquals(text, name.toString());
    assertEquals(name, SegmentName.parse(text));
    assertEquals(DIRECTORY.resolve(text), name.in(DIRECTORY));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "notes",
        "store.data",
        "1-1.0.data",
        "000001.data",
        "000001-000001.0",
        "000001-000001.0.hint",
        "000001-000001.0.data.tmp",
        "000001-000001.0.data ",
        " 000001-000001.0.data",
        "000001-000001.0.data\n",
        "000001-000001..data",
        "000001-000001.-1.data",
        "000001-000001.00.data",
        "000001-000001.01.data",
        "0000001-0000001.0.data",
        "000000-000000.0.data",
        "000000-000001.1.data",
        "000002-000001.1.data",
        "00000a-00000a.0.data",
        "٠٠٠٠٠١-٠٠٠٠٠١.٠.data",
        "1000000000-1000000000.0.data",
        "000001-000001.9999999999.data"
      })
  void otherTextsAreNotNames(String text) {
    assertNull(SegmentName.parse(text));
  }

  @Test
  void aNumberThatNoOpenCouldReadIsRefused() throws IOException {
    assertEquals("999999999-999999999.0.data", SegmentName.fresh(999_999_999).toString());

    IOException e = assertThrows(IOException.class, () -> SegmentName.fresh(1_000_000_000));

    assertTrue(e.getMessage().contains("1000000000-1000000000.0.data has a number over 9 digits"));
  }

  @Test
  void aGenerationThatNoOpenCouldReadIsRefused() throws IOException {
    assertEquals(
        name("000001-000001.999999999"), SegmentName.merged(names("000001-000001.999999998")));

    IOException e =
        assertThrows(IOException.class, () -> SegmentName.merged(names("000001-000001.999999999")));

    assertTrue(e.getMessage().contains("000001-000001.1000000000.data has a number over 9 digits"));
  }

  @Test
  void aFreshFileHasGeneration0AndAMergeOneMoreThanItsInputs() throws IOException {
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
    "000001-000004.1, 000002-000002.1, false",
    "000001-000004.0, 000002-000002.1, false",
    "000001-000004.1, 000004-000005.0, false",
    "000002-000004.1, 000001-000002.0, false",
    "000001-000004.1, 000005-000005.0, false"
  })
  void coversOlderFilesInItsRange(String covering, String covered, boolean covers) {
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
    "000001-000002.1 000002-000002.0 000003-000003.0, 000001-000002.1 000003-000003.0",
    "000001-000001.1 000001-000001.0 000001-000001.2 000002-000002.0,"
        + " 000001-000001.2 000002-000002.0",
    // And those of the merge before it.
    "000001-000004.2 000001-000002.1 000003-000003.0 000001-000001.0 000005-000005.0,"
        + " 000001-000004.2 000005-000005.0",
    // Those of the second run of a merge.
    "000001-000002.1 000003-000004.1 000003-000003.0 000004-000004.0 000005-000005.0,"
        + " 000001-000002.1 000003-000004.1 000005-000005.0"
  })
  void uncoveredFilesAreTheLogWhenFoundInAnyOrder(String found, String log) throws Exception {
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
    "000002-000002.0, 000002-000002.0, missing",
    "000001-000001.0 000003-000003.0, 000003-000003.0, missing",
    "000001-000004.1 000010-000010.0, 000010-000010.0, missing",
    "000001-000004.1 000002-000002.0 000006-000006.0, 000006-000006.0, missing",
    "000001-000002.1 000002-000003.1, 000002-000003.1, overlaps",
    "000001-000003.1 000002-000004.2, 000002-000004.2, overlaps",
    "000001-000003.0 000002-000002.1, 000002-000002.1, overlaps",
    "000001-000003.1 000002-000002.1, 000002-000002.1, overlaps",
    // A merge never takes the last file.
    "000001-000003.1, 000001-000003.1, missing",
    "000001-000003.1 000003-000003.0, 000001-000003.1, missing"
  })
  void aGapOrAnOverlapIsRefusedByName(String found, String file, String message) {
    CorruptStoreException e =
        assertThrows(
            CorruptStoreException.class, () -> SegmentName.uncovered(DIRECTORY, names(found)));

    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertEquals(name(file).in(DIRECTORY).toString(), e.file());
  }

  @Test
  void numbersAreComparedAsNumbersAndNotAsText() throws Exception {
    List<SegmentName> found =
        names("1000000-1000000.0 1000001-1000001.0 999999-999999.0 000001-999998.1");
    assertFalse(found.get(0).toString().compareTo("999999-999999.0.data") > 0);

    assertEquals(
        names("000001-999998.1 999999-999999.0 1000000-1000000.0 1000001-1000001.0"),
        SegmentName.uncovered(DIRECTORY, found));

    found.addAll(names("1000000-1000000.2 1000000-1000000.10"));
    assertEquals(name("1000000-1000000.10"), SegmentName.uncovered(DIRECTORY, found).get(2));
  }

  private static SegmentName name(String text) {
    SegmentName name = SegmentName.parse(text + ".data");
    assertEquals(text + ".data", name.toString());
    return name;
  }

  /** Returns a list that can be changed. */
  private static List<SegmentName> names(String texts) {
    return new ArrayList<>(
        Stream.of(texts.split(" ")).filter(t -> !t.isEmpty()).map(t -> name(t)).toList());
  }
}
