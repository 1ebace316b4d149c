package kv.workshop.authoring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import kv.workshop.Comments;
import kv.workshop.Folders;
import org.junit.jupiter.api.Test;

/**
 * No code of the project depends on the default locale or the default charset: it writes and reads
 * the same bytes in Tehran, in Istanbul and in New York.
 */
class LocaleTest {
  private static final String FORMAT = "use String.format(Locale.ROOT, ...) or a concatenation";
  private static final String CASE = "pass Locale.ROOT";
  private static final String CHARSET = "pass StandardCharsets.UTF_8";

  /** The calls that depend on a default, and the idiom that replaces each. */
  private static final Map<Pattern, String> RULES = new LinkedHashMap<>();

  static {
    rule("\\.formatted\\(|String::format(ted)?\\b", FORMAT);
    rule("\\b(String|out|err)\\.format\\((?!\\s*Locale\\.ROOT\\b)", FORMAT);
    rule("\\bprintf\\((?!\\s*Locale\\.ROOT\\b)", "pass Locale.ROOT first");
    rule("\\.to(Upper|Lower)Case\\(\\s*\\)|String::to(Upper|Lower)Case\\b", CASE);
    rule("\\bofPattern\\((?![^)]*Locale\\.ROOT)", CASE);
    rule("\\bofLocalized\\w+\\(", "use a pattern and Locale.ROOT");
    rule(
        "\\b(Scanner|Formatter|NumberFormat|DecimalFormat|MessageFormat|ChoiceFormat|DateFormat"
            + "|SimpleDateFormat|Collator|BreakIterator|ResourceBundle)\\b",
        FORMAT + ", Integer.parseInt or Comparator.naturalOrder()");
    rule("\\bLocale\\.[gs]etDefault\\(", "use Locale.ROOT");
    rule("\\bUNICODE_CHARACTER_CLASS\\b", "use classes of ASCII characters");
    rule("\\bCharacter\\.(isDigit|getNumericValue)\\(", "compare with '0' and '9'");
    rule("\\bnew String\\(([^,()]++|\\([^()]*\\))*+\\)|\\.getBytes\\(\\)", CHARSET);
    rule("\\bCharset\\.defaultCharset\\(", CHARSET);
    rule(
        "\\bnew (PrintStream|InputStreamReader|OutputStreamWriter|FileReader|FileWriter)"
            + "\\((?![^;]*UTF_8)",
        CHARSET);
  }

  /** The same for the scripts of a page, in a browser's language. */
  private static final Pattern IN_A_PAGE = Pattern.compile("\\.toLocale\\w+\\(|Intl\\.\\w+\\(\\)");

  /** A text block, a string or a character. */
  private static final Pattern LITERAL =
      Pattern.compile(
          "\"\"\"(?:[^\"\\\\]++|(?s:\\\\.)|\"(?!\"\"))*+\"\"\""
              + "|\"(?:[^\"\\\\\n]++|\\\\.)*+\"|'(?:[^'\\\\\n]++|\\\\.)*+'");

  private static void rule(String calls, String idiom) {
    RULES.put(Pattern.compile(calls), idiom);
  }

  private static List<String> complaints(String name, String java) {
    List<String> complaints = new ArrayList<>();
    String code =
        LITERAL.matcher(Comments.blank(java)).replaceAll(m -> m.group().replaceAll(".", " "));
    RULES.forEach((calls, idiom) -> addComplaints(name, code, calls, idiom, complaints));
    return complaints;
  }

  private static void addComplaints(
      String name, String code, Pattern calls, String idiom, List<String> complaints) {
    calls
        .matcher(code)
        .results()
        .forEach(
            call -> {
              long breaks = code.substring(0, call.start()).chars().filter(c -> c == '\n').count();
              String place = name + ":" + (breaks + 1) + ": ";
              complaints.add(place + call.group().strip() + ": " + idiom);
            });
  }

  /** The sources of all modules, their tests, scripts and solutions included. */
  private static List<Path> sources() throws IOException {
    List<Path> sources = new ArrayList<>();
    try (Stream<Path> modules = Files.list(Texts.ROOT)) {
      for (Path module : (Iterable<Path>) modules.sorted()::iterator) {
        if (Files.exists(module.resolve("pom.xml"))) {
          addFiles(module.resolve("src"), sources);
          addFiles(module.resolve("peers").resolve("src"), sources);
          addFiles(module.resolve("authoring/src"), sources);
          addFiles(module.resolve("exercises"), sources);
          addFiles(module.resolve("play.jsh"), sources);
        }
      }
    }
    return sources;
  }

