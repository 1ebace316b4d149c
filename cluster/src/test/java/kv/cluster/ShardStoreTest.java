package kv.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import kv.engine.Options;
import kv.engine.Store;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** After a crash between any two records, the entry that was cut has the effect of one that was not. */
class ShardStoreTest {
  private static final List<String> LOST =
      List.of(new String(Plan.LOST, UTF_8).replace("\r\n", "|"));

  private static final String SEGMENT = "000001-000001.0.data";

  @TempDir private Path folder;

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static ShardStore open(Path directory) throws IOException {
    Options options = Options.DEFAULT.withSync(Options.SyncPolicy.NEVER).withAutomaticMerge(false);
    return new ShardStore(Store.open(directory, options));
  }

  /**
   * Applies an entry: commands with a semicolon between them, and spaces between arguments. Its request
   * is a new one.
   */
  private static List<String> apply(ShardStore store, long index, String entry) throws IOException {
    return apply(store, index, new Entry.Sender("n1", 1, index), entry);
  }

  private static List<String> apply(ShardStore store, long index, Entry.Sender sender, String entry)
      throws IOException {
    List<Batch.Command> commands =
        Stream.of(entry.split("; "))
            .map(
                command ->
                    new Batch.Command(
                        2,
                        Stream.of(command.split(" ", -1))
                            .map(ShardStoreTest::bytes)
                            .toArray(byte[][]::new)))
            .toList();
    ByteString replies =
        new ShardCommands(store)
            .apply(new Entry(sender, new Batch(commands)), TermIndex.valueOf(1, index));
    return Batch.readReplies(replies).stream()
        .map(reply -> new String(reply, UTF_8).replace("\r\n", "|"))
        .toList();
  }

