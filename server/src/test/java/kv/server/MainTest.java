package kv.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import kv.engine.Store;
import kv.server.core.Settings;
import kv.server.resp.CommandNames;
import kv.server.resp.RespWire;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line, up to the start of a server. */
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
    for (String option :
        new String[] {
          "--dir",
          "--store",
          "--resp",
          "--http",
          "--bind",
          "--sync",
          "--snapshots",
          "--read-only",
          "--requirepass",
          "--allow-host",
          "--max-value",
          "16777216",
          "ulimit -n",
          "salvage"
        }) {
      assertTrue(out.toString().contains(option), option);
    }
  }

  /** Both documents name every command that a client can send. */
  @Test
  void helpAndTheDocumentNameEveryCommand() throws IOException {
    assertEquals(0, run("--help"));
    // In a table a bar is escaped, in a code span too.
    String document = Files.readString(Path.of("..", "docs", "PROTOCOL.md")).replace("\\|", "|");
    Pattern.compile("--[a-z-]+")
        .matcher(out.toString())
        .results()
        .forEach(option -> assertTrue(document.contains("`" + option.group()), option.group()));
    Settings settings =
        Settings.of(directory.resolve("help")).sync(Settings.Sync.no).segmentSize(1 << 20).build();
    try (Server server = Server.start(settings)) {
      for (String name : CommandNames.of(server)) {
        assertTrue(out.toString().matches("(?s).*\\b" + name + "\\b.*"), "--help: " + name);
        assertTrue(document.matches("(?s).*`" + name + "[` ].*"), "PROTOCOL.md: " + name);
      }
      for (String command : CommandNames.syntaxesOf(server)) {
        String syntax = "| `" + command + "` |";
        assertTrue(document.contains(syntax), "PROTOCOL.md has no row for " + syntax);
      }
    }
  }

  @Test
  void optionsCanBeInAFile() throws IOException {
    Path file = Files.writeString(directory.resolve("options"), "--max-value=0\n");
    checkError(2, "--max-value is 0; the range is 1 to 536870912", "@" + file);
  }

  @Test
  void aLineOfTheFileIsOneArgument() throws IOException {
    Path file = Files.writeString(directory.resolve("odd"), "--bogus=a#b \"c\n");
    checkError(2, "Unknown option: '--bogus=a#b \"c'", "@" + file);
  }

  @Test
  void aFileOfOptionsThatIsMissingIsAnError() {
    checkError(2, "cannot read the file no-such-file, given as @no-such-file", "@no-such-file");
  }

  @Test
  void anEmptyPasswordIsAnError() {
    checkError(2, "--requirepass is empty", "--requirepass=");
  }

  @Test
  void anUnknownOptionIsAnError() {
    checkError(2, "Unknown option: '--bogus'", "--bogus");
  }

  @Test
  void aReadOnlyServerTakesNoSnapshots() {
    checkError(
        2, "--snapshots cannot be used with --read-only", "--read-only", "--snapshots", "backup");
  }

  @Test
  void aStoreOfTheReadersCannotBeReadOnlyAndTakesNoSnapshots() {
    checkError(
        2,
        "--read-only cannot be used with --store: step 5 has no call for that",
        "--store",
        "work/mine",
        "--read-only");
    err.getBuffer().setLength(0);
    checkError(
        2,
        "--snapshots cannot be used with --store: step 5 has no call for that",
        "--store",
        "work/mine",
        "--snapshots",
        "backup");
  }

  @Test
  void aFolderWithoutAStoreIsAnErrorThatNamesTheCommand() {
    checkError(
        1,
        "workshop.jar start mine",
        "--store",
        directory.resolve("none").toString(),
        "--dir",
        directory.toString());
  }

  @Test
  void theDirectoryForSnapshotsIsOutsideTheStore() {
    checkError(
        1,
        "choose one outside with --snapshots",
        "--dir",
        directory.toString(),
        "--snapshots",
        directory.resolve("snapshots").toString());
  }

  @Test
  void aDirectoryForSnapshotsThatCannotBeCreatedIsAnError() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    checkError(
        1,
        "cannot create the directory for snapshots, " + file.resolve("s"),
        "--dir",
        directory.resolve("store").toString(),
        "--snapshots",
        file.resolve("s").toString());
  }

  @Test
  void aStrayArgumentIsAnError() {
    checkError(2, "'data'", "data");
  }

  @Test
  void anUnknownSyncPolicyIsAnErrorThatNamesTheKnown() {
    checkError(2, "[always, everysec, no]", "--sync", "sometimes");
  }

  @Test
  void aPortOutOfRangeIsAnError() {
    checkError(2, "--resp is 65536; the range is 0 to 65535", "--resp", "65536");
  }

  @Test
  void aPortThatIsNotANumberIsAnError() {
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
    // The failed start closed the store.
    Store.open(directory).close();
  }

  private void checkStoreError(Path directory, String... parts) {
    checkError(
        1,
        "cannot open the store in " + directory + ": ",
        "--dir",
        directory.toString(),
        "--resp",
        "0",
        "--http",
        "0");
    for (String part : parts) {
      assertTrue(err.toString().contains(part), err.toString());
    }
  }

  @Test
  void aDirectoryThatIsInUseIsAnError() throws IOException {
    Store store = Store.open(directory);
    try {
      checkStoreError(directory, "already open", "--dir");
    } finally {
      store.close();
    }
  }

  @Test
  void aDamagedStoreIsAnErrorThatNamesTheFileAndSalvage() throws IOException {
    Files.writeString(directory.resolve("000001-000001.0.data"), "not a segment");
    checkStoreError(directory, "000001-000001.0.data", "server.jar salvage FROM TO");
  }

  @Test
  void aDirectoryThatIsAFileIsAnError() throws IOException {
    checkStoreError(Files.createFile(directory.resolve("file")), "directory");
  }

  /** The message of this exception is only the file's name. */
  @Test
  void aDirectoryThatMayNotBeWrittenToIsAnErrorThatSaysSo() throws IOException {
    assumeTrue(
        directory.toFile().setWritable(false), "this system cannot make a directory read-only");
    try {
      assumeFalse(Files.isWritable(directory), "this user can write to every directory");
      checkStoreError(directory, "LOCK: access is denied");
    } finally {
      directory.toFile().setWritable(true);
    }
  }

  @Test
  void theMessageOfAFailureHasThePath() {
    assertEquals(
        "cannot open the store in d: Invalid argument. Correct that, or choose another directory"
            + " with --dir",
        new StartFailure(Path.of("d"), new IOException("Invalid argument")).getMessage());
    assertEquals(
        "cannot open the store in d: f: access is denied. Correct that, or choose another"
            + " directory with --dir",
        new StartFailure(Path.of("d"), new AccessDeniedException("f")).getMessage());
  }

  @Test
  void aDamagedStoreIsSalvagedIntoANewOne() throws IOException {
    Path damaged = directory.resolve("damaged");
    try (Store store = Store.open(damaged)) {
      store.put(RespWire.bytes("os"), RespWire.bytes("linux"));
      store.put(RespWire.bytes("shell"), RespWire.bytes("bash"));
    }
    Path file = damaged.resolve("000001-000001.0.data");
    byte[] bytes = Files.readAllBytes(file);
    // In the first value.
    bytes[16 + 16 + 2] ^= 1;
    Files.write(file, bytes);
    Path salvaged = directory.resolve("salvaged");
    assertEquals(1, run("salvage", damaged.toString(), salvaged.toString()));
    assertTrue(out.toString().contains("000001-000001.0.data"), out.toString());
    assertEquals("", err.toString());
    try (Store store = Store.open(salvaged)) {
      assertEquals(1, store.size());
      assertArrayEquals(RespWire.bytes("bash"), store.get(RespWire.bytes("shell")));
    }
    assertArrayEquals(bytes, Files.readAllBytes(file));
    assertEquals(0, run("salvage", salvaged.toString(), directory.resolve("again").toString()));
  }

  @Test
  void aSalvageOfAMissingDirectoryIsAnError() {
    String none = directory.resolve("none").toString();
    checkError(1, "cannot salvage " + none + ": ", "salvage", none, none + "2");
  }

  @Test
  void aSalvageWithoutATargetIsAnError() {
    checkError(2, "'TO'", "salvage", directory.toString());
  }
}
