/*
 * WHAT THIS FILE IS
 *
 * A new text for a Java file: bodies of another version of the file replace its own. Imports and
 * members that the other version has and its original does not have come along, since the bodies
 * may need them.
 *
 *     original   the version that the reader began with
 *     own        the reader's version of it
 *     file       the version of a later step, which receives the bodies
 */
package kv.workshop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kv.workshop.Members.Member;

/** Puts bodies of one version of a Java file into another version. */
final class Graft {
  private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([\\w.]+);");
  private static final Pattern IMPORT = Pattern.compile("(?m)^import [^;]+;");

  private final String text;
  private final Map<String, Member> members;
  private final String ownText;
  private final Map<String, Member> ownMembers;
  private final Set<String> originals;
  private final List<Edit> edits = new ArrayList<>();

  /** A change of the text: another text from start to end. */
  private record Edit(int start, int end, String text) {}

  Graft(Path file, Path own, Path original) throws IOException {
    this.text = Files.readString(file);
    this.members = bySignature(file);
    this.ownText = Files.readString(own);
    this.ownMembers = bySignature(own);
    this.originals = bySignature(original).keySet();
  }

  private static Map<String, Member> bySignature(Path file) throws IOException {
    Map<String, Member> members = new HashMap<>();
    for (Member member : Members.of(file)) {
      members.put(member.signature(), member);
    }
    return members;
  }

  /** Returns the text with the bodies of some members of the reader's version. */
  String with(List<Member> bodies) {
    for (Member own : bodies) {
      Member place = members.get(own.signature());
      String body = ownText.substring(own.bodyStart(), own.bodyEnd() + 1);
      edits.add(new Edit(place.bodyStart(), place.bodyEnd() + 1, body));
    }
    addMembers();
    addImports();
    // From the end to the start: an edit moves only what follows it.
    edits.sort(Comparator.comparing(Edit::start).reversed());
    StringBuilder changed = new StringBuilder(text);
    for (Edit edit : edits) {
      changed.replace(edit.start, edit.end, inThisPackage(edit.text));
    }
    return changed.toString();
  }

  /** Adds the reader's new members to the end of their types. */
  private void addMembers() {
    ownMembers.values().stream()
        .filter(
            own -> !originals.contains(own.signature()) && !members.containsKey(own.signature()))
        // Not a member of a new type: it comes with the type.
        .filter(own -> originals.contains(type(own)) && members.containsKey(type(own)))
        .sorted(Comparator.comparing(Member::start).reversed())
        .forEach(
            own -> {
              int brace = members.get(type(own)).bodyEnd();
              int end = text.lastIndexOf('\n', brace) + 1;
              edits.add(new Edit(end, end, "\n" + own.text() + "\n"));
            });
  }

  /** Returns the name of the type that contains a member. */
  private static String type(Member member) {
    String name = member.name().replaceFirst("\\(.*", "");
    return name.substring(0, Math.max(0, name.lastIndexOf('.')));
  }

  private void addImports() {
    Set<String> missing = new HashSet<>();
    IMPORT.matcher(ownText).results().forEach(match -> missing.add(match.group()));
    IMPORT.matcher(text).results().forEach(match -> missing.remove(match.group()));
    Matcher declaration = PACKAGE.matcher(text);
    if (declaration.find() && !missing.isEmpty()) {
      int end = declaration.end();
      String imports = String.join("\n", missing.stream().sorted().toList());
      edits.add(new Edit(end, end, "\n\n" + imports));
    }
  }

  private String inThisPackage(String ownCode) {
    Matcher from = PACKAGE.matcher(ownText);
    Matcher to = PACKAGE.matcher(text);
    return from.find() && to.find()
        ? ownCode.replace(from.group(1) + ".", to.group(1) + ".")
        : ownCode;
  }
}
