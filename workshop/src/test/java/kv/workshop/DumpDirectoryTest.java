package kv.workshop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dump of a directory shows a whole store, in the order of its log. */
class DumpDirectoryTest {
  private static final String FIRST = "000001-000001.0.data";
  private static final String SECOND = "000002-000002.0.data";

  @TempDir private Path store;

  private final StringBuilder out = new StringBuilder();

  private int dump() throws IOException, BadUsage {
    out.setLength(0);
    return Dump.run(store, new TextView(out, false));
  }

  private void assertShows(String text) {
    assertTrue(out.toString().contains(text), text + "\nis not in\n" + out);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** Fills two segments of the engine: a store that is opened again begins a new one. */
  private void writeTwoSegments() throws IOException {
    try (var engine = kv.engine.Store.open(store)) {
      engine.put(bytes("os"), bytes("mac"));
      engine.put(bytes("editor"), bytes("vim"));
    }
    try (var engine = kv.engine.Store.open(store)) {
      engine.put(bytes("os"), bytes("linux"));
      engine.delete(bytes("editor"));
    }
  }

  @Test
  void theOneFileOfTheFirstStepsIsShownWithItsLiveRecords() throws Exception {
    try (var step3 = kv.step3.Store.open(store)) {
      step3.put(bytes("os"), bytes("mac"));
      step3.put(bytes("editor"), bytes("vim"));
      step3.put(bytes("os"), bytes("linux"));
      step3.delete(bytes("editor"));
    }
    long lock = Files.size(store.resolve("LOCK"));
    assertEquals(0, dump());
    assertEquals(
        """
        store.data, 99 bytes
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match, dead
            29  50 00 0006 00000003 3889038a 2e4203d5  656469746f72 76696d
                put "editor" = "vim"   checksums match, dead
            54  50 00 0002 00000005 58f26fe9 b901f467  6f73 6c696e7578
                put "os" = "linux"   checksums match, live
            77  44 00 0006 00000000 253a27a5 bc9873e8  656469746f72
                delete "editor"   checksums match, tombstone
        4 records: 3 puts, 1 delete; the end is clean

        LOCK, SIZE
                an open store locks this file

        the log has 1 file: 1 live record, 2 dead records, 1 tombstone
        """
            .replace("SIZE", Dump.count(lock, "byte")),
        out.toString());
  }

  @Test
  void theCopyOfACompactionThatDiedIsLeftOver() throws Exception {
    try (var step4 = kv.step4.Store.open(store)) {
      step4.put(bytes("os"), bytes("mac"));
    }
    Files.writeString(store.resolve("store.data.tmp"), "KVSTEPS");
    assertEquals(0, dump());
    assertShows("store.data.tmp, 7 bytes\n        not read: the remains of a compaction");
    assertShows("the log has 1 file: 1 live record, 0 dead records");
  }

  @Test
  void theSegmentsOfStep5AreOneLog() throws Exception {
    try (var step5 = kv.step5.Store.open(store)) {
      step5.put(bytes("os"), bytes("mac"));
      step5.merge();
      step5.put(bytes("os"), bytes("linux"));
    }
    assertEquals(0, dump());
    assertShows("000001-000001.1.data, 29 bytes");
    assertShows("put \"os\" = \"mac\"   sync mark, checksums match, dead");
    assertShows("put \"os\" = \"linux\"   sync mark, checksums match, live");
    assertShows("the log has 2 files: 1 live record, 1 dead record, 0 tombstones");
  }

  @Test
  void aHintFileFollowsItsSegmentAndALaterSegmentDecidesWhatIsLive() throws Exception {
    writeTwoSegments();
    assertEquals(0, dump());
    int last = -1;
    for (String name : new String[] {FIRST, FIRST.replace("data", "hint"), SECOND, "LOCK"}) {
      int at = out.indexOf(name + ", ");
      assertTrue(at > last, name + " is not in order\n" + out);
      last = at;
    }
    assertShows("put \"os\" = \"mac\"   sync mark, checksums match, dead");
    assertShows("delete \"editor\"   checksums match, tombstone");
    assertShows("1 live record, 2 dead records, 1 tombstone");
  }

  @Test
  void segmentsAreSortedByTheirNumbersNotAsText() throws Exception {
    Files.writeString(store.resolve("999999-999999.0.data"), "KVSTEPS\1");
    Files.writeString(store.resolve("1000000-1000000.0.data"), "KVSTEPS\1");
    Files.writeString(store.resolve("000001-999998.1.data"), "KVSTEPS\1");
    assertEquals(0, dump());
    assertTrue(out.indexOf("999999-999999") < out.indexOf("1000000-1000000"), out.toString());
  }

  @Test
  void aSegmentThatAnotherCoversIsNotRead() throws Exception {
    writeTwoSegments();
    Files.copy(store.resolve(SECOND), store.resolve("000001-000002.1.data"));
    assertEquals(0, dump());
    assertShows(
        FIRST
            + ", "
            + Dump.count(Files.size(store.resolve(FIRST)), "byte")
            + "\n        not read: 000001-000002.1.data covers it");
    assertShows("the log has 1 file: 1 live record, 0 dead records, 1 tombstone");
  }

  @Test
  void aMissingSegmentIsDamage() throws Exception {
    writeTwoSegments();
    Files.delete(store.resolve(FIRST));
    assertEquals(1, dump());
    assertShows("DAMAGED: the segment before this one is missing: the next number is 1");
  }

  @Test
  void aDirectoryWithoutALogIsRefused() throws Exception {
    Files.writeString(store.resolve("README"), "text");
    BadUsage refusal = assertThrows(BadUsage.class, this::dump);
    assertTrue(refusal.getMessage().contains("has no store.data and no segment"));
  }

  // ======== While the store is open ========

  @Test
  void anOpenStoreIsShownAndNotDisturbed() throws Exception {
    try (var engine = kv.engine.Store.open(store)) {
      engine.put(bytes("os"), bytes("mac"));
      assertEquals(0, dump());
      assertShows("put \"os\" = \"mac\"   sync mark, checksums match, live");
      engine.put(bytes("os"), bytes("linux"));
      assertEquals("linux", new String(engine.get(bytes("os")), UTF_8));
    }
  }

  @Test
  void aDumpWritesNothing() throws Exception {
    writeTwoSegments();
    Files.delete(store.resolve("LOCK"));
    dump();
    assertFalse(Files.exists(store.resolve("LOCK")));
  }

  /** Text that acts on the store as soon as it contains a word. */
  private final class Interrupted implements Appendable {
    private final String word;
    private final Action action;
    private boolean done;

    Interrupted(String word, Action action) {
      this.word = word;
      this.action = action;
    }

    @Override
    public Appendable append(CharSequence text) throws IOException {
      out.append(text);
      if (!done && out.indexOf(word) >= 0) {
        done = true;
        action.run();
      }
      return this;
    }

    @Override
    public Appendable append(CharSequence text, int start, int end) throws IOException {
      return append(text.subSequence(start, end));
    }

    @Override
    public Appendable append(char character) throws IOException {
      return append(String.valueOf(character));
    }
  }

  private interface Action {
    void run() throws IOException;
  }

  @Test
  void aRecordThatIsFinishedDuringTheDumpIsNotDamaged() throws Exception {
    try (var engine = kv.engine.Store.open(store)) {
      engine.put(bytes("a"), bytes("1"));
      engine.put(bytes("b"), bytes("2"));
      engine.sync();
      engine.put(bytes("c"), bytes("3"));
    }
    Path file = store.resolve(FIRST);
    setType(file, 0);
    int code =
        Dump.run(file, new TextView(new Interrupted("\"a\"", () -> setType(file, 'P')), false));
    assertEquals(0, code, out.toString());
    assertShows("put \"b\" = \"2\"   checksums match");
  }

  /** Writes the type of the second record. */
  private static void setType(Path file, int type) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {(byte) type}), 34);
    }
  }

  @Test
  void anEndThatGrowsDuringTheDumpIsNotTorn() throws Exception {
    try (var step1 = kv.step1.Store.open(store)) {
      step1.put(bytes("os"), bytes("mac"));
      step1.put(bytes("os"), bytes("linux"));
    }
    Path file = store.resolve("store.data");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, 49));
    Interrupted text = new Interrupted("\"mac\"", () -> Files.write(file, whole));
    assertEquals(0, Dump.run(store, new TextView(text, false)));
    assertShows("another process writes here");
    assertFalse(out.toString().contains("TORN"), out.toString());
  }

  @Test
  void aFileThatIsDeletedDuringTheDumpIsGone() throws Exception {
    writeTwoSegments();
    Interrupted text = new Interrupted("\"mac\"", () -> Files.delete(store.resolve(SECOND)));
    assertEquals(0, Dump.run(store, new TextView(text, false)));
    assertShows("gone: the store deleted this file during the dump");
  }

  @Test
  void reservedSpaceThatIsCutOffDuringTheDumpReadsAsZeros() throws Exception {
    try (var engine = kv.engine.Store.open(store)) {
      engine.put(bytes("os"), bytes("mac"));
    }
    Path file = store.resolve(FIRST);
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, 200_000));
    Interrupted text = new Interrupted("seal of", () -> Files.write(file, whole));
    assertEquals(0, Dump.run(file, new TextView(text, false)));
    assertShows("zero bytes after the seal");
  }
}