  private static void addFiles(Path root, List<Path> files) throws IOException {
    files.addAll(
        Folders.files(root, file -> file.toString().matches(".*\\.(java|jsh|patch|html|js)")));
  }

  @Test
  void noCodeDependsOnTheDefaultLocaleOrCharset() throws Exception {
    List<String> complaints = new ArrayList<>();
    for (Path file : sources()) {
      String name = Texts.ROOT.relativize(file).toString();
      String text = Files.readString(file);
      if (name.endsWith(".html") || name.endsWith(".js")) {
        addComplaints(name, text, IN_A_PAGE, "name the language", complaints);
      } else {
        complaints.addAll(complaints(name, text));
      }
    }
    assertEquals("", String.join("\n", complaints));
  }

  @Test
  void theSourcesOfAllModulesAreRead() throws Exception {
    List<String> names =
        sources().stream().map(file -> Texts.ROOT.relativize(file).toString()).toList();
    for (String part :
        List.of(
            "step1-append", "step5-merge", "engine", "server", "workshop", "benchmarks", "peers")) {
      assertTrue(names.stream().anyMatch(name -> name.contains(part)), part);
    }
    for (String end : List.of("Test.java", "play.jsh", "solution.patch", "page.html", "page.js")) {
      assertTrue(names.stream().anyMatch(name -> name.endsWith(end)), end);
    }
  }

  private static void assertRefused(String refused, String right) {
    List<String> complaints = complaints("A.java", "\nString s = " + refused + ";\n");
    assertEquals(1, complaints.size(), refused + complaints);
    assertTrue(complaints.get(0).startsWith("A.java:2: "), complaints.get(0));
    assertEquals(List.of(), complaints("A.java", "  String s = " + right + ";\n"));
  }

  @Test
  void aFormatHasALocale() {
    assertRefused("\"%d\".formatted(1)", "String.format(Locale.ROOT, \"%d\", 1)");
    assertRefused("String.format(\"%d\", 1)", "String.format(\n    Locale.ROOT, \"%d\", 1)");
    assertRefused("\"\"\"\n%d\"\"\"\n.formatted(1)".replace("\n", ""), "\"\" + 1");
    assertRefused("System.out.printf(\"%d\", 1)", "System.out.printf(Locale.ROOT, \"%d\", 1)");
    assertRefused("numbers.map(String::format)", "numbers.map(String::valueOf)");
    assertRefused("DateTimeFormatter.ofPattern(P)", "DateTimeFormatter.ofPattern(P, Locale.ROOT)");
    assertRefused("new Scanner(in)", "reader.readLine()");
    assertRefused("NumberFormat.getInstance()", "parse() /* NumberFormat */");
    assertRefused("catchIt(Formatter f)", "catchIt(NumberFormatException e)");
  }

  @Test
  void aChangeOfCaseHasALocale() {
    assertRefused("s.toUpperCase()", "s.toUpperCase(Locale.ROOT)");
    assertRefused("s.map(String::toLowerCase)", "Character.toLowerCase(c)");
  }

  @Test
  void aDigitIsOneOfTen() {
    assertRefused("Character.isDigit(c)", "c >= '0' && c <= '9'");
    assertRefused("Pattern.compile(D, Pattern.UNICODE_CHARACTER_CLASS)", "Pattern.compile(D)");
  }

  @Test
  void bytesHaveACharset() {
    assertRefused("new String(record.key())", "new String(record.key(), UTF_8)");
    assertRefused("s.getBytes()", "s.getBytes(StandardCharsets.UTF_8)");
    assertRefused("new PrintStream(out, true)", "new PrintStream(out, true, UTF_8)");
  }

  @Test
  void aTextMayNameACall() {
    assertEquals(List.of(), complaints("A.java", "// s.toUpperCase()\n"));
    assertEquals(List.of(), complaints("A.java", "s = \"say \\\"x\\\".formatted(1)\";\n"));
    assertEquals(List.of(), complaints("A.java", "s = \"\"\"\n  s.formatted(1)\n\"\"\";\n"));
  }
}
