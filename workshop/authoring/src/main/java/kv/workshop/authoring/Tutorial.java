/*
 * WHAT THIS FILE IS
 *
 * The weaver of the project's texts. Excerpts, transcripts and summaries of a step's changes are not
 * written by hand: they are woven in, from the code and from a run. The tests weave too, and fail if
 * the result differs from the text. The author marks the places with directives:
 *
 *     <!-- code 2 Store.get Store.find -->     members of step 2, in a java fence
 *     <!-- code 2 Store.get with Javadoc -->   with the comments above them
 *     <!-- code server Turn.end -->            members of the server
 *     <!-- edit 3 KeyDir.put -->               an edit of a member that a reader tries, as a diff
 *     <!-- changed 2 3 -->                     what step 3 changed, in one line of text
 *     <!-- picture rename -->                  the pages in a browser show a drawn picture here
 *     <!-- exits 1 -->                         the commands below end with exit code 1
 *     <!-- stops 6380 -->                      the server on that port is stopped before them
 *     <!-- kills 6381 -->                      it is killed before them
 *     <!-- needs nutcracker -->                they are run only where that is installed
 *
 * each on the line directly above its block. Commas separate several of the last four. A console
 * fence needs no directive (see Console).
 *
 * NOT HERE, AND WHY
 *
 * The prose. Tests check its links, names, form and language.
 */
package kv.workshop.authoring;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import kv.workshop.BadUsage;
import kv.workshop.Diff;
import kv.workshop.Members;
import kv.workshop.Members.Member;
import kv.workshop.Project;
import kv.workshop.authoring.Markdown.Block;
import kv.workshop.authoring.Markdown.Kind;

/** Weaves code and transcripts into the project's texts. */
final class Tutorial {
  /** Folders whose Markdown files are all texts of the project. */
  private static final List<String> FOLDERS = List.of("", "docs", "examples", "workshop");

  /** Limit for the lines of an excerpt. */
  private static final int LONGEST_EXCERPT = 25;

  private final Project project;
  private final Sandbox sandbox;
  private final Console console;
  private final String name;
  private final List<String> lines = new ArrayList<>();
  private final List<Change> changes = new ArrayList<>();
  private final List<String> mistakes = new ArrayList<>();

  private Tutorial(Project project, Sandbox sandbox, String name) {
    this.project = project;
    this.sandbox = sandbox;
    this.console = new Console(sandbox);
    this.name = name;
  }

  /** A line that differs. {@code was} or {@code is} is null if the line is missing there. */
  record Change(String file, int line, String was, String is) {
    @Override
    public String toString() {
      return file + ":" + line + "\n  - " + text(was) + "\n  + " + text(is);
    }

    private static String text(String line) {
      return line == null ? "(nothing)" : line;
    }
  }

  /**
   * A woven text.
   *
   * @param changes the first differing line of each changed block
   * @param mistakes faults that the author must fix, each with its line; their blocks are unchanged
   */
  record Woven(String text, List<Change> changes, List<String> mistakes) {}

