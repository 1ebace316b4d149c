package kv.workshop.scope;

import static java.nio.file.StandardOpenOption.APPEND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import kv.engine.Options;
import org.junit.jupiter.api.Test;

/** A report shows a store as it is, and what has changed since the last one. */
class StoreFilesTest extends ScopeFixture {
  private void writeTheExample() throws IOException {
    try (var step3 = kv.step3.Store.open(folder)) {
      step3.put(bytes("os"), bytes("mac"));
      step3.put(bytes("editor"), bytes("vim"));
      step3.put(bytes("os"), bytes("linux"));
      step3.delete(bytes("editor"));
    }
  }

  @Test
  void liveAndDeadRecordsAndTombstonesAreToldApart() throws Exception {
    writeTheExample();
    look(3);
    assertEquals(
        """
        store.data: 0+8header 8+21dead(os) 29+25dead(editor) 54+23live(os) 77+22tombstone(editor)
        LOCK:
        """,
        marks());
    assertEquals(
        "files:1,bytes:99,records:4,counted:true,live:1,dead:2,tombstones:1,liveBytes:23",
        totals());
    assertReports(
        "\"keydir\":{\"count\":1,\"entries\":[{\"key\":{\"text\":\"os\",\"hex\":\"6f73\"},"
            + "\"file\":\"store.data\",\"offset\":54,\"length\":23}]}");
  }

  @Test
  void aPutIsReadWithoutReadingTheFileAgain() throws Exception {
    try (var step3 = kv.step3.Store.open(folder)) {
      step3.put(bytes("os"), bytes("mac"));
      look(3);
      step3.put(bytes("os"), bytes("linux"));
      // The first record is not read again, or this would be seen as damage.
      flip("store.data", 10, 3);
      assertEquals(
          List.of(
              "overwrite: put os at offset 29 of store.data, 23 bytes; the record at offset 8 is"
                  + " dead now"),
          lookAgain());
      assertEquals("store.data: 0+8header 8+21dead(os) 29+23live(os)\nLOCK:\n", marks());
      step3.delete(bytes("os"));
      assertEquals(
          List.of(
              "delete: delete os at offset 52 of store.data, 18 bytes; the record at offset 29 is"
                  + " dead now"),
          lookAgain());
      assertFalse(store.update(Long.MAX_VALUE - 1));
    }
  }

  @Test
  void aPutIntoTheMappedFileOfAnEngineIsSeen() throws Exception {
    try (var engine = kv.engine.Store.open(folder)) {
      engine.put(bytes("os"), bytes("mac"));
      look(6);
      assertTrue(marks().contains("16+21live(os) 37+131035zeros"), marks());
      engine.put(bytes("editor"), bytes("vim"));
      assertEquals(
          List.of("put: put editor at offset 37 of 000001-000001.0.data, 25 bytes"), lookAgain());
      engine.sync();
      engine.put(bytes("os"), bytes("linux"));
      assertTrue(
          lookAgain()
              .contains("sync: everything before offset 62 of 000001-000001.0.data is durable"));
    }
    String closed = String.join("\n", lookAgain());
    assertTrue(closed.contains("seal: 000001-000001.0.data was sealed"), closed);
    assertTrue(marks().contains("85+24seal"), marks());
    assertReports("\"sealed\":true,\"syncedTo\":85");
  }

  @Test
  void aMergeOfStep5ReplacesItsInputs() throws Exception {
    try (var step5 = kv.step5.Store.open(folder)) {
      step5.put(bytes("os"), bytes("mac"));
      step5.put(bytes("editor"), bytes("vim"));
      step5.delete(bytes("editor"));
      look(5);
      step5.merge();
      String changes = String.join("\n", lookAgain());
      assertTrue(
          changes.contains("merge: 000001-000001.1.data replaces 000001-000001.0.data"), changes);
      assertFalse(changes.contains("put:"), changes);
      step5.put(bytes("os"), bytes("linux"));
      lookAgain();
      assertEquals(
          """
          000001-000001.1.data: 0+8header 8+21dead(os)
          000002-000002.0.data: 0+8header 8+23live(os)
          LOCK:
          """,
          marks());
    }
  }

