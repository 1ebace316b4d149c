package kv.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** The bytes of the file, written by hand. */
class FormatTest extends StoreFixture {
  /** The file header up to the salt, which differs from file to file. */
  private static final String FILE_HEADER = "4b565354455053 02";

  /** The start of a seal, up to its first checksum. */
  private static final String SEAL = "53 01 0000 00000008 ";

  @Test
  void anEmptyStoreHasNoSegment() throws IOException {
    putAndClose();

    assertEquals(List.of("LOCK"), names(""));
  }

  @Test
  void aSegmentIsNamedAfterItsNumbersAndItsGeneration() throws IOException {
    putAndClose("os", "mac");
    putAndClose("os", "linux");

    assertEquals(
        List.of(
            "000001-000001.0.data",
            "000001-000001.0.hint",
            "000002-000002.0.data",
            "000002-000002.0.hint",
            "LOCK"),
        names(""));
  }

  @Test
  void aPutIsAHeaderTheKeyAndTheValue() throws IOException {
    putAndClose("os", "mac");

    assertFileIs(
        FILE_HEADER, "50 01 0002 00000003 371871fa 3ff8c5d8 6f73 6d6163", SEAL + "00000001");
  }

  @Test
  void theActiveSegmentHasZerosInPlaceOfTheSeal() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));

      byte[] bytes = Files.readAllBytes(file());
      assertEquals(128 << 10, bytes.length);
      assertArrayEquals(new byte[bytes.length - 37], Arrays.copyOfRange(bytes, 37, bytes.length));
    }
  }

  @Test
  void aMergeWritesSegmentsOfTheSameKind() throws IOException {
    putAndClose("os", "mac", "editor", "vim");
    try (Store store = Store.open(directory, QUIET)) {
      store.delete(bytes("editor"));
      store.merge();
    }

    assertEquals(List.of("000001-000002.1.data"), names(".data"));
    assertFileIs(
        directory.resolve("000001-000002.1.data"),
        FILE_HEADER,
        "50 01 0002 00000003 371871fa 3ff8c5d8 6f73 6d6163",
        SEAL + "00000001");
  }

  @Test
  void recordsFollowEachOtherWithoutAGap() throws IOException {
    putAndClose("os", "mac", "editor", "vim", "os", "linux");

    assertFileIs(
        FILE_HEADER,
        "50 01 0002 00000003 371871fa 3ff8c5d8 6f73 6d6163",
        "50 00 0006 00000003 3889038a 2e4203d5 656469746f72 76696d",
        "50 00 0002 00000005 58f26fe9 b901f467 6f73 6c696e7578",
        SEAL + "00000003");
  }

  @Test
  void theSyncMarkIsTheFirstBitOfTheFlags() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.sync();
      store.put(bytes("editor"), bytes("vim"));
    }

    assertFileIs(
        FILE_HEADER,
        "50 01 0002 00000003 371871fa 3ff8c5d8 6f73 6d6163",
        "50 01 0006 00000003 3889038a b933f414 656469746f72 76696d",
        SEAL + "00000002");
  }

  @Test
  void anEmptyKeyWithAnEmptyValueIsAHeaderAlone() throws IOException {
    putAndClose("", "");

    assertFileIs(FILE_HEADER, "50 01 0000 00000000 00000000 c19ffac3", SEAL + "00000001");
  }

  /** A seal is a type, a header like any other, the number of records, and the seal checksum. */
  @Test
  void theSealIsTheLastRecord() throws IOException {
    putAndClose("os", "mac", "os", "linux");
    byte[] bytes = Files.readAllBytes(file());
    CRC32C headerChecksums = new CRC32C();
    for (RawLog.Entry entry : RawLog.decode(bytes)) {
      headerChecksums.update(bytes, (int) entry.offset() + 12, 4);
    }

    ByteBuffer seal = ByteBuffer.wrap(bytes).position((int) RawLog.end(bytes));
    assertEquals('S', seal.get());
    assertEquals(1, seal.get(), "the sync mark: everything before it is durable");
    assertEquals(0, seal.getShort());
    assertEquals(8, seal.getInt());
    assertEquals(2, seal.getInt(seal.position() + 8));
    assertEquals((int) headerChecksums.getValue(), seal.getInt(seal.position() + 12));
    assertEquals(16, seal.remaining());
  }

  @Test
  void aDeleteIsAHeaderAndTheKey() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("editor"), bytes("vim"));
      store.delete(bytes("editor"));
    }

    assertFileIs(
        FILE_HEADER,
        "50 01 0006 00000003 3889038a b933f414 656469746f72 76696d",
        "44 00 0006 00000000 253a27a5 bc9873e8 656469746f72",
        SEAL + "00000002");
  }

  private void assertFileIs(String... hex) throws IOException {
    assertFileIs(file(), hex);
  }

  /**
   * Compares everything that does not depend on the salt: not the file header's last 8 bytes;
   * header checksums as they are without a salt; of a seal only the start and the number of
   * records.
   */
  private static void assertFileIs(Path file, String... hex) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    StringBuilder found = new StringBuilder(HexFormat.of().formatHex(bytes, 0, 8));
    ByteBuffer in = ByteBuffer.wrap(bytes);
    for (RawLog.Entry entry : RawLog.decode(bytes)) {
      int at = (int) entry.offset();
      in.putInt(at + 12, in.getInt(at + 12) ^ (in.getInt(8) + at));
      found.append(HexFormat.of().formatHex(bytes, at, (int) entry.endOffset()));
    }
    int seal = bytes.length - 24;
    found.append(HexFormat.of().formatHex(bytes, seal, seal + 8));
    found.append(HexFormat.of().formatHex(bytes, seal + 16, seal + 20));
    assertEquals(String.join("", hex).replace(" ", ""), found.toString());
  }

  /** The example in Record, with its salt. */
  @Test
  void aHeaderChecksumIsRightAtOneOffsetOfOneFile() {
    byte[] header = new FileHeader(2, 0x11223344).encode();
    ByteBuffer record = Record.encode(Record.PUT, true, bytes("os"), bytes("mac"));
    Record.place(record, new FileHeader(2, 0x11223344), 16);

    assertEquals("4b565354455053021122334425aa2ebe", HexFormat.of().formatHex(header));
    assertEquals(
        "50010002" + "00000003" + "371871fa" + "2edaf68c" + "6f736d6163",
        HexFormat.of().formatHex(record.array()));
    assertNotNull(Record.decodeHeader(record.duplicate(), new FileHeader(2, 0x11223344), 16));
    assertNull(Record.decodeHeader(record.duplicate(), new FileHeader(2, 0x11223344), 17));
    assertNull(Record.decodeHeader(record.duplicate(), new FileHeader(2, 0x11223345), 16));
  }
}
