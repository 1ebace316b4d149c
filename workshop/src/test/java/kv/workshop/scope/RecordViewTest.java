package kv.workshop.scope;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** A record is shown field by field. */
class RecordViewTest extends ScopeFixture {
  private void assertShows(String file, long at, String... parts) throws IOException {
    String view = RecordView.of(store, file, at);
    for (String part : parts) {
      assertTrue(view.contains(part), part + "\nis not in\n" + view);
    }
  }

  private void writeTheExample() throws IOException {
    try (var step3 = kv.step3.Store.open(folder)) {
      step3.put(bytes("os"), bytes("mac"));
      step3.put(bytes("editor"), bytes("vim"));
      step3.put(bytes("os"), bytes("linux"));
    }
  }

  @Test
  void eachFieldHasItsBytesAndItsMeaning() throws Exception {
    writeTheExample();
    look(3);
    assertShows(
        "store.data",
        8,
        "\"length\":21,\"state\":\"dead\",\"supersededBy\":{\"file\":\"store.data\",\"at\":54}",
        "{\"name\":\"type\",\"at\":0,\"length\":1,\"hex\":\"50\",\"value\":\"P\",\"meaning\":\"put\",\"ok\":true}",
        "{\"name\":\"key length\",\"at\":2,\"length\":2,\"hex\":\"0002\",\"value\":\"2 bytes\"",
        "{\"name\":\"key\",\"at\":16,\"length\":2,\"hex\":\"6f73\",\"value\":\"os\",\"meaning\":\"2 bytes\"",
        "{\"name\":\"value\",\"at\":18,\"length\":3,\"hex\":\"6d6163\",\"value\":\"mac\",\"meaning\":\"3 bytes\"",
        "\"hex\":\"5001000200000003371871fa3ff8c5d86f736d6163\",\"cut\":false}");
    assertShows("store.data", 54, "\"state\":\"live\",\"supersededBy\":null,\"damage\":null");
    assertShows(
        "store.data", 0, "{\"name\":\"letters\",\"at\":0,\"length\":7", "\"name\":\"version\"");
  }

  @Test
  void aLongKeyLeavesNoPlaceForTheBytesOfTheValue() throws Exception {
    try (var step3 = kv.step3.Store.open(folder)) {
      step3.put(new byte[5000], bytes("mac"));
    }
    look(3);
    assertShows("store.data", 8, "{\"name\":\"value\",\"at\":5016,\"length\":3,\"hex\":\"\"");
  }

  @Test
  void aFlippedBitIsLocated() throws Exception {
    writeTheExample();
    flip("store.data", 27, 4);
    flip("store.data", 57, 0);
    look(3);
    assertShows(
        "store.data", 8, "{\"field\":\"body checksum\"", "\"flippedAt\":27,\"flippedBit\":4");
    assertShows(
        "store.data", 54, "{\"field\":\"header checksum\"", "\"flippedAt\":57,\"flippedBit\":0");
  }

  @Test
  void aSealCountsItsRecords() throws Exception {
    try (var engine = kv.engine.Store.open(folder)) {
      engine.put(bytes("os"), bytes("mac"));
    }
    look(6);
    assertShows(
        "000001-000001.0.data",
        37,
        "\"meaning\":\"seal\"",
        "{\"name\":\"count\",\"at\":16,\"length\":4,\"hex\":\"00000001\",\"value\":\"1\"");
    assertShows("000001-000001.0.data", 0, "\"name\":\"salt\"", "\"name\":\"checksum\"");
  }

  @Test
  void aTornEndIsShownToo() throws Exception {
    writeTheExample();
    cut("store.data", 70);
    look(3);
    assertShows(
        "store.data", 54, "{\"field\":\"value\"", "the file ends 7 bytes before the record");
    cut("store.data", 60);
    look(3);
    assertShows("store.data", 54, "{\"field\":\"bytes\"", "the file ends after 6");
  }

  @Test
  void thereIsNothingOutsideTheFilesWithRecords() throws Exception {
    writeTheExample();
    look(3);
    assertNull(RecordView.of(store, "LOCK", 0));
    assertNull(RecordView.of(store, "../store.data", 0));
    assertNull(RecordView.of(store, "store.data", 77));
    assertNull(RecordView.of(store, "store.data", -1));
    assertNull(RecordView.of(store, "store.data", 3));
  }
}
