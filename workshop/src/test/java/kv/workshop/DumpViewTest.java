package kv.workshop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** A dump in colour, and as a page, says the same as the plain one. */
class DumpViewTest {
  @TempDir private Path folder;

  private Path log;

  @BeforeEach
  void writeALog() throws IOException {
    try (var store = kv.step3.Store.open(folder)) {
      store.put("os".getBytes(UTF_8), "mac".getBytes(UTF_8));
      store.put("<b>&\"".getBytes(UTF_8), "</td>".getBytes(UTF_8));
      store.put("os".getBytes(UTF_8), "linux".getBytes(UTF_8));
      store.delete("<b>&\"".getBytes(UTF_8));
    }
    log = folder.resolve("store.data");
  }

  private void flipABitOfTheSecondRecord() throws IOException {
    byte[] bytes = Files.readAllBytes(log);
    bytes[47] ^= 1;
    Files.write(log, bytes);
  }

  private String dump(boolean colour) throws IOException, BadUsage {
    StringBuilder out = new StringBuilder();
    Dump.run(log, new TextView(out, colour));
    return out.toString();
  }

  // ======== Colour ========

  @Test
  void aTerminalShowsFieldsAndLiveRecordsInColour() throws Exception {
    String out = dump(true);
    String record =
        "\u001b[1m50\u001b[0m \u001b[36m01\u001b[0m \u001b[33m0002\u001b[0m"
            + " \u001b[33m00000003\u001b[0m \u001b[34m371871fa\u001b[0m"
            + " \u001b[34m3ff8c5d8\u001b[0m  \u001b[35m6f73\u001b[0m \u001b[32m6d6163\u001b[0m\n";
    assertTrue(out.contains(record), out);
    assertTrue(out.contains("\u001b[2mput \"os\" = \"mac\"   sync mark, checksums match, dead"));
    assertTrue(out.contains("\u001b[32mput \"os\" = \"linux\"   checksums match, live\u001b[0m"));
    assertTrue(out.contains("checksums match, tombstone\u001b[0m"), out);
  }

  @Test
  void damageIsRedAndSaysSo() throws Exception {
    flipABitOfTheSecondRecord();
    assertTrue(dump(true).contains("\u001b[1;31mDAMAGED: "));
  }

  @Test
  void withoutItsColoursATerminalShowsThePlainDumpAndWhatIsLive() throws Exception {
    String text = dump(true).replaceAll("\u001b\\[[0-9;]*m", "");
    String plain =
        text.replaceAll(", (live|dead|tombstone)\n", "\n")
            .replaceAll("type flags .*\n", "")
            .replaceAll("1 live record, .*\n", "");
    assertEquals(dump(false), plain);
    assertTrue(text.lines().allMatch(line -> line.length() <= 80), text);
    assertTrue(text.endsWith("1 live record, 2 dead records, 1 tombstone\n"), text);
  }

  @Test
  void outputThatIsNotATerminalIsPlain() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Workshop.run(List.of("dump", log.toString()), new PrintStream(out, true, UTF_8), System.err);
    assertEquals(dump(false), out.toString(UTF_8));
  }

  // ======== Live records ========

  @Test
  void aFileWithTooManyKeysSaysThatLiveRecordsAreNotTold() {
    Liveness liveness = new Liveness(2);
    for (int key = 0; key < 3; key++) {
      liveness.see(8 + key, true, new byte[] {(byte) key});
    }
    liveness.tell();
    assertEquals(Tone.PLAIN, liveness.see(8, true, new byte[1]));
    assertEquals(
        "live and dead records are not told apart: there are more than 2 keys", liveness.summary());
  }

  @Test
  void theLastRecordOfEachOfManyKeysIsLive() {
    Liveness liveness = new Liveness();
    int keys = 5000;
    for (int pass = 0; pass < 2; pass++) {
      for (int i = 0; i < 2 * keys; i++) {
        Tone tone = liveness.see(8 + i, true, Integer.toString(i % keys).getBytes(UTF_8));
        Tone expected = i < keys ? Tone.DEAD : Tone.LIVE;
        assertEquals(pass == 0 ? Tone.PLAIN : expected, tone);
      }
      liveness.tell();
    }
  }

  @Test
  void aRecordThatWasWrittenAfterTheFirstPassIsNotJudged() {
    Liveness liveness = new Liveness();
    liveness.see(8, true, new byte[1]);
    liveness.tell();
    assertEquals(Tone.PLAIN, liveness.see(30, true, new byte[1]));
  }

  // ======== The page ========

  private int writePage(Path page) throws IOException, BadUsage {
    return HtmlDump.run(log, page, new PrintStream(new ByteArrayOutputStream(), true, UTF_8));
  }

  /** Writes a page and parses it: all its elements are closed, as XML demands. */
  private Document page() throws Exception {
    Path page = folder.resolve("page.html");
    writePage(page);
    return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(page.toFile());
  }

  @Test
  void aPageShowsEachRecordInARow() throws Exception {
    Document page = page();
    NodeList rows = page.getElementsByTagName("tr");
    // The names of the columns, the file header and four records.
    assertEquals(6, rows.getLength());
    NodeList columns = ((Element) rows.item(0)).getElementsByTagName("th");
    for (int i = 0; i < columns.getLength(); i++) {
      assertEquals("col", ((Element) columns.item(i)).getAttribute("scope"));
    }
    String record = rows.item(2).getTextContent().replaceAll("\\s+", " ");
    assertEquals(
        "8 type 50 flags 01 key length 0002 value length 00000003 body checksum 371871fa"
            + " header checksum 3ff8c5d8 key 6f73 value 6d6163"
            + " put \"os\" = \"mac\" sync mark, checksums match, dead ",
        record);
  }

  @Test
  void keysAndValuesAreEscaped() throws Exception {
    String record = page().getElementsByTagName("tr").item(3).getTextContent();
    assertTrue(record.contains("put \"<b>&\\\"\" = \"</td>\""), record);
  }

  @Test
  void aPageNeedsNothingButItself() throws Exception {
    writePage(folder.resolve("page.html"));
    String page = Files.readString(folder.resolve("page.html"));
    for (String reference : List.of("<script", "http:", "https:", "src=", "@import", "url(")) {
      assertFalse(page.contains(reference), reference);
    }
  }

  @Test
  void aPageLeadsToDamage() throws Exception {
    flipABitOfTheSecondRecord();
    Document page = page();
    Element link = (Element) page.getElementsByTagName("a").item(0);
    NodeList rows = page.getElementsByTagName("tr");
    assertEquals("#" + ((Element) rows.item(3)).getAttribute("id"), link.getAttribute("href"));
    assertTrue(rows.item(3).getTextContent().contains("DAMAGED: "));
    assertEquals(1, writePage(folder.resolve("page.html")));
  }

  @Test
  void aPageNeverReplacesAFileOfAStore() throws Exception {
    byte[] before = Files.readAllBytes(log);
    BadUsage refusal = assertThrows(BadUsage.class, () -> writePage(log));
    assertTrue(refusal.getMessage().contains("store.data does not end in .html"));
    assertArrayEquals(before, Files.readAllBytes(log));
  }

  @Test
  void aDumpThatIsRefusedLeavesNoPage() throws Exception {
    Files.writeString(log, "text");
    assertThrows(BadUsage.class, () -> writePage(folder.resolve("page.html")));
    try (var files = Files.list(folder)) {
      assertTrue(files.noneMatch(file -> file.toString().contains("page.html")));
    }
  }
}
