package kv.workshop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A diff shows the changes between two steps, member by member. */
class DiffTest {
  @TempDir private Path folder;

  /** A project whose first two steps have something in them. */
  private Project project;

  @BeforeEach
  void writeTwoSteps() throws Exception {
    for (int n = 1; n <= Project.MODULES; n++) {
      Files.createDirectories(mainSources(n));
    }
    project = Project.at(folder);
    write(
        1,
        "Store",
        """
        /*
         * A store that cannot read.
         */
        package kv.step1;

        import java.io.Closeable;

        /** Keeps things. */
        final class Store implements Closeable {
          // ======== Writing ========

          private int count;

          /** Puts a value. */
          void put(String key) {
            count++;
          }

          void put(String key, int times) {
            count += times;
          }

          int count() {
            return count;
          }

          // ======== Closing ========

          /** Ends it. */
          @Override
          public void close() {}
        }
        """);
    write(
        2,
        "Store",
        """
        /*
         * A store that can read.
         */
        package kv.step2;

        import java.io.Closeable;
        import java.util.Map;

        /** Keeps things, and gives them back. */
        final class Store implements Closeable {
          // ======== Writing ========

          private int count;

          /** Puts a value. */
          void put(String key, Map<String, String> map) {
            // Twice is better.
            if (map.isEmpty()) {
              count++;
            }
            count++;
          }

          void put(String key, int times, Map<String, String> map) {
            count += times;
          }

          // ======== Reading ========

          /** Gets a value. */
          String get(String key) {
            return "";
          }

          // ======== Closing ========

          /** Ends it all. */
          @Override
          public void close() {}
        }
        """);
    write(1, "Same", "package kv.step1;\n\n/** See {@link kv.step1.Store}. */\nclass Same {}\n");
    write(2, "Same", "package kv.step2;\n\n/** See {@link kv.step2.Store}. */\nclass Same {}\n");
    write(1, "Old", "package kv.step1;\n\nclass Old {\n  int old;\n}\n");
    write(
        2,
        "Index",
        """
        package kv.step2;

        /**
         * Remembers where each
         * {@link Store}'s records are. It forgets nothing.
         */
        final class Index {
          private long[] offsets;
        }
        """);
  }

  private Path mainSources(int step) {
    String packageFolder = Project.packageName(step).replace('.', '/');
    return folder.resolve(Project.name(step) + "/src/main/java/" + packageFolder);
  }

  private void write(int step, String name, String text) throws IOException {
    Files.writeString(mainSources(step).resolve(name + ".java"), text);
  }

  private String diff(String... arguments) throws IOException, BadUsage {
    StringBuilder out = new StringBuilder();
    assertEquals(
        0,
        DiffPrinter.run(
            project, arguments[0], arguments[1], arguments.length > 2 ? arguments[2] : null, out));
    return out.toString();
  }

  @Test
  void allThatWasChangedIsListedFileByFile() throws Exception {
    assertEquals(
        """
        Store.java
          changed  Store.essay                                        +1    -1
          changed  Store                                              +1    -1  comments
          changed  Store.put(String,Map<String,String>)               +5    -1
          changed  Store.put(String,int,Map<String,String>)           +1    -1
          new      Store.get                                          +4
          changed  Store.close                                        +1    -1  comments
          gone     Store.count()                                            -3

        New: Index.java, 9 lines. Remembers where each Store's records are.
        Gone: Old.
        The same to the byte: Same.

        Step 2 against step 1: 1 new file (Index), 1 gone (Old), 1 new member, 4 changed, 1 gone, 2 as they were; 10 lines of code added, 7 removed.
        """,
        diff("1", "2"));
  }

  @Test
  void theLastLineIsTheSummary() throws Exception {
    assertTrue(diff("1", "2").endsWith("\n" + Diff.summary(project, 1, 2) + "\n"));
  }

  @Test
  void aFileWithAThirdOfTheLinesOfOneThatIsGoneIsThatFileRenamed() throws Exception {
    String old =
        """
        package kv.step1;

        /** Copies. */
        class Copier {
          static void run(int from) {
            open(from);
            copy(from);
            close(from);
          }
        }
        """;
    write(1, "Copier", old);
    write(
        2,
        "Mover",
        old.replace("step1", "step2").replace("Copier", "Mover").replace("close", "delete"));

    String diff = diff("1", "2");

    assertTrue(diff.contains("Mover.java, which was Copier.java\n  changed  Mover.run"), diff);
    assertTrue(diff.contains("1 renamed (Copier to Mover)"), diff);
    assertFalse(diff.contains("New: Mover"), diff);
  }

