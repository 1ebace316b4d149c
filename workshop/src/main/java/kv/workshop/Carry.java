/*
 * WHAT THIS FILE IS
 *
 * The reader's own code, carried into the project of a later exercise, or of their store. A body is
 * carried only if
 *
 *   - its exercise is done, and no file of it changed since (Progress);
 *   - the later step has the member with the same code as the exercise's step. A step that changes
 *     a member has its own reason, and the older body would undo the change;
 *   - the exercise that is started does not ask for the member again;
 *   - its signature is unchanged, and the later step compiles with the body.
 *
 * Of two exercises with the same member, the later one counts. The exercises themselves are only
 * read.
 *
 * NOT HERE: the members of an exercise that extends its step. Later steps would need more than the
 * same text: a putAll of step 1 updates no index.
 */
package kv.workshop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import kv.workshop.Check.Verdict;
import kv.workshop.Members.Member;

/** Carries the reader's code into a later project. */
final class Carry {
  private final Exercise target;

  /** The main sources of the new project, with its blanks. */
  private final Path sources;

  /** Whether each change is compiled, and taken back if it does not compile. */
  private final boolean compiles;

  /** By the names of members, or by the numbers of exercises that are not carried at all. */
  private final Map<String, Fate> fates = new LinkedHashMap<>();

  private Carry(Exercise target, Path sources, boolean compiles) {
    this.target = target;
    this.sources = sources;
    this.compiles = compiles;
  }

  /**
   * The answer to whether a member was carried.
   *
   * @param exercise the number of its exercise
   * @param member its name; empty if the reason applies to the whole exercise
   * @param reason why it was not carried; empty if it was
   */
  record Fate(String exercise, String member, String reason) {
    private static final String GONE = "the new step does not have it";

    /** Returns whether the member was carried. */
    boolean isCarried() {
      return reason.isEmpty();
    }

    /** Returns whether the new step does not have the member. */
    boolean isGone() {
      return reason.equals(GONE);
    }

    /** Returns whether the new project has the course's code in place of the reader's. */
    boolean isReplaced() {
      return !isCarried() && !isGone();
    }
  }

  /**
   * Carries the code of all earlier exercises that were started into a new project.
   *
   * @param sources the project's main sources, with the exercise's members blanked
   * @return the members, in the order of their exercises
   */
  static List<Fate> into(Exercise target, Path sources) throws IOException, BadUsage {
    Map<Path, String> before = new HashMap<>();
    for (Path file : Project.javaFiles(sources)) {
      before.put(file, Files.readString(file));
    }
    // All of it usually compiles together. If not, it is found out which member does not.
    Carry carry = new Carry(target, sources, false);
    carry.carryAll();
    boolean any = carry.fates.values().stream().anyMatch(Fate::isCarried);
    if (any && !carry.compile().isEmpty()) {
      for (Map.Entry<Path, String> file : before.entrySet()) {
        Files.writeString(file.getKey(), file.getValue());
      }
      carry = new Carry(target, sources, true);
      carry.carryAll();
    }
    return carry.fates.values().stream().sorted(Comparator.comparing(Fate::exercise)).toList();
  }

  private void carryAll() throws IOException, BadUsage {
    List<String> numbers = Exercise.numbers(target.project());
    // The latest first: its bodies count.
    for (int i = numbers.size() - 1; i >= 0; i--) {
      Exercise exercise = Exercise.of(target.project(), numbers.get(i));
      if (exercise.precedes(target) && target.chapter() <= Project.STEPS) {
        carry(exercise);
      }
    }
  }

  private void carry(Exercise exercise) throws IOException {
    Verdict verdict = Progress.verdict(exercise);
    if (verdict == Verdict.NOT_STARTED) {
      return;
    }
    if (verdict != Verdict.DONE) {
      note(exercise, "", verdict.words());
    } else if (exercise.extendsStep()) {
      String reason =
          target.isMine()
              ? "an extension is not one of the methods of step " + Project.STEPS
              : "it extends step " + exercise.chapter() + " alone";
      note(exercise, "", reason);
    } else {
      for (String file : files(exercise)) {
        carry(exercise, file);
      }
    }
  }

