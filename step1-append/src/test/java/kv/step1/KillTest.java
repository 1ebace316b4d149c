package kv.step1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/** kill -9: the operating system holds every acknowledged record, so it outlives the process. */
class KillTest extends StoreFixture {
  @RepeatedTest(20)
  void everyAcknowledgedPutSurvivesKillNine(RepetitionInfo round) throws IOException {
    int enough = 5 * round.getCurrentRepetition() * round.getCurrentRepetition();

    List<String> acknowledged =
        ChildJvm.killAfter(enough, ChildJvm.command(PutForever.class, directory));

    assertTrue(acknowledged.size() >= enough, "died early, after " + acknowledged);
    List<String> found = RawLog.read(file()).stream().map(entry -> text(entry.key())).toList();
    assertEquals(acknowledged, found.subList(0, acknowledged.size()));
  }

  /** Puts until it is killed, and prints each key after its put returned. */
  static final class PutForever {
    public static void main(String[] arguments) throws IOException {
      try (Store store = Store.open(Path.of(arguments[0]))) {
        for (int i = 0; ; i++) {
          // Some values need several write calls, so that the process can die between two of them.
          store.put(bytes("key " + i), new byte[i % 100 == 0 ? 2_500_000 : 100]);
          System.out.println("key " + i);
        }
      }
    }
  }
}
