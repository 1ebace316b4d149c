package kv.benchmarks.harness;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The reader's own store: step 5 with code of theirs, in a folder that the workshop's {@code start
 * mine} made. It has the names of step 5, and takes its place in a JVM that is started with {@link
 * #jvmArguments}: so the calls are the same, and only the store differs.
 */
public final class MyStore {
  private static final Path SOURCES = Path.of("src", "main", "java", "kv", "step5");

  private MyStore() {}

  /**
   * Compiles the store in a folder, and returns the directory of its classes.
   *
   * @throws IOException if there is no store in the folder, or if it does not compile
   */
  public static Path compile(Path folder) throws IOException {
    return compile(folder, WorkDirectory.besideTheCode("mine"));
  }

  static Path compile(Path folder, Path classes) throws IOException {
    Path sources = folder.resolve(SOURCES);
    if (!Files.exists(sources.resolve("Store.java"))) {
      throw new IOException(
          sources.resolve("Store.java")
              + " is missing; to make a store of your own:"
              + " java -jar workshop/target/workshop.jar start mine");
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new IOException("this Java has no compiler; run the benchmarks with a JDK");
    }
    // Otherwise a class that was removed could still be found.
    WorkDirectory.delete(classes);
    Files.createDirectories(classes);
    List<Path> javaFiles;
    try (Stream<Path> files = Files.list(sources)) {
      javaFiles = files.filter(file -> file.toString().endsWith(".java")).toList();
    }
    List<String> options =
        List.of("-nowarn", "-proc:none", "--release", "17", "-d", classes.toString());
    StringWriter errors = new StringWriter();
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(null, Locale.ENGLISH, StandardCharsets.UTF_8)) {
      boolean compiled =
          compiler
              .getTask(
                  errors, files, null, options, null, files.getJavaFileObjectsFromPaths(javaFiles))
              .call();
      if (!compiled) {
        throw new IOException(folder + " does not compile:\n" + errors.toString().strip());
      }
    }
    return classes;
  }

  /** Returns the arguments for a JVM that uses these classes in place of those of step 5. */
  public static List<String> jvmArguments(Path classes) {
    // The loader of these classes is asked before the loader of the class path. The JVM would warn
    // that it cannot share classes of the class path between processes then.
    return List.of("-Xbootclasspath/a:" + classes.toAbsolutePath(), "-Xshare:off");
  }
}
