package kv.workshop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import kv.workshop.Members.Kind;
import kv.workshop.Members.Member;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Java file is read into its members. */
class MembersTest {
  private static final String SHELF =
      """
      /* An essay. */
      package shelf;

      /** Books, @see "a { that opens nothing". */
      @SuppressWarnings("{")
      final class Shelf /* { */ implements Runnable {
        // ======== Opening ========

        private static int count;

        static {
          count = 1; // }
        }

        /** Makes one. */
        Shelf() {}

        private final int width = 3; // in books

        // ======== Writing ========
        /** Puts a book. */
        @Deprecated
        int put(String book) {
          String brace = "}";
          return 1;
        }

        int put(java.util.List<String> books, int... places) {
          return 2;
        }

        // Says why it is here.
        int size() {
          return width;
        }

        // It stands by itself.

        int size = 1;

        interface Reader {
          void read();
        }

        record Place(int row, @Deprecated int column) {
          Place {
            row = 1;
          }

          enum Side {
            LEFT,
            RIGHT(1) {};

            Side(int... i) {}
          }
        }
      }
      """;

  @TempDir private Path folder;

  private List<Member> members() throws IOException {
    return Members.of(Files.writeString(folder.resolve("Shelf.java"), SHELF));
  }

  private Member member(String name) throws IOException, BadUsage {
    return Members.find(members(), name);
  }

  @Test
  void membersAreNamedByTheirTypesAndListedInTheOrderOfTheFile() throws IOException {
    assertEquals(
        List.of(
            "Shelf",
            "Shelf.count",
            "Shelf.static",
            "Shelf.Shelf",
            "Shelf.width",
            "Shelf.put(String)",
            "Shelf.put(java.util.List<String>,int[])",
            "Shelf.size()",
            "Shelf.size",
            "Shelf.Reader",
            "Shelf.Reader.read",
            "Shelf.Place",
            "Shelf.Place.Place",
            "Shelf.Place.Side",
            "Shelf.Place.Side.LEFT",
            "Shelf.Place.Side.RIGHT",
            "Shelf.Place.Side.Side"),
        members().stream().map(Member::name).toList());
  }

  @Test
  void aMemberHasItsJavadocItsAnnotationsAndTheSpaceBeforeThem() throws Exception {
    assertEquals(
        """
          /** Puts a book. */
          @Deprecated
          int put(String book) {
            String brace = "}";
            return 1;
          }\
        """,
        member("Shelf.put(String)").text());
  }

  @Test
  void aCommentDirectlyAboveBelongsToTheMember() throws Exception {
    assertTrue(member("Shelf.size()").text().startsWith("  // Says why it is here.\n  int size()"));
  }

  @Test
  void aCommentThatStandsByItselfBelongsToNoMember() throws Exception {
    assertEquals("  int size = 1;", member("Shelf.size").text());
  }

  @Test
  void aBannerAndTheCodeAfterTheMemberDoNotBelongToIt() throws Exception {
    assertEquals("  private static int count;", member("Shelf.count").text());
    assertEquals("  private final int width = 3;", member("Shelf.width").text());
  }

  @Test
  void theSectionIsTheNearestBannerAbove() throws Exception {
    assertEquals("", member("Shelf").section());
    assertEquals("Opening", member("Shelf.count").section());
    assertEquals("Opening", member("Shelf.width").section());
    assertEquals("Writing", member("Shelf.put(String)").section());
    assertEquals("Writing", member("Shelf.Place.Place").section());
  }

  @Test
  void theBodyIsFromBraceToBrace() throws Exception {
    assertEquals("{\n    return width;\n  }", body("Shelf.size()"));
    assertEquals("{}", body("Shelf.Shelf"));
    assertEquals("{\n    void read();\n  }", body("Shelf.Reader"));
    assertEquals("{\n    count = 1; // }\n  }", body("Shelf.static"));
    assertEquals("{\n      row = 1;\n    }", body("Shelf.Place.Place"));
    assertTrue(body("Shelf").startsWith("{\n  // ======== Opening"));
  }

  private String body(String name) throws Exception {
    Member member = member(name);
    return SHELF.substring(member.bodyStart(), member.bodyEnd() + 1);
  }

  @Test
  void whatHasNoBracesHasNoBody() throws Exception {
    assertFalse(member("Shelf.Reader.read").hasBody());
    assertFalse(member("Shelf.width").hasBody());
    assertEquals(-1, member("Shelf.width").bodyStart());
    assertEquals(-1, member("Shelf.width").bodyEnd());
  }

  @Test
  void anOverloadedNameByItselfIsRefused() throws IOException {
    List<Member> members = members();
    String message =
        assertThrows(BadUsage.class, () -> Members.find(members, "Shelf.put")).getMessage();
    assertEquals(
        "Shelf.put names more than one member; choose one of:"
            + " Shelf.put(String), Shelf.put(java.util.List<String>,int[])",
        message);
  }

  @Test
  void aNameThatNoMemberHasIsRefused() throws IOException {
    List<Member> members = members();
    String message =
        assertThrows(BadUsage.class, () -> Members.find(members, "Shelf.pu")).getMessage();
    assertEquals("there is no member Shelf.pu", message);
  }

  @Test
  void aSignatureFindsAMethodThatIsNotOverloaded() throws Exception {
    assertEquals("Shelf.Shelf", member("Shelf.Shelf()").name());
  }

  @Test
  void aFileThatIsNotJavaIsRefusedWithItsPlace() throws IOException {
    Path file = Files.writeString(folder.resolve("Broken.java"), "class Broken {\n  int }\n");
    String message = assertThrows(IOException.class, () -> Members.of(file)).getMessage();
    assertTrue(message.contains("Broken.java:2"), message);
  }

  @Test
  void everyMemberOfEveryStepHasANameOfItsOwn() throws Exception {
    Project project = Project.at(Path.of(".."));
    for (int n = 1; n <= Project.MODULES; n++) {
      try (Stream<Path> files = Files.list(project.mainSources(n))) {
        for (Path file : files.toList()) {
          List<Member> members = Members.of(file);
          HashSet<String> names = new HashSet<>();
          for (Member member : members) {
            assertTrue(names.add(member.name()), file + ": " + member.name());
            assertEquals(
                member.text(), Files.readString(file).substring(member.start(), member.end()));
            assertFalse(member.kind() == Kind.TYPE && !member.hasBody(), member.name());
          }
        }
      }
    }
  }
}
