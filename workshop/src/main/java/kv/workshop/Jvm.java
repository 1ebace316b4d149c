package kv.workshop;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The Java of this process, for starting another one like it. */
public final class Jvm {
  /** The command that starts a JVM of the same version as this one. */
  public static final String COMMAND =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  private Jvm() {}

  /** Returns the class path of this process with absolute paths, valid in any folder. */
  public static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }
}
