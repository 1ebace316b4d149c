package kv.workshop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A patch is applied where it says, and nowhere else. */
class PatchTest {
  private static final String SHELF = "shelf {\n  one\n  two\n}\n";
  private static final String TABLE = "table {\n}\n";

  @TempDir private Path folder;

  private Path patch;

  @BeforeEach
  void write() throws IOException {
    Files.writeString(folder.resolve("Shelf.java"), SHELF);
    Files.writeString(folder.resolve("Table.java"), TABLE);
    patch =
        Files.writeString(
            folder.resolve("solution.patch"),
            """
            diff --git a/room/Shelf.java b/room/Shelf.java
            index 8f887de..ca9534a 100644
            --- a/room/Shelf.java
            +++ b/room/Shelf.java
            @@ -1,4 +1,5 @@
             shelf {
               one
            -  two
            +  2
            +  three
             }
            diff --git a/room/Table.java b/room/Table.java
            index 8f887de..ca9534a 100644
            --- a/room/Table.java
            +++ b/room/Table.java
            @@ -1,2 +1,3 @@
             table {
            +  a lamp
             }
            """);
  }

  @Test
  void changesEveryFileThatItNames() throws IOException {
    Patch.apply(patch, folder);

    assertEquals(
        "shelf {\n  one\n  2\n  three\n}\n", Files.readString(folder.resolve("Shelf.java")));
    assertEquals("table {\n  a lamp\n}\n", Files.readString(folder.resolve("Table.java")));
  }

  @Test
  void isRefusedIfItsPlaceHasMoved() throws IOException {
    Files.writeString(folder.resolve("Table.java"), "\n" + TABLE);

    assertRefused("Table.java");
  }

  @Test
  void isRefusedIfALineAroundItHasChanged() throws IOException {
    Files.writeString(folder.resolve("Shelf.java"), SHELF.replace("one", "1"));

    assertRefused("Shelf.java");
  }

  private void assertRefused(String file) {
    IOException e = assertThrows(IOException.class, () -> Patch.apply(patch, folder));

    assertTrue(e.getMessage().contains("solution.patch does not fit " + file), e.getMessage());
    assertTrue(e.getMessage().contains("git apply --3way"), e.getMessage());
  }
}
