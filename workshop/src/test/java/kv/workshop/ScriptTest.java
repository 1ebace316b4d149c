package kv.workshop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The teacher's scripts add up, and name exercises, limits and cards that exist. */
class ScriptTest {
  /** A line of a script: the hour and the minute at which a stage begins, and its length. */
  private static final Pattern STAGE = Pattern.compile("(?m)^\\| (\\d):(\\d\\d) \\| (\\d+) \\|");

  private static String workshop(String name) throws Exception {
    return Files.readString(Path.of(name));
  }

  /** The two scripts, the short one first. */
  private static List<String> scripts() throws Exception {
    String text = workshop("WORKSHOP.md");
    return List.of(section("## Half a day", text), section("## A day", text));
  }

  private static String section(String heading, String text) {
    int start = text.indexOf(heading + "\n");
    assertTrue(start >= 0, heading);
    return text.substring(start, text.indexOf("\n## ", start));
  }

  @Test
  void eachStageBeginsWhenTheOneBeforeItEnds() throws Exception {
    List<Integer> hours = List.of(4, 7);
    for (int i = 0; i < hours.size(); i++) {
      int end = 0;
      for (MatchResult stage : STAGE.matcher(scripts().get(i)).results().toList()) {
        int start = 60 * Integer.parseInt(stage.group(1)) + Integer.parseInt(stage.group(2));
        assertEquals(end, start, stage.group());
        end = start + Integer.parseInt(stage.group(3));
      }
      assertEquals(60 * hours.get(i), end);
    }
  }

  @Test
  void anExerciseOfAScriptExists() throws Exception {
    for (String script : scripts()) {
      List<MatchResult> named =
          Pattern.compile("(?:Exercise|;) (\\d\\.\\d)").matcher(script).results().toList();
      assertTrue(named.size() > 4, named.toString());
      List<String> numbers = Exercise.numbers(Project.at(Path.of("..")));
      named.forEach(one -> assertTrue(numbers.contains(one.group(1)), one.group()));
    }
  }

  @Test
  void everyLimitIsShownAndEveryCardOfAWholeDayExists() throws Exception {
    for (String script : scripts()) {
      assertEquals(List.of("1", "2", "3", "4", "5"), numbers("`limit (\\d)`", script));
    }
    assertEquals(
        numbers("\\*\\*Card (\\d)\\*\\*", workshop("GUESSES.md")),
        numbers("[Cc]ard (\\d)", scripts().get(1)));
  }

  private static List<String> numbers(String pattern, String text) {
    TreeSet<String> numbers = new TreeSet<>();
    Pattern.compile(pattern).matcher(text).results().forEach(one -> numbers.add(one.group(1)));
    return List.copyOf(numbers);
  }
}
