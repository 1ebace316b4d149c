package kv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import kv.step5.Store;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line, as far as it does not start a server. */
class MainTest {
  @TempDir Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return Main.run(arguments, new PrintWriter(out), new PrintWriter(err));
  }

  private void checkError(int status, String message, String... arguments) {
    assertEquals(status, run(arguments));
    assertTrue(err.toString().contains(message), err.toString());
    assertEquals(1, err.toString().lines().count(), err.toString());
  }

  @Test
  void helpShowsAllOptions() {
    assertEquals(0, run("--help"));
    for (String option : new String[] {"--dir", "--resp", "--http", "--bind", "--sync"}) {
      assertTrue(out.toString().contains(option), option);
    }
  }

  @Test
  void anUnknownOptionIsAnError() {
    checkError(2, "Unknown option: '--bogus'", "--bogus");
  }

  @Test
  void anArgumentIsAnError() {
    checkError(2, "'data'", "data");
  }

  @Test
  void anUnknownSyncPolicyIsAnErrorThatNamesTheKnown() {
    checkError(2, "[always, everysec, no]", "--sync", "sometimes");
  }

  @Test
  void aPortThatIsNoneIsAnError() {
    checkError(2, "ports are 0 to 65535", "--resp", "65536");
  }

  @Test
  void aPortThatIsNoNumberIsAnError() {
    checkError(2, "'--http'", "--http", "web");
  }

  @Test
  void aPortThatIsTakenIsAnErrorThatSaysWhichAndWhatToDo() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(taken.getLocalPort());
      checkError(
          1,
          "port " + port,
          "--dir",
          directory.toString(),
          "--bind",
          taken.getInetAddress().getHostAddress(),
          "--resp",
          "0",
          "--http",
          port);
      assertTrue(err.toString().contains("--http"));
    }
    // The store was closed again.
    Store.open(directory).close();
  }

  @Test
  void aDirectoryThatIsInUseIsAnError() throws IOException {
    Store store = Store.open(directory);
    try {
      checkError(1, "already open", "--dir", directory.toString(), "--resp", "0", "--http", "0");
    } finally {
      store.close();
    }
  }

  @Test
  void aDamagedStoreIsAnErrorThatNamesTheFile() throws IOException {
    Files.writeString(directory.resolve("000001-000001.0.data"), "this is no segment");
    checkError(
        1, "000001-000001.0.data", "--dir", directory.toString(), "--resp", "0", "--http", "0");
  }

  @Test
  void aDirectoryThatIsAFileIsAnError() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    checkError(1, "file", "--dir", file.toString(), "--resp", "0", "--http", "0");
  }
}
