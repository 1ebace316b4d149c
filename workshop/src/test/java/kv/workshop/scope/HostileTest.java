package kv.workshop.scope;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** No bytes under the name of a store's file break a report. */
class HostileTest extends ScopeFixture {
  private static final List<String> NAMES =
      List.of(
          "store.data",
          "store.data.tmp",
          "000001-000001.0.data",
          "000001-000002.1.data",
          "000002-000002.0.data.tmp",
          "000003-000003.0.hint");

  private void assertReports(byte[] content, String what) throws IOException {
    for (String name : NAMES) {
      Files.write(folder.resolve(name), content);
    }
    for (int step = 1; step <= 6; step++) {
      look(step);
      lookAgain();
      String report = report();
      assertEquals(names().size(), report.split("\"role\"").length - 1, what);
      assertTrue(report.split("\"kind\"").length < 300, what);
      for (long at = 0; at < Math.min(content.length, 100); at++) {
        RecordView.of(store, "store.data", at);
        RecordView.of(store, "000001-000001.0.data", at);
      }
    }
  }

  @Test
  void aLinkToItselfIsAnotherFile() throws Exception {
    try (var step3 = kv.step3.Store.open(folder)) {
      step3.put(bytes("os"), bytes("mac"));
    }
    try {
      Files.createSymbolicLink(folder.resolve("loop"), folder.resolve("loop"));
    } catch (IOException | UnsupportedOperationException e) {
      assumeTrue(false, "this system creates no links: " + e);
    }
    look(3);
    assertReports("\"records\":1,");
    assertReports("{\"name\":\"loop\",\"role\":\"other\"");
  }

  /** A store does not map it, so neither is it read while it is not yet known to stay. */
  @Test
  void aSegmentOfThreeGibibytesThatAppearsIsNotRead() throws Exception {
    look(6);
    try (RandomAccessFile file =
        new RandomAccessFile(folder.resolve("000001-000001.0.data").toFile(), "rw")) {
      file.write("not a store".getBytes(UTF_8));
      file.setLength(3L << 30);
    }
    store.update(2);
    assertReports("\"length\":3221225472,\"sealed\":false,\"syncedTo\":null");
    assertReports("\"damage\":null,\"marks\":[]");
    lookAgain();
    assertReports(
        "\"damage\":{\"at\":2147483623,\"kind\":\"corrupt\",\"message\":\"a segment has at most"
            + " 2,147,483,623 bytes: not read\"}");
  }

  @Test
  void randomBytes() throws Exception {
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      byte[] content = new byte[random.nextInt(3000)];
      random.nextBytes(content);
      if (seed % 2 == 0) {
        // Many types: each is the start of a record that is not one.
        for (int i = 0; i < content.length; i += 3) {
          content[i] = (byte) "PDS".charAt(random.nextInt(3));
        }
      }
      byte[] header = {'K', 'V', 'S', 'T', 'E', 'P', 'S', (byte) (seed % 4)};
      System.arraycopy(header, 0, content, 0, seed % 3 == 0 ? 0 : Math.min(8, content.length));
      assertReports(content, "seed " + seed);
    }
  }

  @Test
  void aWholeStoreCutAtAnyByte() throws Exception {
    try (var step3 = kv.step3.Store.open(folder)) {
      step3.put(bytes("os"), bytes("mac"));
      step3.delete(bytes("os"));
    }
    byte[] log = Files.readAllBytes(folder.resolve("store.data"));
    for (int size = 0; size <= log.length; size++) {
      assertReports(Arrays.copyOf(log, size), "cut at " + size);
    }
  }

  @Test
  void aHeaderWithTheLargestLengths() throws Exception {
    for (int valueLength : new int[] {512 << 20, (512 << 20) + 1, Integer.MAX_VALUE, -1}) {
      ByteBuffer log = ByteBuffer.allocate(40);
      log.put(new byte[] {'K', 'V', 'S', 'T', 'E', 'P', 'S', 1});
      log.put((byte) 'P').put((byte) 1).putShort((short) -1).putInt(valueLength).putInt(7);
      log.putInt(kv.workshop.RecordHeader.crc(Arrays.copyOfRange(log.array(), 8, 20), 12));
      assertReports(log.array(), "value length " + valueLength);
    }
  }

  @Test
  void aKeyThatIsNotText() throws Exception {
    try (var step3 = kv.step3.Store.open(folder)) {
      step3.put(new byte[] {0, -1, '"', '\\'}, bytes("x"));
      step3.put(bytes("</script>\"\\"), bytes("x"));
      step3.put(new byte[65_535], new byte[0]);
      step3.put(bytes("é".repeat(50)), new byte[0]);
      step3.put(new byte[0], new byte[0]);
    }
    look(3);
    String report = report();
    assertTrue(report.contains("{\"text\":\"0x00ff225c\",\"hex\":\"00ff225c\"}"), report);
    assertTrue(report.contains("{\"text\":\"" + "é".repeat(39) + "…\""), report);
    assertTrue(report.contains("{\"text\":\"\",\"hex\":\"\"}"), report);
    assertTrue(report.contains("\"text\":\"</script>\\\"\\\\\""), report);
    assertTrue(report.contains("\"text\":\"0x000000"), report);
  }
}
