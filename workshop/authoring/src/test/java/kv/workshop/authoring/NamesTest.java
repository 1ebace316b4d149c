package kv.workshop.authoring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import kv.workshop.Comments;
import kv.workshop.Folders;
import kv.workshop.Members;
import kv.workshop.Members.Member;
import kv.workshop.Project;
import kv.workshop.authoring.Markdown.Block;
import kv.workshop.authoring.Texts.Found;
import kv.workshop.authoring.Texts.Text;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The files, classes, members, tests and invariants exist that a text names. */
class NamesTest {
  private static final int INVARIANTS = 12;
  private static final Pattern INVARIANT = Pattern.compile("\\bI([0-9]+)\\b");
  private static final Pattern WORD = Pattern.compile("[A-Za-z_$][\\w$]*");

  /** A type, with or without its package before it, and a member after it. */
  private static final Pattern TYPE =
      Pattern.compile("(?<![\\w.@+-])((?:[a-z]\\w*\\.)*)([A-Z]\\w*)(?:\\.(\\w+))?");

  private static final Pattern CALL = Pattern.compile("([a-z]\\w*)\\(.*\\)");

  /** The packages whose types need no package in front. */
  private static final List<String> PACKAGES =
      List.of(
          "java.lang",
          "java.io",
          "java.nio",
          "java.nio.channels",
          "java.nio.file",
          "java.util",
          "java.util.concurrent",
          "java.util.zip",
          "org.junit.jupiter.api");

  /** Names from other systems. */
  private static final Set<String> FOREIGN = Set.of("BGREWRITEAOF", "VACUUM", "WALRecoveryMode");

  private static final Pattern DECLARATION =
      Pattern.compile("\\b(?:class|interface|enum|record) ([A-Z]\\w*)");

  /** The names of the Java files that a text may speak of. */
  private static final Set<String> FILES = new HashSet<>();

  /** The files that declare a type, by its name. */
  private static final Map<String, List<Path>> TYPES = new HashMap<>();

  /** All words of their code, and of the other files that a reader uses. */
  private static final Set<String> WORDS = new HashSet<>();

  /** The patches of the exercises, which bring members that no step has. */
  private static final StringBuilder PATCHES = new StringBuilder();

  @BeforeAll
  static void readTheProject() throws IOException {
    List<String> folders =
        new ArrayList<>(
            List.of(
                "benchmarks/src",
                "benchmarks/peers/src",
                "engine/stress/src",
                "workshop/src/main",
                "workshop/authoring/src/main",
                "server/src",
                "examples"));
    for (int n = 1; n <= Project.ENGINE; n++) {
      folders.add(Project.name(n) + "/src");
      addWords(Files.readString(Texts.ROOT.resolve(Project.name(n)).resolve("play.jsh")));
    }
    for (String folder : folders) {
      for (Path file : Texts.javaFiles(Texts.ROOT.resolve(folder))) {
        FILES.add(file.getFileName().toString());
        String code = Comments.blank(Files.readString(file));
        addWords(code);
        DECLARATION
            .matcher(code)
            .results()
            .forEach(
                type -> TYPES.computeIfAbsent(type.group(1), n -> new ArrayList<>()).add(file));
      }
    }
    // Not their words: this class names things that do not exist.
    for (String folder : List.of("workshop/src/test", "workshop/authoring/src/test")) {
      for (Path file : Texts.javaFiles(Texts.ROOT.resolve(folder))) {
        String name = file.getFileName().toString();
        FILES.add(name);
        TYPES.computeIfAbsent(name.replace(".java", ""), n -> new ArrayList<>()).add(file);
      }
    }
    Path exercises = Texts.ROOT.resolve("workshop/exercises");
    for (Path patch : Folders.files(exercises, path -> path.toString().endsWith(".patch"))) {
      PATCHES.append(Files.readString(patch));
    }
  }

  private static void addWords(String code) {
    WORD.matcher(code).results().forEach(word -> WORDS.add(word.group()));
  }

  private static List<String> unknown(Text text) throws Exception {
    List<String> unknown = new ArrayList<>();
    for (Block block : text.prose()) {
      for (Found span : Texts.codeSpans(block)) {
        if (!isKnown(span.text())) {
          unknown.add(text.complaint(span.line(), "there is no " + span.text()));
        }
      }
      for (Found invariant : Texts.findOutsideOfCode(INVARIANT, block)) {
        int number = Integer.parseInt(invariant.text());
        if (number < 1 || number > INVARIANTS) {
          unknown.add(text.complaint(invariant.line(), "there is no I" + number));
        }
      }
    }
    return unknown;
  }

  /** Returns whether a name in a code span exists. A span that is not like a name is accepted. */
  private static boolean isKnown(String span) throws Exception {
    String code = span.replaceAll("\"[^\"]*\"", "\"\"");
    if (code.startsWith("-") || code.startsWith("/") || code.contains("=")) {
      return true;
    }
    if (code.matches("[\\w.-]+\\.(java|jsh|md|xml)") && !code.contains("/")) {
      return FILES.contains(code) || isFile(code);
    }
    if (code.matches("step[0-9][\\w-]*")) {
      return Files.isDirectory(Texts.ROOT.resolve(code));
    }
    if (code.matches("[\\w.-]+(/[\\w.-]+)+/?")) {
      return isPath(code);
    }
    if (code.contains(" ") && !code.contains("(")) {
      return true;
    }
    Matcher call = CALL.matcher(code);
    if (call.matches() && !isWord(call.group(1))) {
      return false;
    }
    if (code.matches("[a-z]+[A-Z]\\w*") && !isWord(code)) {
      return false;
    }
    Matcher type = TYPE.matcher(code);
    while (type.find()) {
      if (!isType(type.group(1), type.group(2), type.group(3))) {
        return false;
      }
    }
    return true;
  }

