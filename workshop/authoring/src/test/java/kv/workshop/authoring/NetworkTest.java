package kv.workshop.authoring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import kv.workshop.Project;
import kv.workshop.authoring.Texts.Text;
import kv.workshop.authoring.Tutorial.Woven;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A transcript with a server shows the output of a run. */
@Execution(ExecutionMode.CONCURRENT)
class NetworkTest {
  private static final String START =
      """
      $ java -jar server/target/server.jar --dir work/net
      12:34:56 INFO  the store is in /home/you/five-steps/work/net
      12:34:56 INFO  RESP on 127.0.0.1:6380
      12:34:56 INFO  HTTP and the page on http://127.0.0.1:8080/
      """;

  private static String fence(String... transcripts) {
    return "```console\n" + String.join("", transcripts) + "```\n";
  }

  private static Woven weave(String text) throws Exception {
    return weave(text, false);
  }

  private static Woven weave(String text, boolean realClients) throws Exception {
    return Tutorial.weave(Project.at(Texts.ROOT), "T.md", text, realClients);
  }

  private static void assertRight(String text) throws Exception {
    assertEquals(new Woven(text, List.of(), List.of()), weave(text));
  }

  private static void assertMistake(String mistake, String text) throws Exception {
    List<String> mistakes = weave(text).mistakes();
    assertEquals(1, mistakes.size(), mistakes.toString());
    assertTrue(mistakes.get(0).contains(mistake), mistakes.get(0));
  }

  // ======== Servers ========

  @Test
  void aServerRunsOnInLaterFencesAndHasThePortsOfTheText() throws Exception {
    assertRight(
        fence(START)
            + "\n"
            + fence(
                """
                $ redis-cli -p 6380 dbsize
                (integer) 0
                $ java -jar server/target/server.jar --dir work/b --resp 6381 --http 8081
                ...
                12:34:57 INFO  RESP on 127.0.0.1:6381
                ...
                $ redis-cli -p 6381 dbsize
                (integer) 0
                """));
  }

  @Test
  void aServerIsStoppedAndStartedAgain() throws Exception {
    assertRight(
        fence(START, "$ redis-cli -p 6380 set os linux\nOK\n")
            + "<!-- stops 6380 -->\n"
            + fence(START, "$ redis-cli -p 6380 get os\n\"linux\"\n"));
    assertMistake("got no answer: ", fence(START) + stopped("$ redis-cli -p 6380 get os\n"));
    assertMistake("no server runs on port 6381", "<!-- stops 6381 -->\n" + fence(START));
  }

  private static String stopped(String transcript) {
    return "<!-- stops 6380 -->\n" + fence(transcript);
  }

  @Test
  void aServerThatCannotStartEndsWithAnExitCode() throws Exception {
    String second = "$ java -jar server/target/server.jar --dir work/net --resp 6381 --http 8081\n";
    String text = fence(START) + "<!-- exits 1 -->\n" + fence(second);
    Woven woven = weave(text);
    assertEquals(List.of(), woven.mistakes());
    assertTrue(woven.text().contains("is open in another process"), woven.text());
    assertMistake(
        "ended with exit code 2 and not 0",
        fence("$ java -jar server/target/server.jar --nonsense\n"));
  }

  @Test
  void whatIsNotInstalledIsNotRun() throws Exception {
    String nonsense = fence("$ redis-cli -p 1 get os\n\"no server\"\n");
    assertRight("<!-- needs no-such-program -->\n" + nonsense);
    assertRight("<!-- needs no-such-program, stops 1 -->\n" + nonsense);
    assertMistake("got no answer", nonsense);
    assertMistake("write it as in: exits 1", "<!-- needs -->\n" + nonsense);
  }

  // ======== Clients ========

  @Test
  void theOutputOfAClientIsReplaced() throws Exception {
    String right =
        fence(
            START,
            """
            $ nc 127.0.0.1 6380
            set os linux
            +OK
            set note "a \\"b\\""
            +OK
            mget os note editor
            *3
            $5
            linux
            $5
            a "b"
            $-1
            get note
            $5
            a "b"
            dbsize
            :2
            shout
            -ERR unknown command 'shout', with args beginning with:
            quit
            +OK
            $ redis-cli -p 6380 mget os note editor
            1) "linux"
            2) "a \\"b\\""
            3) (nil)
            $ redis-cli -p 6380 set os bsd nx
            (nil)
            $ redis-cli -p 6380 del note
            (integer) 1
            $ redis-cli -p 6380 keys nothing
            (empty array)
            $ curl -X PUT --data-binary mac http://127.0.0.1:8080/kv/os
            $ curl http://127.0.0.1:8080/kv/os
            mac
            $ curl -i http://127.0.0.1:8080/kv/editor
            HTTP/1.1 404 Not Found
            ...

            no such key
            """);
    String wrong =
        right
            .replace("+OK\nmget", "mget")
            .replace("$5\na \"b\"\ndbsize", "$1\na\ndbsize")
            .replace("3) (nil)", "3) \"vim\"")
            .replace("\nmac\n", "\nlinux\n");
    Woven woven = weave(wrong);
    assertEquals(List.of(), woven.mistakes());
    assertEquals(right, woven.text());
  }

  @Test
  void aClientThatIsCalledInAnotherWayIsAMistake() throws Exception {
    for (String command : List.of("redis-cli get os", "nc 6380", "curl /kv/os")) {
      assertMistake("call " + command.replaceFirst(" .*", ""), fence("$ " + command + "\n"));
    }
  }

  // ======== Clusters ========

  private static final String NODES =
      """
      $ java -jar cluster/target/cluster.jar --id n1 --dir work/n1
      ...
      12:34:57 INFO  RESP on 127.0.0.1:6381
      ...
      $ java -jar cluster/target/cluster.jar --id n2 --dir work/n2
      ...
      $ java -jar cluster/target/cluster.jar --id n3 --dir work/n3
      ...
      """;

  @Test
  void aNodeIsKilledAndTheOthersGoOn() throws Exception {
    assertRight(
        fence(NODES, "$ redis-cli -p 6381 set os linux\nOK\n")
            + "<!-- kills 6381 -->\n"
            + fence("$ curl http://127.0.0.1:8082/kv/os\nlinux\n")
            + "<!-- kills 6382 -->\n"
            + fence(
                "$ redis-cli -p 6383 get os\n(error) CLUSTERDOWN no majority of the nodes"
                    + " answered for shard 0 within 5 seconds\n"));
    assertMistake(
        "the nodes of a text are n1, n2 and n3, and not n4",
        fence("$ java -jar cluster/target/cluster.jar --id n4\n"));
  }

  // ======== The chapters ========

  /** The chapters' own transcripts, with the programs that a reader has. */
  @Test
  void theChaptersTranscriptsAreThoseOfTheRealClients() throws Exception {
    for (String program : List.of("redis-cli", "curl", "nc")) {
      assumeTrue(Network.isInstalled(program), program + " is not installed");
    }
    Text tutorial = Texts.read("TUTORIAL.md");
    // Chapter 8 stops the servers of chapter 7.
    String chapters =
        Arrays.stream(tutorial.markdown().split("(?m)^(?=## )"))
            .filter(chapter -> chapter.matches("(?s)## [78]\\. .*"))
            .collect(Collectors.joining())
            // A server of chapter 5.
            .replaceFirst("<!-- stops 6380 -->\n", "");
    assertTrue(chapters.contains("## 8. When a machine dies\n"), chapters);
    assertEquals(new Woven(chapters, List.of(), List.of()), weave(chapters, true));
  }
}
