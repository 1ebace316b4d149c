package kv.workshop.serve;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kv.workshop.BadUsage;
import kv.workshop.Project;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextsTest {
  @TempDir Path folder;

  private Texts texts;

  @BeforeEach
  void makeProject() throws IOException, BadUsage {
    for (int chapter = 1; chapter <= Project.MODULES; chapter++) {
      String sources = Project.name(chapter) + "/src/main/java/";
      Files.createDirectories(
          folder.resolve(sources + Project.packageName(chapter).replace('.', '/')));
    }
    write("README.md");
    write("docs/GUIDE.md");
    write("docs/images/page.png");
    write("step1-append/src/main/java/kv/step1/Store.java");
    texts = new Texts(Project.at(folder));
  }

  private void write(String path) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "text");
  }

  @Test
  void sourcesTextsAndPicturesAreShown() {
    assertTrue(texts.has("README.md"));
    assertTrue(texts.has("docs/GUIDE.md"));
    assertTrue(texts.has("docs/images/page.png"));
    assertTrue(texts.has("step1-append/src/main/java/kv/step1/Store.java"));
    assertFalse(texts.has("docs/ABSENT.md"));
    assertFalse(texts.has("docs"));
  }

  @Test
  void theReadersWorkStoresAndBuiltFilesAreNotShown() throws IOException {
    for (String path :
        new String[] {
          "work/1.1/src/main/java/Store.java",
          "step1-append/target/Store.java",
          "docs/store.data",
          ".git/x.md",
          "docs/.hidden.md",
          "data/x.md"
        }) {
      write(path);
      assertFalse(texts.has(path), path);
    }
  }

  @Test
  void noPathLeadsOutOfTheProject() throws IOException {
    Path outside = Files.writeString(folder.resolveSibling(folder.getFileName() + ".md"), "secret");
    try {
      String name = outside.getFileName().toString();
      for (String path :
          new String[] {
            "../" + name,
            "docs/../../" + name,
            "docs/./GUIDE.md",
            "docs//GUIDE.md",
            "docs\\..\\..\\" + name,
            "/" + outside,
            outside.toString(),
            "C:/x.md",
            "docs/\0.md",
            "docs/GUIDE.md/",
            ""
          }) {
        assertFalse(texts.has(path), path);
      }
    } finally {
      Files.delete(outside);
    }
  }

  @Test
  void aLinkOfTheFileSystemIsNotFollowed() throws IOException {
    try {
      Files.createSymbolicLink(folder.resolve("docs/link.md"), folder.resolve("README.md"));
      Files.createSymbolicLink(folder.resolve("docs/folder"), folder);
    } catch (IOException | UnsupportedOperationException e) {
      return;
    }
    assertFalse(texts.has("docs/link.md"));
    assertFalse(texts.has("docs/folder/README.md"));
  }
}