  /** Returns whether a file is in the project's folder, in that of a step or of the tools. */
  private static boolean isFile(String name) {
    return Stream.of("", Project.name(1), "workshop")
        .anyMatch(folder -> Files.exists(Texts.ROOT.resolve(folder).resolve(name)));
  }

  private static boolean isPath(String path) {
    // A reader or a build creates it.
    boolean later = path.startsWith("work/") || path.contains("target");
    String first = path.replaceFirst("/.*", "");
    return Files.exists(Texts.ROOT.resolve(path))
        || later && (first.equals("work") || Files.isDirectory(Texts.ROOT.resolve(first)));
  }

  private static boolean isWord(String word) {
    return WORDS.contains(word) || PATCHES.indexOf(" " + word + "(") >= 0;
  }

  private static boolean isType(String packages, String type, String member) throws Exception {
    if (type.matches("I[0-9]+")) {
      return Integer.parseInt(type.substring(1)) <= INVARIANTS;
    }
    if (FOREIGN.contains(type)) {
      return true;
    }
    List<Path> files = new ArrayList<>(TYPES.getOrDefault(type, List.of()));
    files.removeIf(file -> !isInPackage(file, packages));
    if (!files.isEmpty()) {
      return member == null || isMember(files, type, member);
    }
    if (packages.isEmpty() && member == null && WORDS.contains(type)) {
      // A constant, or a type that is imported.
      return true;
    }
    List<String> places = packages.isEmpty() ? PACKAGES : List.of(packages.replaceAll("\\.$", ""));
    for (String place : places) {
      try {
        Class<?> found = Class.forName(place + "." + type, false, NamesTest.class.getClassLoader());
        return member == null || hasMember(found, member);
      } catch (ClassNotFoundException e) {
        // It may be in another one.
      }
    }
    return false;
  }

  private static boolean isInPackage(Path file, String packages) {
    return file.getParent()
        .toString()
        .replaceAll("[/\\\\]", ".")
        .endsWith(packages.replaceAll("\\.$", ""));
  }

  private static boolean isMember(List<Path> files, String type, String member) throws Exception {
    for (Path file : files) {
      for (Member known : Members.of(file)) {
        if (known.name().matches("(.*\\.)?" + type + "\\." + member + "(\\(.*)?")) {
          return true;
        }
      }
    }
    return Pattern.compile("(?s)\\b" + type + "\\.java\\b.*\n\\+.* " + member + "\\(")
        .matcher(PATCHES)
        .find();
  }

  private static boolean hasMember(Class<?> type, String member) {
    return Stream.of(type.getMethods(), type.getFields(), type.getClasses())
        .flatMap(Arrays::stream)
        .anyMatch(
            known ->
                known instanceof java.lang.reflect.Member
                    ? ((java.lang.reflect.Member) known).getName().equals(member)
                    : ((Class<?>) known).getSimpleName().equals(member));
  }

  @Test
  void everyNameInTheTextsIsThere() throws Exception {
    List<String> unknown = new ArrayList<>();
    for (Text text : Texts.all()) {
      unknown.addAll(unknown(text));
    }
    assertEquals("", String.join("\n", unknown));
  }

  private static void assertKnown(String known, String unknown) throws Exception {
    assertEquals(List.of(), unknown(new Text("T.md", "So `" + known + "` is.\n")));
    List<String> complaints = unknown(new Text("T.md", "\nSo\n`" + unknown + "` is.\n"));
    assertTrue(complaints.equals(List.of("T.md:3: there is no " + unknown)), unknown);
  }

  @Test
  void aFileIsThere() throws Exception {
    assertKnown("Directories.java", "Directory.java");
    assertKnown("package-info.java", "package-infos.java");
    assertKnown("play.jsh", "game.jsh");
    assertKnown("README.md", "READYOU.md");
  }

  @Test
  void aPathIsThere() throws Exception {
    assertKnown("step1-append", "step1-appends");
    assertKnown("step2-scan/src/main", "step2-scan/src/mine");
    assertKnown("benchmarks/target", "benchmark/target");
  }

  @Test
  void aClassIsThere() throws Exception {
    assertKnown("KeyDir", "KeyDirectory");
    assertKnown("LimitationTest", "LimitationsTest");
    assertKnown("kv.step5.Store", "kv.step6.Store");
    assertKnown("HashMap", "HushMap");
    assertKnown("java.util.zip.CRC32C", "java.util.zip.CRC64");
  }

  @Test
  void aMemberIsThere() throws Exception {
    assertKnown("Store.put", "Store.post");
    assertKnown("KeyDir.Location", "KeyDir.Place");
    assertKnown("LogFile.FILE_HEADER", "LogFile.FILE_FOOTER");
    assertKnown("LimitationTest.theLogGrowsForever", "LimitationTest.theLogShrinks");
    assertKnown("FileChannel.force", "FileChannel.push");
    assertKnown(
        "Options.DEFAULT.withSync(SyncPolicy.ALWAYS)", "Options.DEFAULT.with(SyncPolicy.ON)");
  }

  @Test
  void aMethodIsThere() throws Exception {
    assertKnown("checkInvariants", "checkInvariance");
    assertKnown("put(\"os\", \"Mac.OS\")", "putt(\"os\")");
  }

  @Test
  void anInvariantIsThere() throws Exception {
    assertKnown("I12", "I13");
    assertEquals(
        List.of("T.md:2: there is no I14"),
        unknown(new Text("T.md", "This is I9,\nthat is I14.\n")));
  }
}
