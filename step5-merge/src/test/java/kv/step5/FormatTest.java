package kv.step5;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The bytes of the file, written by hand. */
class FormatTest extends StoreFixture {
  private static final String FILE_HEADER = "4b565354455053 01";

  @Test
  void anEmptyStoreIsAFileHeader() throws IOException {
    putAndClose();

    assertFileIs(FILE_HEADER);
  }

  @Test
  void aPutIsAHeaderTheKeyAndTheValue() throws IOException {
    putAndClose("os", "mac");

    assertFileIs(FILE_HEADER, "50 01 0002 00000003 371871fa 3ff8c5d8 6f73 6d6163");
  }

  @Test
  void recordsFollowEachOtherWithoutAGap() throws IOException {
    putAndClose("os", "mac", "editor", "vim", "os", "linux");

    assertFileIs(
        FILE_HEADER,
        "50 01 0002 00000003 371871fa 3ff8c5d8 6f73 6d6163",
        "50 00 0006 00000003 3889038a 2e4203d5 656469746f72 76696d",
        "50 00 0002 00000005 58f26fe9 b901f467 6f73 6c696e7578");
  }

  @Test
  void theSyncMarkIsTheFirstBitOfTheFlags() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.sync();
      store.put(bytes("editor"), bytes("vim"));
    }

    assertFileIs(
        FILE_HEADER,
        "50 01 0002 00000003 371871fa 3ff8c5d8 6f73 6d6163",
        "50 01 0006 00000003 3889038a b933f414 656469746f72 76696d");
  }

  @Test
  void anEmptyKeyWithAnEmptyValueIsAHeaderAlone() throws IOException {
    putAndClose("", "");

    assertFileIs(FILE_HEADER, "50 01 0000 00000000 00000000 c19ffac3");
  }

  @Test
  void aDeleteIsAHeaderAndTheKey() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("editor"), bytes("vim"));
      store.delete(bytes("editor"));
    }

    assertFileIs(
        FILE_HEADER,
        "50 01 0006 00000003 3889038a b933f414 656469746f72 76696d",
        "44 00 0006 00000000 253a27a5 bc9873e8 656469746f72");
  }

  private void assertFileIs(String... hex) throws IOException {
    assertEquals(
        String.join("", hex).replace(" ", ""),
        HexFormat.of().formatHex(Files.readAllBytes(file())));
  }
}
