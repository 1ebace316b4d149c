/*
 * WHAT THIS FILE IS
 *
 * The command serve --export: the pages of the course as files, for any web server. All addresses
 * in them are relative, so the folder can have any place on the server.
 *
 *     index.html, chapter-1.html, ...    the course
 *     file/.../Store.java.html           the files of the project that a page links to
 *     microscope.html, recorded/         the microscope, on a recorded example of each step
 *     report/, course.json               the experiments that were run on this machine
 *     assets/                            styles and scripts
 *     .nojekyll                          lets GitHub Pages serve the folder as it is
 */
package kv.workshop.serve;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import kv.workshop.BadUsage;
import kv.workshop.Project;
import kv.workshop.scope.Microscope;

/** Writes the pages to a folder. */
final class Export {
  private static final Pattern ADDRESS = Pattern.compile("(?:href|src)=\"([^\"#]+)[^\"]*\"");

  /** The name of a file that only an export has. */
  private static final String MARK = ".nojekyll";

  private final Content content;
  private final Path folder;

  /** The files of the project that a page links to. */
  private final Set<String> linked = new HashSet<>();

  private final Deque<String> toWrite = new ArrayDeque<>();
  private int pages;

  private Export(Content content, Path folder) {
    this.content = content;
    this.folder = folder;
  }

  /**
   * Writes the pages to a folder, which must be empty, or have an earlier export.
   *
   * @throws BadUsage if the folder has other files
   */
  static int run(Project project, Path folder, PrintStream out) throws IOException, BadUsage {
    int pages = writePages(project, folder);
    out.println(pages + " pages are written; now each step replays the example");
    try (Microscope microscope = new Microscope(project, Optional.empty())) {
      microscope.export(folder.resolve("recorded"));
    }
    out.println("all is in " + folder + "; start at index.html");
    return 0;
  }

  /** Writes everything except the recorded examples, and returns the number of pages. */
  static int writePages(Project project, Path folder) throws IOException, BadUsage {
    requireOwn(folder);
    Files.createDirectories(folder);
    try {
      Export export = new Export(Content.read(project), folder);
      export.write(MARK, new byte[0]);
      export.writeCourse();
      export.writeFiles();
      export.writeReport();
      export.writeAssets();
      return export.pages;
    } catch (Refusal e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static void requireOwn(Path folder) throws IOException, BadUsage {
    if (!Files.exists(folder) || Files.exists(folder.resolve(MARK))) {
      return;
    }
    if (!Files.isDirectory(folder)) {
      throw new BadUsage(folder + " is not a folder");
    }
    try (Stream<Path> files = Files.list(folder)) {
      if (files.findAny().isPresent()) {
        throw new BadUsage(folder + " has files that are not an export; choose an empty folder");
      }
    }
  }

  private void writeCourse() throws IOException {
    writePage("index.html", IndexPage.html(content, Links.STATIC));
    for (Course.Chapter chapter : content.course().chapters()) {
      String html = new ChapterPage(content, Links.STATIC, chapter).html();
      writePage(chapter.page() + ".html", html);
    }
    writePage("microscope.html", MicroscopePage.html(Links.STATIC));
    String state = new CourseState(content.project()).exported();
    write("course.json", state.getBytes(StandardCharsets.UTF_8));
  }

  /** Writes the pages of the files that are linked to, and of those that these link to. */
  private void writeFiles() throws IOException, Refusal {
    while (!toWrite.isEmpty()) {
      String path = toWrite.poll();
      if (Texts.isPicture(path)) {
        write("file/" + path, Files.readAllBytes(content.texts().find(path)));
      } else {
        writePage("file/" + path + ".html", FilePage.html(content, Links.STATIC, path));
      }
    }
  }

  private void writeReport() throws IOException {
    Path report = content.project().folder().resolve(Experiments.FOLDER);
    if (!Files.isRegularFile(report.resolve("index.html"))) {
      return;
    }
    try (Stream<Path> files = Files.list(report)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        if (name.matches("index\\.html|[a-z0-9-]+\\.svg")) {
          write("report/" + name, Files.readAllBytes(file));
        }
      }
    }
  }

  private void writeAssets() throws IOException, Refusal {
    for (String name : Assets.names()) {
      write("assets/" + name, Assets.bytes(name));
    }
  }

  private void writePage(String path, String html) throws IOException {
    pages++;
    write(path, html.getBytes(StandardCharsets.UTF_8));
    Matcher address = ADDRESS.matcher(html);
    while (address.find()) {
      String to = address.group(1).replaceFirst("^(\\.\\./)*", "");
      if (to.startsWith("file/")) {
        String file = to.substring("file/".length());
        String source = Texts.isPicture(file) ? file : file.replaceFirst("\\.html$", "");
        if (linked.add(source)) {
          toWrite.add(source);
        }
      }
    }
  }

  private void write(String path, byte[] bytes) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
  }
}
