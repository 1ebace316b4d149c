/*
 * WHAT THIS FILE IS
 *
 * The classes of a store that the reader of the course built: step 5 with code of theirs, in a
 * folder that the workshop's start mine made. The server compiles the folder when it starts, and
 * keeps the classes in memory.
 *
 * WHY LIKE THIS
 *
 * Classes that Maven compiled may be older than the sources, and a server that runs yesterday's
 * code without a word costs an evening. Compiling takes about a second, and needs a JDK.
 *
 * The classes see the JDK only, as those of the steps do: the loader's parent is the platform's. So
 * the class kv.step5.Store is always the folder's.
 */
package kv.server.core;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Loads the classes of the reader's store. */
final class OwnClasses extends ClassLoader {
  /** The name of the reader's store class, and of every store of step 5. */
  static final String STORE = "kv.step5.Store";

  private static final Path SOURCES = Path.of("src", "main", "java");

  /** The compiled classes by name. */
  private final Map<String, byte[]> classes = new HashMap<>();

  private OwnClasses(Map<String, ByteArrayOutputStream> compiled) {
    super("own-store", ClassLoader.getPlatformClassLoader());
    compiled.forEach((name, bytes) -> classes.put(name, bytes.toByteArray()));
  }

  /**
   * Compiles the project in a folder, and returns its store class.
   *
   * @throws IOException with advice in its message, if there is no store in the folder, or if it
   *     does not compile
   */
  static Class<?> load(Path folder) throws IOException {
    Path sources = folder.resolve(SOURCES);
    Path store = sources.resolve(Path.of("kv", "step5", "Store.java"));
    if (!Files.exists(store)) {
      throw new IOException(
          "there is no store in "
              + folder
              + ": "
              + store
              + " is missing. To make a store of your own:"
              + " java -jar workshop/target/workshop.jar start mine");
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new IOException(
          "cannot compile the store in "
              + folder
              + ": this Java has no compiler. Run the server with a JDK");
    }
    List<Path> files;
    try (Stream<Path> all = Files.walk(sources)) {
      files = all.filter(file -> file.toString().endsWith(".java")).toList();
    }
    try {
      return new OwnClasses(compile(compiler, folder, files)).loadClass(STORE);
    } catch (ClassNotFoundException | LinkageError e) {
      throw new IOException("cannot load the store in " + folder + ": " + e, e);
    }
  }

  private static Map<String, ByteArrayOutputStream> compile(
      JavaCompiler compiler, Path folder, List<Path> files) throws IOException {
    // A class path of its own: otherwise the compiler takes the server's.
    String classPath = folder.resolve(SOURCES).toString();
    List<String> options = List.of("-nowarn", "-proc:none", "--release", "17", "-cp", classPath);
    StringWriter errors = new StringWriter();
    try (Memory memory =
        new Memory(compiler.getStandardFileManager(null, Locale.ENGLISH, StandardCharsets.UTF_8))) {
      boolean compiled =
          compiler.getTask(errors, memory, null, options, null, memory.sources(files)).call();
      if (!compiled) {
        throw new IOException(
            "the store in " + folder + " does not compile:\n" + errors.toString().strip());
      }
      return memory.classes;
    }
  }

  /** The compiler's files: sources in the file system, classes in memory. */
  private static final class Memory extends ForwardingJavaFileManager<StandardJavaFileManager> {
    final Map<String, ByteArrayOutputStream> classes = new HashMap<>();

    Memory(StandardJavaFileManager files) {
      super(files);
    }

    Iterable<? extends JavaFileObject> sources(List<Path> files) {
      return fileManager.getJavaFileObjectsFromPaths(files);
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
      return new SimpleJavaFileObject(URI.create("memory:///" + name), kind) {
        @Override
        public OutputStream openOutputStream() {
          ByteArrayOutputStream bytes = new ByteArrayOutputStream();
          classes.put(name, bytes);
          return bytes;
        }
      };
    }
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    byte[] bytes = classes.get(name);
    if (bytes == null) {
      throw new ClassNotFoundException(name);
    }
    return defineClass(name, bytes, 0, bytes.length);
  }
}