  /** At each moment of a merge: a file that was listed can be gone when it is read. */
  @Test
  void aMergeIsNeverSeenAsDamage() throws Exception {
    try (var step5 = kv.step5.Store.open(folder)) {
      CompletableFuture<Void> merges =
          CompletableFuture.runAsync(
              () -> {
                try {
                  for (int i = 0; i < 150; i++) {
                    step5.put(bytes("os"), bytes("linux " + i));
                    step5.merge();
                  }
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      look(5);
      long time = 2;
      while (!merges.isDone()) {
        store.update(time++);
        assertFalse(report().contains("\"damage\":{"), report());
      }
      merges.get();
    }
  }

  /** A store that was read piece by piece has the report of a first look. */
  @Test
  void manyChangesLeadToTheSameReportAsAFirstLook() throws Exception {
    Options small = Options.DEFAULT.withSegmentSize(4096).withAutomaticMerge(false);
    try (var engine = kv.engine.Store.open(folder, small)) {
      look(6);
      for (int i = 0; i < 300; i++) {
        engine.put(bytes("key " + i % 37), new byte[i % 200]);
        if (i % 5 == 0) {
          engine.delete(bytes("key " + i % 11));
        }
        if (i % 60 == 0) {
          engine.merge();
        }
        if (i % 10 == 0) {
          assertSeesAll("after " + i + " puts");
          assertTrue(totals().contains("live:" + engine.size() + ","), totals());
        }
      }
    }
    assertSeesAll("after the close");
  }

  private void assertSeesAll(String when) throws Exception {
    String seen = "";
    String whole = "-";
    // The engine's own threads seal and delete.
    for (int i = 0; i < 1000 && !seen.equals(whole); i++) {
      lookAgain();
      seen = marks() + totals();
      StoreFiles incremental = store;
      look(6);
      whole = marks() + totals();
      store = incremental;
      Thread.sleep(i == 0 ? 0 : 10);
    }
    assertEquals(whole, seen, when);
  }

  @Test
  void aSegmentThatAMergeLeftIsCovered() throws Exception {
    byte[] input;
    try (var step5 = kv.step5.Store.open(folder)) {
      step5.put(bytes("os"), bytes("mac"));
      input = Files.readAllBytes(folder.resolve("000001-000001.0.data"));
      step5.merge();
    }
    Files.write(folder.resolve("000001-000001.0.data"), input);
    look(5);
    assertReports("\"covers\":[1,1],\"coveredBy\":\"000001-000001.1.data\"");
    assertTrue(marks().contains("000001-000001.0.data: 0+8header 8+21dead(os)"), marks());
    assertTrue(totals().contains("records:1,"), totals());
  }

  @Test
  void aCompactionOfStep4StartsTheLogAgain() throws Exception {
    try (var step4 = kv.step4.Store.open(folder)) {
      step4.put(bytes("os"), bytes("mac"));
      step4.put(bytes("os"), bytes("linux"));
      look(4);
      step4.compact();
      String changes = String.join("\n", lookAgain());
      assertTrue(changes.contains("merge: the copy with the live records is the log now"), changes);
      assertEquals("store.data: 0+8header 8+23live(os)\nLOCK:\n", marks());
    }
  }

  @Test
  void aTornEndIsShownOnceItStays() throws Exception {
    writeTheExample();
    look(2);
    cut("store.data", 90);
    String changes = String.join("\n", lookAgain());
    assertTrue(changes.contains("cut: store.data was cut to 90 bytes"), changes);
    assertTrue(changes.contains("damage: store.data is torn at offset 77"), changes);
    assertTrue(marks().contains("54+23live(os) 77+13damage"), marks());
    assertReports(
        "\"kind\":\"torn\",\"message\":\"a header has 16 bytes, and the file ends after 13\"");
    kv.step2.Store.open(folder).close();
    lookAgain();
    assertTrue(
        marks().startsWith("store.data: 0+8header 8+21dead(os) 29+25live(editor) 54+23live(os)\n"),
        marks());
  }

  @Test
  void aRecordThatIsBeingWrittenIsNotDamage() throws Exception {
    writeTheExample();
    byte[] log = Files.readAllBytes(folder.resolve("store.data"));
    cut("store.data", 54);
    look(3);
    for (int size = 55; size <= log.length; size++) {
      try (var out = Files.newOutputStream(folder.resolve("store.data"), APPEND)) {
        out.write(log, size - 1, 1);
      }
      store.update(1);
      assertFalse(marks().contains("damage"), "after " + size + " bytes");
    }
    assertTrue(marks().contains("54+23live(os) 77+22tombstone"), marks());
  }

  @Test
  void aFlippedBitIsCorruptAndTheRecordsAfterItAreShown() throws Exception {
    writeTheExample();
    look(2);
    flip("store.data", 50, 3);
    String changes = String.join("\n", lookAgain());
    assertTrue(
        changes.contains("damage: store.data is corrupt at offset 29: the body checksum says"),
        changes);
    assertTrue(marks().contains("8+21dead(os) 29+25damage 54+23live(os) 77+22tombstone"), marks());
  }

  @Test
  void aMissingSegmentIsDamage() throws Exception {
    Options small = Options.DEFAULT.withSegmentSize(4096).withAutomaticMerge(false);
    try (var engine = kv.engine.Store.open(folder, small)) {
      for (int i = 0; i < 20; i++) {
        engine.put(bytes("key " + i), new byte[1000]);
      }
    }
    look(6);
    Files.delete(folder.resolve("000002-000002.0.data"));
    String changes = String.join("\n", lookAgain());
    assertTrue(changes.contains("remove: 000002-000002.0.data was removed"), changes);
    assertReports("the segment before this one is missing: the next number is 2");
  }

  @Test
  void aFolderMayVanishAndComeBack() throws Exception {
    writeTheExample();
    look(3);
    byte[] log = Files.readAllBytes(folder.resolve("store.data"));
    for (String name : names()) {
      Files.delete(folder.resolve(name));
    }
    Files.delete(folder);
    assertTrue(lookAgain().contains("remove: store.data was removed"));
    assertEquals("", marks());
    Files.createDirectory(folder);
    Files.write(folder.resolve("store.data"), log);
    assertTrue(lookAgain().contains("create: store.data was created, 99 bytes"));
    assertTrue(marks().contains("54+23live(os)"), marks());
  }

  @Test
  void aFolderUnderTheNameOfAFileIsDamage() throws Exception {
    Files.createDirectory(folder.resolve("000001-000001.0.data"));
    look(5);
    assertReports("not a regular file, and a store has no others");
  }

  @Test
  void aLargeStoreIsCountedInPieces() throws Exception {
    try (var step3 = kv.step3.Store.open(folder)) {
      for (int i = 0; i < 20_000; i++) {
        step3.put(bytes("key " + i % 15_000), new byte[50]);
      }
      look(3);
      assertTrue(totals().contains("records:20000,counted:true,live:15000,dead:5000,"), totals());
      step3.put(bytes("key 0"), new byte[50]);
      assertEquals(1, lookAgain().size());
      step3.delete(bytes("key 1"));
      lookAgain();
    }
    assertTrue(
        totals().contains("records:20002,counted:true,live:14999,dead:5002,tombstones:1,"),
        totals());
    long marks = report().split("\"kind\"").length;
    assertTrue(marks < 1100, "marks: " + marks);
  }

  @Test
  void theKeydirContainsTheNewestKeys() throws Exception {
    try (var step3 = kv.step3.Store.open(folder)) {
      for (int i = 0; i < 250; i++) {
        step3.put(bytes("key " + i), bytes("value"));
      }
    }
    look(3);
    String keydir = report().replaceFirst(".*\"keydir\":", "");
    assertTrue(
        keydir.startsWith("{\"count\":250,\"entries\":[{\"key\":{\"text\":\"key 50\""), keydir);
    assertTrue(keydir.contains("\"key 249\""), keydir);
    assertEquals(200, keydir.split("\"offset\"").length - 1);
  }

  @Test
  void beyondTheLimitNothingIsCounted() throws Exception {
    writeTheExample();
    store = new StoreFiles(folder, 3, 1);
    store.update(1);
    assertTrue(totals().contains("counted:false,live:null,dead:null"), totals());
    assertTrue(marks().contains("54+23null(os)"), marks());
  }
}
