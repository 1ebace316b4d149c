package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** redis-benchmark: its tests for strings, and the end of its defaults at the first list. */
@Tag("clients")
class RedisBenchmarkTest extends ProgramFixture {
  private static final String STRING_TESTS = "ping_inline,ping_mbulk,set,get,incr,mset";

  @BeforeEach
  void requireBenchmark() {
    ClientPrograms.require("redis-benchmark", "redis-tools");
  }

  private ClientPrograms.Result benchmark(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("redis-benchmark", "-p", "" + port(), "-q"));
    command.addAll(List.of(arguments));
    return ClientPrograms.run(60, null, command.toArray(new String[0]));
  }

  private void runsStringTests(String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of("-t", STRING_TESTS, "-n", "10000"));
    all.addAll(List.of(arguments));
    String output = benchmark(all.toArray(new String[0])).checked();
    assertEquals(6, output.split("requests per second").length - 1, output);
    assertFalse(output.contains("rror"), output);
  }

  @Test
  void runsItsStringTests() throws Exception {
    runsStringTests();
  }

  @Test
  void runsItsStringTestsInPipelinesOnRandomKeys() throws Exception {
    runsStringTests("-P", "16", "-r", "1000");
  }

  @Test
  void runsItsStringTestsWithResp3() throws Exception {
    runsStringTests("-3");
  }

  /** Before the first list it runs four tests; the error names the reason. */
  @Test
  void endsItsDefaultsAtTheFirstList() throws Exception {
    ClientPrograms.Result result = benchmark("-n", "1000");
    assertTrue(result.output().contains("LPUSH is not supported"), result.output());
    assertTrue(result.status() != 0, result.output());
  }
}
