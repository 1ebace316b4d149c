/*
 * WHAT THIS FILE IS
 *
 * The members of a Java file: its types, methods and fields, each with its place in the text. The
 * JDK's own compiler reads the file (com.sun.source, the compiler tree API), and stops before it
 * resolves names, so a file can be read by itself.
 *
 * PICTURE: the parts of a member
 *
 *     ...
 *       // ======== Reading ========            section
 *
 *       @Override                             start, the beginning of the line of the Javadoc,
 *       byte[] get(byte[] key) {                bodyStart, the brace
 *         ...
 *       }                                       bodyEnd, the other brace; end, the offset after it
 */
package kv.workshop;

import com.sun.source.tree.BlockTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.Writer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import kv.workshop.Comments.Comment;

/** Reads Java files into their members. */
public final class Members {
  private static final Pattern BANNER = Pattern.compile("// ======== (.+?) ========");

  private final String file;
  private final String text;
  private final List<Comment> comments;

  /** The text without its comments. */
  private final String code;

  private final CompilationUnitTree unit;
  private final SourcePositions positions;
  private final List<Member> members = new ArrayList<>();

  private Members(String file, String text, CompilationUnitTree unit, SourcePositions positions) {
    this.file = file;
    this.text = text;
    this.comments = Comments.in(text);
    this.code = Comments.blank(text);
    this.unit = unit;
    this.positions = positions;
  }

  /** Kind of a member. A constructor or an initializer is a method, and a constant is a field. */
  public enum Kind {
    TYPE,
    METHOD,
    FIELD
  }

  /**
   * A member. Offsets are counted in chars from the start of the file.
   *
   * @param file the name of the file, {@code Store.java}
   * @param name its name in the course: {@code Store} for a type, {@code Store.put}, {@code
   *     KeyDir.Location}, {@code KeyDir.Records.read}, {@code Store.Store} for a constructor; a
   *     method that shares its name with another member of the type has its parameters' types too,
   *     as in {@code LogFile.open(Path,FileChannel)}
   * @param signature the name with the parameters' types if it is a method, shared or not
   * @param section the text of the nearest banner above, or empty
   * @param start the start of the line of its Javadoc or annotations, or of itself
   * @param end offset after its last character
   * @param bodyStart the offset of the brace that opens its body, or -1 if it has none
   * @param bodyEnd the offset of the brace that closes its body, or -1
   * @param text from start to end
   */
  public record Member(
      String file,
      String name,
      String signature,
      Kind kind,
      String section,
      int start,
      int end,
      int bodyStart,
      int bodyEnd,
      String text) {
    /** Returns whether it is a type, or a method that is not abstract. */
    public boolean hasBody() {
      return bodyStart >= 0;
    }
  }

  // ======== Reading a file ========

  /**
   * Returns the members of a Java file, in its order: a type comes before its members. Components of
   * a record and classes inside methods are not members.
   *
   * @throws IOException if the file cannot be read, or is not Java
   */
  public static List<Member> of(Path javaFile) throws IOException {
    JavaCompiler compiler = compiler();
    String text = Files.readString(javaFile);
    DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
    JavacTask task =
        (JavacTask)
            compiler.getTask(
                Writer.nullWriter(),
                null,
                problems,
                List.of("-proc:none"),
                null,
                List.of(new Source(javaFile.toUri(), text)));
    CompilationUnitTree unit = task.parse().iterator().next();
    if (!problems.getDiagnostics().isEmpty()) {
      throw new IOException(problems.getDiagnostics().get(0).toString());
    }
    Members members =
        new Members(
            javaFile.getFileName().toString(),
            text,
            unit,
            Trees.instance(task).getSourcePositions());
    for (Tree type : unit.getTypeDecls()) {
      if (type instanceof ClassTree) {
        members.addType((ClassTree) type, "");
      }
    }
    return List.copyOf(members.members);
  }

