package kv.workshop.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import kv.workshop.BadUsage;
import kv.workshop.Project;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportTest {
  private static final Pattern LINK = Pattern.compile("(?:href|src)=\"([^\"]+)\"");
  private static final Pattern IMPORT = Pattern.compile("from \"\\./([a-z-]+\\.js)\"");

  @TempDir static Path folder;

  private static Path pages;

  @BeforeAll
  static void exportOnce() throws IOException, BadUsage {
    pages = export(folder.resolve("pages"));
  }

  private static Path export(Path to) throws IOException, BadUsage {
    Export.writePages(Project.at(Path.of("..")), to);
    return to;
  }

  @Test
  void everyLinkOfEveryPageLeadsToAFileAndAPlaceInIt() throws IOException {
    Set<String> broken = new TreeSet<>();
    int links = 0;
    for (Path page : files(pages, ".html")) {
      Matcher link = LINK.matcher(Files.readString(page));
      while (link.find()) {
        links++;
        if (!leads(page, link.group(1))) {
          broken.add(pages.relativize(page) + " to " + link.group(1));
        }
      }
    }
    assertTrue(links > 1000, links + " links");
    assertEquals(Set.of(), broken);
  }

  private static boolean leads(Path page, String address) throws IOException {
    if (address.startsWith("http")) {
      return true;
    }
    String[] parts = address.split("#", 2);
    String path = parts[0].replaceFirst("\\?.*", "");
    Path target = path.isEmpty() ? page : page.resolveSibling(path).normalize();
    boolean whole = parts.length == 1 || parts[1].isEmpty();
    return Files.isRegularFile(target)
        && (whole || Files.readString(target).contains("id=\"" + parts[1] + "\""));
  }

  @Test
  void noPageRefersToTheRootOfTheServerOrLoadsFromAnotherOne() throws IOException {
    for (Path page : files(pages, ".html")) {
      Matcher link = LINK.matcher(Files.readString(page));
      while (link.find()) {
        assertFalse(link.group(1).startsWith("/"), page + ": " + link.group(1));
        assertFalse(link.group().startsWith("src=\"http"), page + ": " + link.group(1));
      }
      assertFalse(Files.readString(page).contains("data-mode=\"live\""), page.toString());
    }
  }

  @Test
  void everyModuleThatAModuleImportsIsThere() throws IOException {
    Path assets = pages.resolve("assets");
    for (Path script : files(assets, ".js")) {
      Matcher imported = IMPORT.matcher(Files.readString(script));
      while (imported.find()) {
        assertTrue(
            Files.exists(assets.resolve(imported.group(1))), script + " " + imported.group());
      }
    }
    assertTrue(Files.exists(assets.resolve("rename.js")));
  }

  @Test
  void theReadersProgressIsNotExported() throws IOException {
    assertFalse(Files.readString(pages.resolve("chapter-1.html")).contains("class=\"exercises\""));
    assertFalse(Files.readString(pages.resolve("course.json")).contains("exercises"));
  }

  @Test
  void aFolderWithOtherFilesIsRefused() throws IOException {
    Path to = Files.createDirectories(folder.resolve("thesis"));
    Files.writeString(to.resolve("thesis.txt"), "years of work");
    assertThrows(BadUsage.class, () -> export(to));
    assertEquals(1, files(to, "").size());
  }

  @Test
  void anExportReplacesAnEarlierOne() throws IOException, BadUsage {
    Path page = pages.resolve("index.html");
    Files.writeString(page, "old");
    export(pages);
    assertTrue(Files.readString(page).contains("Five Steps"));
  }

  private static List<Path> files(Path folder, String end) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> file.toString().endsWith(end))
          .toList();
    }
  }
}