  private static Map<String, String> contents(ShardStore store) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    List<byte[]> keys = new ArrayList<>();
    store.forEachKey(keys::add);
    for (byte[] key : keys) {
      contents.put(new String(key, UTF_8), new String(store.get(key), UTF_8));
    }
    return contents;
  }

  /** Copies the files of an open store, as a kill would leave them, with the end of the log cut. */
  private static void copy(Path from, Path to, long cut) throws IOException {
    Files.createDirectories(to);
    Files.copy(from.resolve(SEGMENT), to.resolve(SEGMENT));
    try (RandomAccessFile file = new RandomAccessFile(to.resolve(SEGMENT).toFile(), "rw")) {
      long length = file.length();
      file.setLength(cut);
      file.setLength(length);
    }
  }

  /** Returns the offsets at which records end, from an offset on: docs/FORMAT.md. */
  private static List<Integer> ends(Path directory) throws IOException {
    ByteBuffer log = ByteBuffer.wrap(Files.readAllBytes(directory.resolve(SEGMENT)));
    List<Integer> ends = new ArrayList<>();
    int end = 16;
    while (log.get(end) != 0) {
      end += 16 + Short.toUnsignedInt(log.getShort(end + 2)) + log.getInt(end + 4);
      ends.add(end);
    }
    return ends;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "INCR n; INCR n; INCRBY n 40",
        "SET a 1; DEL a; SETNX a 2; GETSET a 3",
        "SETNX os linux; GETDEL os; SETNX os bsd; DEL os",
        "MSET a 1 b 2 c 3; DEL a b; SET a 4 NX",
        "MSETNX x 1 y 2 z 3",
        "MSETNX x 1 os 2 z 3",
        "DEL os n none; SET os linux XX; SET n 7 NX",
        "SET os linux GET; DECR n; GETSET n abc; INCR n",
        "DEL n; INCR n; DEL n; INCR n; INCR n",
        // HTTP's writes: the key, If-Match, If-None-Match, and the value.
        "kv.put os *  bsd; kv.put new  * a; kv.put new  * b; INCR n; kv.put n  * 1",
        "DEL os; kv.put os *  bsd; kv.put os  * plan9; kv.delete os  ; kv.put os  * hurd",
        "kv.delete os * ",
        "kv.delete os  *"
      })
  void anEntryThatWasCutAnywhereIsAppliedOnce(String entry) throws Exception {
    Path original = folder.resolve("original");
    Map<String, String> expected;
    List<Integer> cuts;
    try (ShardStore store = open(original)) {
      apply(store, 1, "SET os mac; SET n 5");
      int first = ends(original).size() - 1;
      // Entries between these two are of Raft's own, and leave no record.
      apply(store, 5, entry);
      cuts = ends(original).subList(first, ends(original).size());
      expected = contents(store);
      for (int cut : cuts) {
        copy(original, folder.resolve("cut-" + cut), cut);
      }
    }
    int cutInside = 0;
    for (int cut : cuts) {
      try (ShardStore store = open(folder.resolve("cut-" + cut))) {
        TermIndex applied = store.applied();
        if (applied.getIndex() == 1) {
          cutInside++;
          apply(store, 5, entry);
        }
        assertEquals(5, store.applied().getIndex());
        assertEquals(expected, contents(store), entry + " cut at " + cut);
        // The request comes once more, as if its sender had no reply.
        apply(store, 6, new Entry.Sender("n1", 1, 5), entry);
        assertEquals(expected, contents(store), entry + " sent again after a cut at " + cut);
        // The next entry is not held up by the versions of this one.
        assertEquals(List.of("+OK|"), apply(store, 7, "SET os plan9"));
        assertEquals("plan9", contents(store).get("os"));
      }
    }
    // Before each of its records: the effects, the request, and the whole entry.
    assertEquals(cuts.size() - 1, cutInside);
  }

  @Test
  void theRecordOfTheLastEntryIsHidden() throws Exception {
    try (ShardStore store = open(folder)) {
      assertNull(store.applied());
      assertEquals(0, store.size());
      apply(store, 7, "SET a 1; MSET b 2 c 3");
      assertEquals(TermIndex.valueOf(1, 7), store.applied());
      assertEquals(3, store.size());
      assertEquals(3, store.stats().keys());
      assertEquals(Map.of("a", "1", "b", "2", "c", "3"), contents(store));
      apply(store, 8, Plan.CLEAR);
      assertEquals(0, store.size());
      assertEquals(TermIndex.valueOf(1, 8), store.applied());
    }
  }

  @Test
  void aRequestThatIsSentAgainIsDoneOnceAndHasTheSameReply() throws Exception {
    Entry.Sender first = new Entry.Sender("n1", 5, 1);
    try (ShardStore store = open(folder)) {
      apply(store, 1, new Entry.Sender("n3", 9, 1), "SET n 1");
      assertEquals(List.of(":2|", ":3|"), apply(store, 2, first, "INCR n; INCR n"));
      assertEquals(List.of(":2|", ":3|"), apply(store, 3, first, "INCR n; INCR n"));
    }
    try (ShardStore store = open(folder)) {
      assertEquals(List.of(":2|", ":3|"), apply(store, 4, first, "INCR n; INCR n"));
      // The same number of another node, and of the same node after a start.
      assertEquals(List.of(":4|"), apply(store, 5, new Entry.Sender("n2", 5, 1), "INCR n"));
      assertEquals(List.of(":5|"), apply(store, 6, new Entry.Sender("n1", 6, 1), "INCR n"));
      assertEquals(List.of(":6|"), apply(store, 7, new Entry.Sender("n1", 6, 8), "INCR n"));
      assertEquals(Map.of("n", "6"), contents(store));
      assertEquals(1, store.size());
    }
  }

  /** Otherwise an entry of a few hundred commands could take more memory than any node has. */
  @Test
  void repliesThatHaveNoRoomAreReplacedByAnError() throws Exception {
    byte[] large = new byte[1 << 20];
    Arrays.fill(large, (byte) 'x');
    try (ShardStore store = open(folder)) {
      apply(store, 1, "SET big " + new String(large, UTF_8));
      List<String> replies = apply(store, 2, "SET big y NX GET; ".repeat(200) + "SET os mac");
      assertTrue(replies.get(30).length() > large.length);
      assertEquals(new String(Plan.TOO_LARGE, UTF_8).replace("\r\n", "|"), replies.get(199));
      assertEquals("+OK|", replies.get(200));
      Batch.Command get = new Batch.Command(2, new byte[][] {bytes("GET"), bytes("big")});
      // The queue asks for the others in its next request.
      assertEquals(
          32, new ShardCommands(store).read(new Batch(Collections.nCopies(200, get))).size());
    }
  }

  @Test
  void aRequestThatComesAfterALaterOneIsNotDone() throws Exception {
    try (ShardStore store = open(folder)) {
      apply(store, 1, new Entry.Sender("n1", 5, 7), "SET os linux");
      assertEquals(LOST, apply(store, 2, new Entry.Sender("n1", 5, 6), "SET os mac"));
      assertEquals(Map.of("os", "linux"), contents(store));
    }
  }

  @Test
  void aReplyThatMayBeWrongIsNotKept() throws Exception {
    Entry.Sender sender = new Entry.Sender("n1", 1, 2);
    try (ShardStore store = open(folder)) {
      apply(store, 1, "SET os mac");
    }
    try (ShardStore store = open(folder)) {
      // After an open, this entry may have been applied in part.
      assertEquals(List.of(":1|"), apply(store, 2, sender, "DEL os"));
      assertEquals(LOST, apply(store, 3, sender, "DEL os"));
      assertEquals(List.of(":0|"), apply(store, 4, "DEL os"));
      byte[] large = new byte[2 << 20];
      Arrays.fill(large, (byte) 'x');
      apply(store, 5, "SET os " + new String(large, UTF_8));
      Entry.Sender next = new Entry.Sender("n1", 1, 6);
      assertEquals(1, apply(store, 6, next, "GETSET os mac").size());
      assertEquals(LOST, apply(store, 7, next, "GETSET os mac"));
    }
  }

  @Test
  void anyBytesAreAKey() throws Exception {
    try (ShardStore store = open(folder)) {
      byte[][] keys = {{}, {0}, {1}, new byte[ShardStore.MAX_KEY]};
      for (int i = 0; i < keys.length; i++) {
        store.begin(1, i);
        store.put(keys[i], bytes("value " + i));
      }
      store.note(TermIndex.valueOf(1, 1));
      for (int i = 0; i < keys.length; i++) {
        assertEquals("value " + i, new String(store.get(keys[i]), UTF_8));
      }
      assertEquals(keys.length, store.size());
    }
  }
}
