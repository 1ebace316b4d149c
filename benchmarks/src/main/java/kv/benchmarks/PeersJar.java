package kv.benchmarks;

import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import kv.benchmarks.harness.WorkDirectory;

/**
 * Starts the race of the engine against other stores. The race is a module of its own with a jar of
 * its own, since its libraries are large and not everybody builds it.
 */
final class PeersJar {
  private PeersJar() {}

  /** Returns the place of the jar, as Maven builds it, whether it is there or not. */
  static Path path() {
    return WorkDirectory.besideTheCode("..").resolve("peers/target/peers.jar").normalize();
  }

  /** Runs the race, and returns the exit status. */
  static int run(Path jar, String[] arguments, PrintStream out, PrintStream err) throws Exception {
    if (!Files.exists(jar)) {
      err.println(
          "the other stores are not built: "
              + WorkDirectory.shown(jar)
              + " does not exist; build it with: mvn -q -B -Ppeers package -DskipTests");
      return CommandLines.BAD_USAGE;
    }
    URL[] urls = {jar.toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(urls, PeersJar.class.getClassLoader())) {
      return (int)
          loader
              .loadClass("kv.benchmarks.peers.Peers")
              .getMethod("run", String[].class, PrintStream.class, PrintStream.class)
              .invoke(null, arguments, out, err);
    }
  }
}
