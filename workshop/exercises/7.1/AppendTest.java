package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Replies as Redis 7.0 gives them. Line ends are shown as a bar. */
@Tag("extend")
class AppendTest extends RespFixture {
  @Test
  void appendSetsAKeyThatIsAbsent() throws IOException {
    check("APPEND os lin", ":3|");
    check("GET os", "$3|lin|");
  }

  @Test
  void appendAddsToTheEndOfAValue() throws IOException {
    check("SET os lin", "+OK|");
    check("APPEND os ux", ":5|");
    check("GET os", "$5|linux|");
    check("STRLEN os", ":5|");
  }

  @Test
  void appendOfNothingChangesNothing() throws IOException {
    check("SET os linux", "+OK|");
    check("APPEND os ''", ":5|");
    check("GET os", "$5|linux|");
    check("APPEND absent ''", ":0|");
    check("EXISTS absent", ":1|");
  }

  @Test
  void appendWantsAKeyAndAValue() throws IOException {
    check("APPEND os", "-ERR wrong number of arguments for 'append' command|");
    check("APPEND os a b", "-ERR wrong number of arguments for 'append' command|");
  }

  @Test
  void aValueThatWouldBeTooLongIsRefusedAndStaysAsItIs() throws IOException {
    int limit = server.context().database().maxValue();
    server.context().store().put(RespWire.bytes("long"), new byte[limit]);

    check("APPEND long x", "-ERR string exceeds maximum allowed size (proto-max-bulk-len)|");
    check("STRLEN long", ":" + limit + "|");
  }

  @Test
  void clientsThatAppendAtTheSameTimeLoseNothing() throws Exception {
    List<FutureTask<Void>> clients = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      FutureTask<Void> one = new FutureTask<>(() -> appendManyTimes(100));
      clients.add(one);
      new Thread(one).start();
    }
    for (FutureTask<Void> one : clients) {
      one.get();
    }
    check("STRLEN log", ":" + 100 * clients.size() + "|");
  }

  private Void appendManyTimes(int times) throws IOException {
    try (RespWire own = connect()) {
      for (int i = 0; i < times; i++) {
        String reply = own.ask("APPEND log x");
        assertTrue(reply.startsWith(":"), reply);
      }
    }
    return null;
  }
}