  /**
   * Returns the compiler of this JDK.
   *
   * @throws IOException if this Java has no compiler
   */
  static JavaCompiler compiler() throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new IOException("this Java has no compiler; run the workshop with a JDK");
    }
    return compiler;
  }

  /** The text of a file for the compiler, which then need not read the file again. */
  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(URI uri, String text) {
      super(uri, JavaFileObject.Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  // ======== Finding one of them ========

  /**
   * Returns the member with a name.
   *
   * @throws BadUsage if there is none, or more than one
   */
  public static Member find(List<Member> members, String name) throws BadUsage {
    List<String> overloads = new ArrayList<>();
    for (Member member : members) {
      if (member.name.equals(name) || member.signature.equals(name)) {
        return member;
      }
      if (member.name.startsWith(name + "(")) {
        overloads.add(member.name);
      }
    }
    if (overloads.isEmpty()) {
      throw new BadUsage("there is no member " + name);
    }
    throw new BadUsage(
        name + " names more than one member; choose one of: " + String.join(", ", overloads));
  }

  // ======== From trees to members ========

  private void addType(ClassTree type, String outer) {
    String name = outer + type.getSimpleName();
    int open = bodyOf(type);
    add(name, name, Kind.TYPE, type, open);
    List<Tree> inner = new ArrayList<>();
    for (Tree member : type.getMembers()) {
      // Not a record's components, which precede the brace, nor members that the compiler added.
      if (start(member) > open) {
        inner.add(member);
      }
    }
    for (Tree member : inner) {
      if (member instanceof ClassTree) {
        addType((ClassTree) member, name + ".");
        continue;
      }
      String simple = simpleName(member, type);
      long same = inner.stream().filter(other -> simple.equals(simpleName(other, type))).count();
      String signature = name + "." + simple + parameters(member);
      String shortName = same > 1 ? signature : name + "." + simple;
      if (member instanceof MethodTree && ((MethodTree) member).getBody() != null) {
        add(shortName, signature, Kind.METHOD, member, start(((MethodTree) member).getBody()));
      } else if (member instanceof BlockTree) {
        add(shortName, signature, Kind.METHOD, member, code.indexOf('{', start(member)));
      } else {
        Kind kind = member instanceof MethodTree ? Kind.METHOD : Kind.FIELD;
        add(shortName, signature, kind, member, -1);
      }
    }
  }

  private static String simpleName(Tree member, ClassTree type) {
    if (member instanceof MethodTree) {
      String name = ((MethodTree) member).getName().toString();
      return name.equals("<init>") ? type.getSimpleName().toString() : name;
    }
    if (member instanceof VariableTree) {
      return ((VariableTree) member).getName().toString();
    }
    if (member instanceof ClassTree) {
      return ((ClassTree) member).getSimpleName().toString();
    }
    return "static";
  }

  private static String parameters(Tree member) {
    if (!(member instanceof MethodTree)) {
      return "";
    }
    return ((MethodTree) member)
        .getParameters().stream()
            .map(parameter -> parameter.getType().toString().replace(" ", ""))
            .collect(Collectors.joining(",", "(", ")"));
  }

  /** Returns the offset of the brace that opens a type's body: the first after its annotations. */
  private int bodyOf(ClassTree type) {
    int at = start(type);
    for (Tree annotation : type.getModifiers().getAnnotations()) {
      at = end(annotation);
    }
    return code.indexOf("{", at);
  }

  private void add(String name, String signature, Kind kind, Tree tree, int bodyStart) {
    int from = withComments(start(tree));
    int end = end(tree);
    int bodyEnd = bodyStart < 0 ? -1 : end - 1;
    members.add(
        new Member(
            file,
            name,
            signature,
            kind,
            section(from),
            from,
            end,
            bodyStart,
            bodyEnd,
            text.substring(from, end)));
  }

  /** Returns the start of the first line of the comments directly above an offset. */
  private int withComments(int offset) {
    int from = lineStart(offset);
    for (int i = comments.size() - 1; i >= 0; i--) {
      Comment comment = comments.get(i);
      int line = lineStart(comment.start());
      if (comment.end() == from - 1
          && text.substring(line, comment.start()).isBlank()
          && banner(comment) == null) {
        from = line;
      }
    }
    return from;
  }

  private int lineStart(int offset) {
    return text.lastIndexOf('\n', offset - 1) + 1;
  }

  /** Returns the text of the last banner before an offset, or an empty text. */
  private String section(int offset) {
    String section = "";
    for (Comment comment : comments) {
      if (comment.start() < offset && banner(comment) != null) {
        section = banner(comment);
      }
    }
    return section;
  }

  private String banner(Comment comment) {
    Matcher banner = BANNER.matcher(text.substring(comment.start(), comment.end()));
    return banner.matches() ? banner.group(1) : null;
  }

  private int start(Tree tree) {
    return (int) positions.getStartPosition(unit, tree);
  }

  private int end(Tree tree) {
    return (int) positions.getEndPosition(unit, tree);
  }
}