  /** The names of the files in which an exercise has members. */
  private static Set<String> files(Exercise exercise) {
    return exercise.members().stream()
        .map(name -> name.substring(0, name.indexOf('.')) + ".java")
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** Carries an exercise's members in one file, if the step compiles with them. */
  private void carry(Exercise exercise, String file) throws IOException {
    Path shippedFile = exercise.project().mainSources(exercise.chapter()).resolve(file);
    Path ownFile = exercise.workSources().resolve(file);
    Path newFile = sources.resolve(file);
    List<Member> own = members(ownFile);
    List<Member> there = members(newFile);
    List<Member> carried = new ArrayList<>();
    for (Member shipped : members(shippedFile)) {
      if (exercise.members().contains(shipped.name()) && !isCarried(shipped.name())) {
        Member mine = same(own, shipped);
        String reason = reason(shipped, mine, counterpart(there, shipped));
        note(exercise, shipped.name(), reason);
        if (reason.isEmpty()) {
          carried.add(mine);
        }
      }
    }
    if (!carried.isEmpty()) {
      graft(exercise, newFile, ownFile, shippedFile, carried);
    }
  }

  private void graft(
      Exercise exercise, Path newFile, Path ownFile, Path shippedFile, List<Member> carried)
      throws IOException {
    String before = Files.readString(newFile);
    Files.writeString(newFile, new Graft(newFile, ownFile, shippedFile).with(carried));
    List<String> errors = compiles ? compile() : List.of();
    if (errors.isEmpty()) {
      return;
    }
    Files.writeString(newFile, before);
    if (carried.size() == 1) {
      String error = errors.get(0).replaceFirst("^.*\\.java:\\d+: ", "").replaceAll("\\s+", " ");
      note(exercise, carried.get(0).name(), "does not compile here: " + error);
      return;
    }
    for (Member member : carried) {
      graft(exercise, newFile, ownFile, shippedFile, List.of(member));
    }
  }

  private boolean isCarried(String member) {
    return fates.containsKey(member) && fates.get(member).isCarried();
  }

  private void note(Exercise exercise, String member, String reason) {
    Fate fate = new Fate(exercise.number(), member, reason);
    fates.put(member.isEmpty() ? exercise.number() : member, fate);
  }

  // ======== Whether a member may be carried ========

  /**
   * Returns why a member is not carried, or an empty text.
   *
   * @param shipped in the exercise's step
   * @param own in the reader's work, or null
   * @param there in the new project, or null
   */
  private String reason(Member shipped, Member own, Member there) {
    if (there == null) {
      return Fate.GONE;
    }
    if (there.text().contains(target.blank(there.name()))) {
      return "this exercise asks for it again";
    }
    if (!code(shipped.text()).equals(code(there.text()))) {
      return "step " + target.chapter() + " changes it";
    }
    if (own == null || !head(own).equals(head(shipped))) {
      return "your code has no method with its signature";
    }
    return "";
  }

  /** Returns the members of a file; none if there is no file. */
  private static List<Member> members(Path file) throws IOException {
    return Files.exists(file) ? Members.of(file) : List.of();
  }

  private static Member same(List<Member> members, Member sought) {
    return members.stream()
        .filter(member -> member.signature().equals(sought.signature()))
        .findFirst()
        .orElse(null);
  }

  /** Returns the member with the same signature; otherwise one with the same name, or null. */
  private static Member counterpart(List<Member> members, Member sought) {
    Member same = same(members, sought);
    return same != null
        ? same
        : members.stream()
            .filter(member -> member.name().equals(sought.name()))
            .findFirst()
            .orElse(null);
  }

  /** Returns all of a member that precedes its body, without comments. */
  private static String head(Member member) {
    return code(member.text().substring(0, member.bodyStart() - member.start()));
  }

  private static String code(String text) {
    return Comments.blank(text).replaceAll("\\s+", " ").strip();
  }

  /** Compiles the new project, and returns the errors. */
  private List<String> compile() throws IOException {
    Path classes = Files.createTempDirectory(sources, "classes");
    try {
      List<Path> files = Project.javaFiles(sources);
      return Check.compile(target, files, classes, List.of("-nowarn"));
    } finally {
      Folders.delete(classes);
    }
  }
}
