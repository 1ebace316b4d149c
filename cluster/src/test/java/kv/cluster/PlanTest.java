package kv.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Stream;
import kv.server.core.Remote;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The parts of a command. */
class PlanTest {
  /** Applied again after a crash, these could find another state: see ShardStore. */
  @ParameterizedTest
  @CsvSource({
    "SET|a|1, false",
    "DEL|a, false",
    "GETDEL|a, false",
    "SETNX|a|1, false",
    "msetnx|a|1, true",
    "kv.put|a|*||1, false",
    "kv.put|a||*|1, false",
    "kv.delete|a||, false",
    "kv.delete|a|*|, true",
    "kv.delete|a||*, true"
  })
  void aCommandThatMayDecideOtherwiseIsAloneInItsEntry(String command, boolean alone) {
    byte[][] arguments =
        Stream.of(command.split("\\|", -1))
            .map(text -> text.getBytes(UTF_8))
            .toArray(byte[][]::new);
    Plan plan = Plan.of(new Remote.Request(arguments, 1, 1, 1), 2, new Shards(3));
    assertEquals(1, plan.parts().size());
    assertEquals(alone, plan.parts().get(0).item().alone());
  }
}
