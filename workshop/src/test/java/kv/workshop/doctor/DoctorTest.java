package kv.workshop.doctor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import kv.workshop.Project;
import kv.workshop.doctor.Doctor.Check;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A machine that is not ready is found, with the remedy. */
class DoctorTest {
  @TempDir private Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private static void assertWrong(String text, Finding finding) {
    assertFalse(finding.ok(), finding.text());
    assertTrue(finding.text().contains(text), finding.text());
  }

  private static void assertOk(String text, Finding finding) {
    assertEquals(Finding.ok(text), finding);
  }

  // ======== The command ========

  private int run(Map<String, Check> checks) {
    return Doctor.run(checks, new PrintStream(out, true, UTF_8));
  }

  @Test
  void aCheckIsOneLine() {
    assertEquals(0, run(Map.of("JDK", () -> Finding.ok("17"))));
    assertEquals("JDK      ok: 17\nThis machine is ready.\n", out.toString(UTF_8));
  }

  @Test
  void theStatusIsOneIfACheckFindsSomethingAndTheOthersRun() {
    Map<String, Check> checks = new LinkedHashMap<>();
    checks.put("space", () -> Finding.wrong("none; delete files"));
    checks.put(
        "disk",
        () -> {
          throw new IOException("read-only");
        });
    checks.put("ports", () -> Finding.ok("free"));
    assertEquals(1, run(checks));
    assertEquals(
        """
        space    WRONG: none; delete files
        disk     WRONG: the check failed: java.io.IOException: read-only
        ports    ok: free
        2 of 3 checks found something wrong.
        """,
        out.toString(UTF_8));
  }

  @Test
  void theTeachersPageShowsEveryCheck() throws IOException {
    List<String> shown =
        Pattern.compile("(?m)^(\\w+) +(ok|WRONG): ")
            .matcher(Files.readString(Path.of("WORKSHOP.md")))
            .results()
            .map(line -> line.group(1))
            .toList();
    assertEquals(List.copyOf(Doctor.checks(folder).keySet()), shown);
  }

  // ======== JDK and Maven ========

  @Test
  void theJdkIsAtLeast17AndWhole() {
    assertTrue(Jdk.check().ok(), Jdk.check().text());
    assertOk("17.0.1", Jdk.judge(Runtime.Version.parse("17.0.1"), true));
    assertWrong("install a JDK", Jdk.judge(Runtime.Version.parse("11.0.2"), true));
    assertWrong("no jshell", Jdk.judge(Runtime.Version.parse("21"), false));
  }

  private static Finding versions(String maven, String java) {
    return Maven.judgeVersion(
        "Apache Maven "
            + maven
            + " (c9616018)\nMaven home: /m\nJava version: "
            + java
            + ", vendor\n");
  }

  @Test
  void mavenIsAtLeast38AndRunsOnAJdkThatIs() {
    assertOk("3.9.16 on Java 17.0.15", versions("3.9.16", "17.0.15"));
    assertOk("4.0.0-rc-4 on Java 25", versions("4.0.0-rc-4", "25"));
    assertWrong("install Maven 3.8", versions("3.6.3", "17.0.15"));
    assertWrong("JAVA_HOME", versions("3.9.16", "11.0.2"));
    assertWrong("JAVA_HOME", versions("3.8.1", "1.8.0_292"));
    assertWrong("mvn: command failed", Maven.judgeVersion("mvn: command failed"));
  }

  @Test
  void theOfflineBuildHasToSucceed() {
    assertTrue(Maven.judgeOffline(new Maven.Result(0, "")).ok());
    Finding incomplete =
        Maven.judgeOffline(
            new Maven.Result(
                1, "[WARNING] no\n\u001B[0m[ERROR] Cannot access central\n[ERROR] more\n"));
    assertWrong("([ERROR] Cannot access central)", incomplete);
    assertWrong("with a network, run: mvn -q -B package -DskipTests", incomplete);
    assertWrong("stop other programs", Maven.judgeOffline(new Maven.Result(null, "")));
  }

  @Test
  void nothingIsStartedBeforeTheBuild() throws IOException {
    assertWrong("not checked", new Maven(folder).offline());
  }

  // ======== Build ========

  @Test
  void everyModuleAndProgramIsBuilt() throws IOException {
    assertWrong("is not the course's folder", Build.check(folder));
    Path first = Path.of(Project.name(1), "target", "classes");
    Files.createDirectories(folder.resolve(first));
    Files.createFile(folder.resolve(Project.name(1)).resolve("pom.xml"));
    assertWrong("step2-scan", Build.check(folder));
    for (int n = 2; n <= Project.MODULES; n++) {
      Files.createDirectories(folder.resolve(Project.name(n)).resolve("target/classes"));
    }
    for (String program : List.of("server", "workshop", "benchmarks")) {
      assertWrong(program + ".jar", Build.check(folder));
      Path target = Files.createDirectories(folder.resolve(program).resolve("target"));
      Files.createFile(target.resolve(program + ".jar"));
    }
    assertOk("all modules are built", Build.check(folder));
  }

  // ======== Disk ========

  @Test
  void aDiskHasSpaceAndWaitsForAnFsync() {
    assertOk("9 GiB free", Disk.judgeSpace(9L << 30));
    assertWrong("1,024 MiB free; the course needs 4 GiB", Disk.judgeSpace(1L << 30));
    assertOk("100 fsyncs a second, 1,200 MiB a second", Disk.judgeSpeed(100, 1_200));
    assertWrong("an fsync does nothing", Disk.judgeSpeed(900_000, 1_200));
    assertWrong("that is slow", Disk.judgeSpeed(5, 1_200));
    assertWrong("that is slow", Disk.judgeSpeed(100, 3));
  }

  @Test
  void theMeasurementLeavesNoFile() throws IOException {
    assertTrue(Disk.speed(folder).text().contains(" fsyncs a second, "));
    assertEquals(0, folder.toFile().list().length);
  }

  // ======== Noise and ports ========

  @Test
  void timesThatDifferAreNoise() {
    long[] nanos = new long[100];
    Arrays.fill(nanos, 1_000);
    nanos[7] = 90_000;
    assertTrue(Noise.judge(nanos).ok(), Noise.judge(nanos).text());
    Arrays.fill(nanos, 0, 15, 1_500);
    assertWrong("50 % more time for the same work; close programs", Noise.judge(nanos));
  }

  @Test
  void aPortInUseIsNamed() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      assertWrong(port + " in use", Ports.check(List.of(port)));
    }
  }

  @Test
  void thePortsOfTheTextsAreChecked() throws IOException {
    TreeSet<Integer> named = new TreeSet<>();
    String peers = "cluster/src/main/java/kv/cluster/Main.java";
    for (String text : List.of("TUTORIAL.md", "server/nutcracker.yml", peers)) {
      Pattern.compile("127\\.0\\.0\\.1:(\\d+)|--(?:resp|http) (\\d{4,})")
          .matcher(Files.readString(Path.of("..").resolve(text)))
          .results()
          .forEach(port -> named.add(Integer.valueOf(port.group().replaceAll(".*\\D", ""))));
    }
    assertEquals(new TreeSet<>(Ports.USED), named);
  }
}
