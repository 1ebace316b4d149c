package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

/** kill -9: the operating system holds every acknowledged record, so it outlives the process. */
class KillTest extends StoreFixture {
  @Test
  void everyAcknowledgedPutSurvivesTwentyKillNines() throws IOException {
    int next = 0;
    for (int round = 1; round <= 20; round++) {
      int enough = 5 * round * round;

      List<String> acknowledged =
          ChildJvm.killAfter(enough, ChildJvm.command(PutForever.class, directory, next));

      assertTrue(acknowledged.size() >= enough, "died early, after " + acknowledged);
      next += acknowledged.size();
      // Those of all earlier rounds too, and perhaps one that was not acknowledged.
      SortedMap<String, String> found = reopenedState();
      for (int i = 0; i < next; i++) {
        assertEquals(PutForever.value(i), found.get("key " + i), "round " + round);
      }
      assertTrue(found.size() <= next + 1, "round " + round);
    }
  }

  @Test
  void everyAcknowledgedPutSurvivesTwentyKillNinesWhileMergesRun() throws IOException {
    int next = 0;
    for (int round = 1; round <= 20; round++) {
      int enough = 400 * round + new Random().nextInt(400);

      List<String> acknowledged =
          ChildJvm.killAfter(enough, ChildJvm.command(OverwriteForever.class, directory, next));

      assertTrue(acknowledged.size() >= enough, "died early, after " + acknowledged);
      next += acknowledged.size();
      SortedMap<String, String> found = reopenedState();
      for (int i = Math.max(0, next - OverwriteForever.KEYS); i < next; i++) {
        String value = found.get(OverwriteForever.key(i));
        boolean unacknowledged = i == next - OverwriteForever.KEYS;
        assertTrue(
            OverwriteForever.expected(i).equals(String.valueOf(value))
                || unacknowledged && OverwriteForever.expected(next).equals(String.valueOf(value)),
            "round " + round + ", put " + i + ": " + value);
      }
    }
  }

  /** Puts a thousand keys over and over, deletes some, and prints each number after its calls. */
  static final class OverwriteForever {
    static final int KEYS = 1000;

    public static void main(String[] arguments) throws IOException {
      Options options = SMALL.withAutomaticMerge(true);
      try (Store store = Store.open(Path.of(arguments[0]), options)) {
        for (int i = Integer.parseInt(arguments[1]); ; i++) {
          if (isDelete(i)) {
            store.delete(bytes(key(i)));
          } else {
            store.put(bytes(key(i)), bytes(value(i)));
          }
          System.out.println(i);
        }
      }
    }

    static String key(int i) {
      return "key " + i % KEYS;
    }

    static boolean isDelete(int i) {
      return i % 7 == 3;
    }

    static String expected(int i) {
      return isDelete(i) ? "null" : value(i);
    }

    static String value(int i) {
      return (i + " ").repeat(1024).substring(0, 1024);
    }
  }

  /** Puts until it is killed, and prints each key after its put returned. */
  static final class PutForever {
    public static void main(String[] arguments) throws IOException {
      try (Store store = Store.open(Path.of(arguments[0]))) {
        for (int i = Integer.parseInt(arguments[1]); ; i++) {
          store.put(bytes("key " + i), bytes(value(i)));
          System.out.println("key " + i);
        }
      }
    }

    /** Some values need several write calls, so that the process can die between two of them. */
    static String value(int i) {
      return "v".repeat(i % 500 == 7 ? 2_500_000 : i % 100);
    }
  }
}
