package kv.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import kv.engine.Options;
import kv.engine.Store;
import kv.server.core.Counters;
import kv.server.core.Database;
import kv.server.core.WatchedKeys;
import kv.server.resp.KeyCommandRunner;
import org.apache.ratis.server.protocol.TermIndex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** After a crash between any two records, the entry that was cut has the effect of one that was not. */
class ShardStoreTest {
  private static final String SEGMENT = "000001-000001.0.data";

  @TempDir private Path folder;

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static ShardStore open(Path directory) throws IOException {
    Options options = Options.DEFAULT.withSync(Options.SyncPolicy.NEVER).withAutomaticMerge(false);
    return new ShardStore(Store.open(directory, options));
  }

  /** Applies an entry: commands with a semicolon between them, and spaces between arguments. */
  private static List<String> apply(ShardStore store, long index, String entry) throws IOException {
    KeyCommandRunner runner = runner(store);
    List<String> replies = new ArrayList<>();
    int position = 0;
    for (String command : entry.split("; ")) {
      store.begin(index, position++);
      byte[][] arguments = Stream.of(command.split(" ")).map(s -> bytes(s)).toArray(byte[][]::new);
      replies.add(new String(runner.run(arguments, 2), UTF_8).replace("\r\n", "|"));
    }
    store.end(TermIndex.valueOf(1, index));
    return replies;
  }

  private static KeyCommandRunner runner(ShardStore store) {
    Counters counters = new Counters();
    return new KeyCommandRunner(
        new Database(store, counters, new WatchedKeys(), 1 << 20), counters);
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
        "DEL n; INCR n; DEL n; INCR n; INCR n"
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
        // The next entry is not held up by the versions of this one.
        assertEquals(List.of("+OK|"), apply(store, 6, "SET os plan9"));
        assertEquals("plan9", contents(store).get("os"));
      }
    }
    // Before each of its records, and before the record of the whole entry.
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
      assertEquals(Map.of("a", "1", "b", "2", "c", "3"), contents(store));
      store.begin(8, 0);
      store.clear();
      store.end(TermIndex.valueOf(1, 8));
      assertEquals(0, store.size());
      assertEquals(TermIndex.valueOf(1, 8), store.applied());
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
      store.end(TermIndex.valueOf(1, 1));
      for (int i = 0; i < keys.length; i++) {
        assertEquals("value " + i, new String(store.get(keys[i]), UTF_8));
      }
      assertEquals(keys.length, store.size());
    }
  }
}
