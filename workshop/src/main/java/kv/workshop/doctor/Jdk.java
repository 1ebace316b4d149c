package kv.workshop.doctor;

import javax.tools.ToolProvider;

/** The check of the JVM that runs this program. */
final class Jdk {
  /** The oldest JDK that the course supports. */
  static final int OLDEST = 17;

  private Jdk() {}

  /** Checks the version, and that it is a JDK: a JRE has neither a compiler nor jshell. */
  static Finding check() {
    boolean complete =
        ToolProvider.getSystemJavaCompiler() != null
            && ModuleLayer.boot().findModule("jdk.jshell").isPresent();
    return judge(Runtime.version(), complete);
  }

  static Finding judge(Runtime.Version version, boolean complete) {
    if (version.feature() < OLDEST) {
      return Finding.wrong("this is Java " + version + "; install a JDK of version 17 or newer");
    }
    if (!complete) {
      return Finding.wrong(
          "this Java " + version + " has no compiler or no jshell; install a whole JDK");
    }
    return Finding.ok(version.toString());
  }
}