  @Test
  void theOtherWayRoundWhatWasNewIsGone() throws Exception {
    assertEquals(
        "Step 1 against step 2: 1 new file (Old), 1 gone (Index), 1 new member, 4 changed, 1 gone,"
            + " 2 as they were; 7 lines of code added, 10 removed.",
        Diff.summary(project, 2, 1));
  }

  @Test
  void stepsThatAreTheSameHaveNothingToShow() throws Exception {
    write(3, "Same", "package kv.step3;\n\nclass Same {\n  int same;\n}\n");
    write(4, "Same", "package kv.step4;\n\nclass Same {\n  int same;\n}\n");
    assertEquals(
        """
        The same to the byte: Same.

        Step 4 against step 3: 0 new files, 0 new members, 0 changed, 0 gone, 2 as they were; 0 lines of code added, 0 removed.
        """,
        diff("3", "4"));
  }

  @Test
  void aMembersLinesAreShown() throws Exception {
    assertEquals(
        """
          /** Puts a value. */
        - void put(String key) {
        + void put(String key, Map<String, String> map) {
        +   // Twice is better.
        +   if (map.isEmpty()) {
        +     count++;
        +   }
            count++;
          }
        """,
        diff("1", "2", "Store.put(String)"));
  }

  @Test
  void anEssaysLinesAreShown() throws Exception {
    assertEquals(
        """
          /*
        -  * A store that cannot read.
        +  * A store that can read.
           */
        """,
        diff("1", "2", "Store.essay"));
  }

  @Test
  void theEssayOfASecondReadingIsShownWithTheFilesEssay() throws Exception {
    for (int n = 1; n <= 2; n++) {
      write(
          n,
          "Shelf",
          """
          /*
           * A shelf.
           */
          package kv.stepN;

          /** Holds books. */
          final class Shelf {
            // ======== For a second reading ========

            /*
             * It was built in year N.
             */

            private int width;
          }
          """
              .replace("N", "" + n));
    }
    assertEquals(
        """
          /*
           * A shelf.
           */

          /*
        -    * It was built in year 1.
        +    * It was built in year 2.
             */
        """,
        diff("1", "2", "Shelf.essay"));
  }

  @Test
  void aNewMemberIsAllPlusAndAGoneOneAllMinus() throws Exception {
    assertEquals(
        """
        + /** Gets a value. */
        + String get(String key) {
        +   return "";
        + }
        """,
        diff("1", "2", "Store.get"));
    assertEquals(
        """
        - int count() {
        -   return count;
        - }
        """,
        diff("1", "2", "Store.count()"));
  }

  @Test
  void aMemberThatWasNotChangedIsSaidToBeTheSame() throws Exception {
    assertEquals(
        """
        Store.count is the same in step 1 and step 2.
        """,
        diff("1", "2", "Store.count"));
  }

  @Test
  void aMemberCanBeNamedAsInEitherStepAndWithItsParameters() throws Exception {
    assertEquals(diff("1", "2", "Store.get"), diff("1", "2", "Store.get(String)"));
    assertEquals(
        diff("1", "2", "Store.put(String)"),
        diff("1", "2", "Store.put(String,Map<String,String>)"));
  }

  @Test
  void wrongArgumentsAreRefused() {
    refused("there is no step \"6\"; the steps are 1 to 5", "1", "6");
    refused("step 2 is compared with itself: name two steps", "2", "2");
    refused(
        "neither step 1 nor step 2 has a member Store.putt; names have the form",
        "1",
        "2",
        "Store.putt");
    refused("Store.put names more than one member; choose one of: ", "1", "2", "Store.put");
  }

  private void refused(String message, String... arguments) {
    BadUsage refusal = assertThrows(BadUsage.class, () -> diff(arguments));
    assertTrue(refusal.getMessage().startsWith(message), refusal.getMessage());
  }

  @Test
  void aLineOfCodeHasMoreOnItThanAComment() {
    assertEquals(
        List.of("class A {", "int a;", "String b = \"// no comment\";", "}"),
        Source.codeLines(
            """
            /* An essay. */
            package a;

            import b.C;

            /**
             * A class.
             */
            class A {
              // A comment.
              int a; // Another.

              String b = "// no comment";
              /* One
              more. */ }
            """));
  }

  @Test
  void theRealStepsFitInATerminal() throws Exception {
    project = Project.at(Path.of(".."));
    for (int step = 2; step <= Project.STEPS; step++) {
      List<String> lines = diff("" + (step - 1), "" + step).lines().toList();
      for (String line : lines.subList(0, lines.size() - 1)) {
        assertTrue(line.length() <= 80, line);
      }
    }
  }
}