  /**
   * The names of the texts, relative to the project's folder. They are found by listing the
   * folders, so a new text is checked from its first build on.
   *
   * @throws IOException if a folder cannot be listed
   */
  static List<String> texts(Path root) throws IOException {
    List<String> texts = new ArrayList<>();
    for (String folder : FOLDERS) {
      Path path = root.resolve(folder);
      if (Files.isDirectory(path)) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(path, "*.md")) {
          files.forEach(file -> texts.add(root.relativize(file).toString().replace('\\', '/')));
        }
      }
    }
    Collections.sort(texts);
    return texts;
  }

  // ======== The command ========

  /**
   * Brings the project's texts up to date, and prints the changes.
   *
   * @return the exit status
   *
   * @throws IOException if a file cannot be read or written
   */
  static int weave(Project project, PrintStream out) throws IOException {
    int changes = 0;
    int mistakes = 0;
    for (String name : texts(project.folder())) {
      Path file = project.folder().resolve(name);
      Woven woven = weave(project, name, Files.readString(file));
      if (!woven.changes.isEmpty()) {
        Files.writeString(file, woven.text);
      }
      woven.changes.forEach(out::println);
      woven.mistakes.forEach(out::println);
      changes += woven.changes.size();
      mistakes += woven.mistakes.size();
    }
    if (mistakes > 0) {
      out.println("Fix the faults without a + line by hand.");
      return 1;
    }
    out.println(
        changes == 0 ? "All texts are up to date." : "Review the changes before you commit them.");
    return 0;
  }

  // ======== One text ========

  /**
   * Weaves one text. Runs its commands, one after the other, in a copy of the project.
   *
   * @param name the name of the text, for messages
   * @throws IOException if a file of the project cannot be read, or a process cannot be started
   */
  static Woven weave(Project project, String name, String text) throws IOException {
    return weave(project, name, text, false);
  }

  /**
   * Weaves one text as above.
   *
   * @param realClients whether the installed clients are used: see {@link Network}
   */
  static Woven weave(Project project, String name, String text, boolean realClients)
      throws IOException {
    try (Sandbox sandbox = new Sandbox(project, realClients)) {
      Tutorial tutorial = new Tutorial(project, sandbox, name);
      try {
        tutorial.weave(Markdown.blocks(text));
      } catch (BadUsage e) {
        return new Woven(text, List.of(), List.of(name + ": " + e.getMessage()));
      }
      String woven = String.join("\n", tutorial.lines) + "\n";
      return new Woven(woven, tutorial.changes, tutorial.mistakes);
    }
  }

  private void weave(List<Block> blocks) throws IOException {
    String directive = "";
    for (Block block : blocks) {
      List<String> woven = block.lines();
      try {
        woven = weave(directive, block);
      } catch (BadUsage e) {
        mistakes.add(name + ":" + block.line() + ": " + e.getMessage());
      }
      addChange(block.lines(), woven, block.line());
      lines.addAll(woven);
      directive = block.kind() == Kind.COMMENT ? directive(block) : "";
    }
    if (!directive.isEmpty()) {
      mistakes.add(name + ": the text ends with a directive");
    }
  }

  private static String directive(Block comment) {
    return comment.lines().get(0).replaceAll("^<!--|-->$", "").strip();
  }

  /** Weaves a block, as the directive above it says, if there is one. */
  private List<String> weave(String directive, Block block) throws IOException, BadUsage {
    List<String> words = Arrays.asList(directive.split(" +"));
    switch (words.get(0)) {
      case "":
        if (block.language().equals("console")) {
          return fenced(block, console.weave(block.content(), 0));
        }
        require(!block.language().equals("diff"), "an edit directive belongs above this");
        if (block.kind() == Kind.INDENTED) {
          for (String command : block.content()) {
            sandbox.check().command(command);
          }
        }
        return block.lines();
      case "code":
        require(block.language().equals("java"), "a java fence must follow a code directive");
        return fenced(block, excerpt(directive.substring("code".length()).strip()));
      case "edit":
        require(block.language().equals("diff"), "a diff fence must follow an edit directive");
        require(words.size() == 3, "name a step and a member, as in: edit 3 KeyDir.put");
        checkEdit(member(words.get(1), words.get(2)), block.content());
        return block.lines();
      case "changed":
        require(block.kind() == Kind.TEXT, "a line of text must follow a changed directive");
        require(words.size() == 3, "name two steps, as in: changed 2 3");
        int before = Project.stepNumber(words.get(1));
        int after = Project.stepNumber(words.get(2));
        return List.of(Diff.summary(project, before, after));
      case "picture":
        require(words.size() == 2, "name a picture, as in: picture rename");
        return block.lines();
      case "exits":
      case "stops":
      case "kills":
      case "needs":
        require(block.language().equals("console"), "a console fence must follow this directive");
        return fenced(block, transcript(directive, block));
      default:
        throw new BadUsage(
            "\""
                + directive
                + "\" is not a directive; there are code, edit, changed, picture, exits, stops,"
                + " kills, needs");
    }
  }

  /** Weaves a transcript, as the parts of the directive say. */
  private List<String> transcript(String directive, Block block) throws IOException, BadUsage {
    int exit = 0;
    for (String part : directive.split(", +")) {
      require(
          part.matches("(exits|stops|kills) [0-9]+|needs [a-z-]+"),
          "write it as in: exits 1; or: needs nutcracker, stops 6380");
      String argument = part.replaceFirst(".* ", "");
      if (part.startsWith("exits")) {
        exit = Integer.parseInt(argument);
      } else if (part.startsWith("stops")) {
        sandbox.network().stop(argument);
      } else if (part.startsWith("kills")) {
        sandbox.network().kill(argument);
      } else if (!Network.isInstalled(argument)) {
        return block.content();
      }
    }
    return console.weave(block.content(), exit);
  }

  private static void require(boolean condition, String message) throws BadUsage {
    if (!condition) {
      throw new BadUsage(message);
    }
  }

  private static List<String> fenced(Block fence, List<String> content) {
    List<String> lines = new ArrayList<>();
    lines.add(fence.lines().get(0));
    lines.addAll(content);
    lines.add(fence.lines().get(fence.lines().size() - 1));
    return lines;
  }

  private void addChange(List<String> was, List<String> is, int line) {
    for (int i = 0; i < Math.max(was.size(), is.size()); i++) {
      String before = i < was.size() ? was.get(i) : null;
      String after = i < is.size() ? is.get(i) : null;
      if (before == null || !before.equals(after)) {
        changes.add(new Change(name, line + i, before, after));
        return;
      }
    }
  }

  // ======== Excerpts ========

  private static final String WITH_JAVADOC = " with Javadoc";

  /** Returns the lines of some members, named as in {@code 2 Store.get}. */
  private List<String> excerpt(String members) throws IOException, BadUsage {
    boolean withJavadoc = members.endsWith(WITH_JAVADOC);
    String[] words = members.replace(WITH_JAVADOC, "").split(" +");
    require(words.length > 1, "name a step and members, as in: code 2 Store.get");
    List<String> excerpt = new ArrayList<>();
    for (String name : Arrays.asList(words).subList(1, words.length)) {
      if (!excerpt.isEmpty()) {
        excerpt.add("");
      }
      String text = member(words[0], name).text();
      excerpt.addAll((withJavadoc ? text : withoutJavadoc(text)).stripIndent().lines().toList());
    }
    require(
        excerpt.size() <= LONGEST_EXCERPT,
        "the excerpt has "
            + excerpt.size()
            + " lines; the limit is "
            + LONGEST_EXCERPT
            + ": choose a smaller member");
    return excerpt;
  }

  /** Checks that a member has the lines that an edit removes or keeps, one after the other. */
  private static void checkEdit(Member member, List<String> edit) throws BadUsage {
    for (String line : edit) {
      require(line.matches("[-+ ].*"), "a line of a diff begins with -, + or a space");
    }
    List<String> before =
        edit.stream().filter(line -> !line.startsWith("+")).map(line -> line.substring(1)).toList();
    List<String> lines = withoutJavadoc(member.text()).stripIndent().lines().toList();
    require(
        !before.isEmpty() && Collections.indexOfSubList(lines, before) >= 0,
        member.name() + " does not have the lines that this edit changes");
  }

  private Member member(String module, String name) throws IOException, BadUsage {
    String file = name.replaceFirst("[.(].*", "") + ".java";
    Path folder = project.module(Project.moduleNumber(module));
    Path path;
    // The server has more packages than one.
    try (Stream<Path> files = Files.walk(folder.resolve("src").resolve("main").resolve("java"))) {
      path = files.filter(each -> each.endsWith(file)).findFirst().orElse(null);
    }
    require(path != null, folder.getFileName() + " has no " + file);
    return Members.find(Members.of(path), name);
  }

  private static String withoutJavadoc(String member) {
    String text = member.stripLeading();
    // Including the line break after it.
    return text.startsWith("/**") ? text.substring(text.indexOf("*/") + 3) : member;
  }
}
