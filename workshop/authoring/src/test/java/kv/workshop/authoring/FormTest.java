package kv.workshop.authoring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import kv.workshop.BadUsage;
import kv.workshop.authoring.Markdown.Block;
import kv.workshop.authoring.Markdown.Kind;
import kv.workshop.authoring.Texts.Text;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every block of a text is of a kind that is checked, and small enough to be read. */
class FormTest {
  private static final Set<String> LANGUAGES = Set.of("console", "java", "diff", "text", "xml");
  private static final int WIDEST_PICTURE = 80;
  private static final int LONGEST_HEX_DUMP = 12;
  private static final Pattern HEX = Pattern.compile("(\\b[0-9a-f]{2} ){3}");

  /** Texts in which a command may be indented, as readers expect it there. */
  private static final Set<String> WITH_INDENTED_COMMANDS = Set.of("README.md", "CONTRIBUTING.md");

  /** Texts whose code is all woven. The others may also have examples, which are compiled. */
  private static final Set<String> WITHOUT_EXAMPLES = Set.of("TUTORIAL.md", "workshop/WORKSHOP.md");

  private static List<String> complaints(Text text) throws BadUsage {
    List<String> complaints = new ArrayList<>();
    Block before = null;
    for (Block block : text.blocks()) {
      if (block.kind() == Kind.INDENTED && !WITH_INDENTED_COMMANDS.contains(text.name())) {
        complaints.add(text.complaint(block.line(), "this belongs in a fence"));
      }
      if (block.kind() == Kind.FENCE) {
        addComplaints(text, block, before, complaints);
      }
      before = block;
    }
    return complaints;
  }

  private static void addComplaints(Text text, Block fence, Block before, List<String> complaints) {
    String language = fence.language();
    if (!LANGUAGES.contains(language)) {
      complaints.add(text.complaint(fence.line(), "no text has fences of " + language));
    }
    if (isExample(fence, before) && WITHOUT_EXAMPLES.contains(text.name())) {
      complaints.add(text.complaint(fence.line(), "a code directive belongs above this"));
    }
    int hex = 0;
    for (int i = 0; i < fence.content().size(); i++) {
      String line = fence.content().get(i);
      if (language.equals("text") && line.codePoints().count() > WIDEST_PICTURE) {
        complaints.add(text.complaint(fence.line() + 1 + i, "a picture has at most 80 columns"));
      }
      hex = line.startsWith("$ ") ? 0 : HEX.matcher(line).find() ? hex + 1 : hex;
      if (hex == LONGEST_HEX_DUMP + 1) {
        complaints.add(text.complaint(fence.line() + 1 + i, "a hex dump has at most 12 lines"));
      }
    }
  }

  /** Returns whether a block is code that no directive weaves. */
  private static boolean isExample(Block block, Block before) {
    boolean woven = before != null && before.kind() == Kind.COMMENT;
    return block.language().equals("java") && !woven;
  }

  @Test
  void everyTextIsInForm() throws Exception {
    List<String> complaints = new ArrayList<>();
    for (Text text : Texts.all()) {
      complaints.addAll(complaints(text));
    }
    assertEquals("", String.join("\n", complaints));
  }

  private static void assertOneComplaint(int line, String markdown) throws Exception {
    List<String> complaints = complaints(new Text("T.md", markdown));
    assertEquals(1, complaints.size(), complaints.toString());
    assertTrue(complaints.get(0).startsWith("T.md:" + line + ": "), complaints.get(0));
  }

  @Test
  void aCommandIsInAFence() throws Exception {
    assertOneComplaint(3, "Run\n\n    mvn verify\n");
    assertEquals(List.of(), complaints(new Text("README.md", "Run\n\n    mvn verify\n")));
  }

  @Test
  void codeIsWoven() throws Exception {
    String code = "```java\nint i;\n```\n";
    assertEquals(1, complaints(new Text("TUTORIAL.md", code)).size());
    assertEquals(List.of(), complaints(new Text("TUTORIAL.md", "<!-- code 1 Log.i -->\n" + code)));
  }

  @Test
  void aFenceHasALanguageThatIsChecked() throws Exception {
    assertOneComplaint(1, "```bash\nmvn verify\n```\n");
    assertOneComplaint(1, "```\nmvn verify\n```\n");
  }

  @Test
  void aPictureIsAtMostEightyColumnsWide() throws Exception {
    assertOneComplaint(3, "```text\n" + "=".repeat(80) + "\n" + "=".repeat(81) + "\n```\n");
  }

  @Test
  void aHexDumpHasAtMostTwelveLines() throws Exception {
    String line = "000000  4b 56 53 54  KVST\n";
    assertOneComplaint(15, "```console\n$ a\n" + line.repeat(13) + "```\n");
    assertEquals(
        List.of(),
        complaints(
            new Text(
                "T.md",
                "```console\n$ a\n" + line.repeat(12) + "$ b\n" + line.repeat(12) + "```\n")));
  }

  // ======== Examples ========

  private static boolean compiles(String statements, Path classes) {
    String unit =
        "import static java.nio.charset.StandardCharsets.UTF_8;\n"
            + "import java.nio.file.Path;\n"
            + "import kv.engine.*;\n"
            + "class Example {\n  static void run() throws Exception {\n"
            + statements
            + "\n  }\n}\n";
    JavaFileObject source =
        new SimpleJavaFileObject(URI.create("string:///Example.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return unit;
          }
        };
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<String> options =
        List.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path"));
    return compiler
        .getTask(new StringWriter(), null, diagnostic -> {}, options, null, List.of(source))
        .call();
  }

  @Test
  void everyExampleCompilesWithTheEngine(@TempDir Path classes) throws Exception {
    int examples = 0;
    for (Text text : Texts.all()) {
      Block before = null;
      for (Block block : text.blocks()) {
        if (isExample(block, before)) {
          String example = String.join("\n", block.content());
          assertTrue(compiles(example, classes), text.complaint(block.line(), "does not compile"));
          assertTrue(!compiles(example + "\nnoSuchMethod();", classes), "nothing is checked");
          examples++;
        }
        before = block;
      }
    }
    assertTrue(examples > 0, "there is no example");
  }
}
