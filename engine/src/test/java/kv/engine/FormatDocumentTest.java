package kv.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The examples in docs/FORMAT.md: the code writes each byte, and reads it as described. */
class FormatDocumentTest extends StoreFixture {
  /** The headings of the examples. */
  private static final String LOG = "A log of steps 2 to 4";

  private static final String SEALED = "A sealed segment";
  private static final String HINTS = "Its hint file";

  private static final String SEGMENT = "000001-000001.0.data";
  private static final String HINT = "000001-000001.0.hint";

  /** The content of each of the three examples. */
  private static final Map<String, String> CONTENT = Map.of("os", "linux");

  private static final Pattern BYTES = Pattern.compile(" *(\\d+)  ([0-9a-f ]+)");

  private static String document;

  @BeforeAll
  static void readTheDocument() throws IOException {
    document = Files.readString(Path.of("..", "docs", "FORMAT.md"));
  }

  // ======== The examples ========

  /** The lines of the example under a heading. */
  private static List<String> example(String heading) {
    String[] parts = document.split("### " + heading + "\n", 2);
    assertEquals(2, parts.length, "docs/FORMAT.md has no heading " + heading);
    return parts[1].split("```text\n|```")[1].lines().toList();
  }

  /** The bytes of an example, whose lines begin with their offsets. */
  private static byte[] bytesOf(String heading) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (String line : example(heading)) {
      Matcher matcher = BYTES.matcher(line);
      if (matcher.matches()) {
        assertEquals(bytes.size(), Integer.parseInt(matcher.group(1)), line);
        bytes.writeBytes(HexFormat.of().parseHex(matcher.group(2).replace(" ", "")));
      }
    }
    return bytes.toByteArray();
  }

  /** An example as it should be: lines of bytes, and under each a description. */
  private static final class Description {
    private final List<String> lines = new ArrayList<>();
    private final ByteBuffer bytes;

    Description(byte[] bytes) {
      this.bytes = ByteBuffer.wrap(bytes);
    }

    /** Adds a line of bytes, grouped into fields of the given lengths. */
    void add(String description, int... lengths) {
      StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%3d ", bytes.position()));
      for (int length : lengths) {
        byte[] field = new byte[length];
        bytes.get(field);
        line.append(length > 0 ? " " : "").append(HexFormat.of().formatHex(field));
      }
      lines.add(line.toString());
      lines.add("     " + description);
    }

    /** Adds the records, which end at the end of the file. */
    void addRecords() {
      FileHeader file = FileHeader.of(bytes);
      while (bytes.hasRemaining()) {
        int at = bytes.position();
        Record.Header header = Record.decodeHeader(bytes.duplicate(), file, at);
        String key = text(at + Record.HEADER_SIZE, header.keyLength());
        int valueAt = at + Record.HEADER_SIZE + header.keyLength();
        String mark = header.syncMark() ? ", sync mark" : "";
        if (header.type() == Record.SEAL) {
          add("seal of " + bytes.getInt(valueAt) + " records" + mark, 1, 1, 2, 4, 4, 4, 4, 4);
        } else if (header.type() == Record.DELETE) {
          add("delete " + key + mark, 1, 1, 2, 4, 4, 4, header.keyLength());
        } else {
          String value = text(valueAt, header.valueLength());
          int[] lengths = {1, 1, 2, 4, 4, 4, header.keyLength(), header.valueLength()};
          add("put " + key + " = " + value + mark, lengths);
        }
      }
    }

    /** Adds the entries of a hint file, up to its checksum. */
    void addEntries() {
      while (bytes.remaining() > 4) {
        int at = bytes.position();
        int keyLength = bytes.getShort(at + 17);
        String type = bytes.get(at + 16) == Record.PUT ? "put " : "delete ";
        String place = " at " + bytes.getInt(at + 8) + ", " + bytes.getInt(at + 12) + " bytes";
        add(type + text(at + 19, keyLength) + place, 8, 4, 4, 1, 2, keyLength);
      }
    }

    private String text(int from, int length) {
      return new String(bytes.array(), from, length, StandardCharsets.UTF_8);
    }

    List<String> end() {
      lines.add(String.format(Locale.ROOT, "%3d  the end", bytes.capacity()));
      return lines;
    }
  }

  // ======== A log of steps 1 to 4 ========

  @Test
  void theLogIsReadAsDescribed() {
    Description log = new Description(bytesOf(LOG));
    log.add("KVSTEPS, version 1", 7, 1);
    log.addRecords();
    assertEquals(log.end(), example(LOG));
  }

  @Test
  void theEngineImportsTheLog() throws IOException {
    Files.write(directory.resolve("store.data"), bytesOf(LOG));
    assertEquals(CONTENT, reopenedState());
    assertEquals(List.of(SEGMENT), names(".data"));
  }

  // ======== A sealed segment ========

  @Test
  void theSegmentIsReadAsDescribed() {
    Description segment = new Description(bytesOf(SEALED));
    segment.add("KVSTEPS, version 2, salt, checksum", 7, 1, 4, 4);
    segment.addRecords();
    assertEquals(segment.end(), example(SEALED));
  }

  /** The calls of the examples, encoded for a file with a salt. */
  private static byte[] encodedWith(int salt) {
    FileHeader file = new FileHeader(FileHeader.VERSION, salt);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(file.encode());
    CRC32C headerChecksums = new CRC32C();
    for (ByteBuffer record :
        List.of(
            Record.encode(Record.PUT, true, bytes("os"), bytes("mac")),
            Record.encode(Record.PUT, false, bytes("editor"), bytes("vim")),
            Record.encode(Record.PUT, true, bytes("os"), bytes("linux")),
            Record.encode(Record.DELETE, false, bytes("editor"), new byte[0]))) {
      Record.place(record, file, bytes.size());
      headerChecksums.update(record.array(), 12, 4);
      bytes.writeBytes(record.array());
    }
    ByteBuffer seal = Record.encodeSeal(true, 4, (int) headerChecksums.getValue());
    Record.place(seal, file, bytes.size());
    bytes.writeBytes(seal.array());
    return bytes.toByteArray();
  }

  /** A store chooses its salt, so its file is compared with the encoding for that salt. */
  @Test
  void aStoreWritesTheSegment() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.sync();
      store.put(bytes("os"), bytes("linux"));
      store.delete(bytes("editor"));
    }
    byte[] written = Files.readAllBytes(file());
    assertArrayEquals(encodedWith(ByteBuffer.wrap(written).getInt(8)), written);
    assertArrayEquals(encodedWith(0x11223344), bytesOf(SEALED));
  }

  @Test
  void theSegmentIsAStore() throws IOException {
    Files.write(directory.resolve(SEGMENT), bytesOf(SEALED));
    assertEquals(CONTENT, reopenedState());
  }

  // ======== Its hint file ========

  @Test
  void theHintFileIsReadAsDescribed() {
    Description hint = new Description(bytesOf(HINTS));
    int end = hint.bytes.getInt(8);
    int count = hint.bytes.getInt(12);
    hint.add(
        "KVHINTS, version 2, end " + end + ", " + count + " records, seal checksum", 7, 1, 4, 4, 4);
    hint.add("secret", 4, 4, 4, 4);
    hint.addEntries();
    hint.add("checksum", 4);
    assertEquals(hint.end(), example(HINTS));
  }

  /** A store chooses its secret, or takes it from a hint file: here from one without entries. */
  @Test
  void anOpenWritesTheHintFileOfTheSegment() throws IOException {
    Files.write(directory.resolve(SEGMENT), bytesOf(SEALED));
    ByteBuffer secret = ByteBuffer.wrap(Arrays.copyOf(bytesOf(HINTS), 40));
    CRC32C checksum = new CRC32C();
    checksum.update(secret.array(), 0, 36);
    Files.write(directory.resolve(HINT), secret.putInt(36, (int) checksum.getValue()).array());
    Store.open(directory, QUIET).close();
    assertArrayEquals(bytesOf(HINTS), Files.readAllBytes(directory.resolve(HINT)));
  }

  /** With a usable hint file an open does not read a value: here it is damaged. */
  @Test
  void anOpenUsesTheHintFileOfTheSegment() throws IOException {
    byte[] damaged = bytesOf(SEALED);
    damaged[62 + 16 + 2] ^= 1;
    Files.write(directory.resolve(SEGMENT), damaged);
    Files.write(directory.resolve(HINT), bytesOf(HINTS));
    try (Store store = Store.open(directory, QUIET)) {
      assertEquals(1, store.size());
    }
  }

  @Test
  void theHashesOfTheTextAreRight() {
    ByteBuffer hints = ByteBuffer.wrap(bytesOf(HINTS));
    SipHash hash = new SipHash(hints.getLong(20), hints.getLong(28));
    long os = hash.hash(bytes("os"));
    long editor = hash.hash(bytes("editor"));
    String text =
        "The hash of `os` is `"
            + HexFormat.of().toHexDigits(os)
            + "`, so its group is "
            + HintFile.group(os)
            + "; that of `editor` is "
            + HintFile.group(editor)
            + ".";
    assertTrue(document.replaceAll("\\s+", " ").contains(text), text);
  }

  // ======== Other examples ========

  @Test
  void theChecksumsOfTheTextAreRight() {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes("123456789"));
    assertTrue(document.contains("`" + Long.toHexString(checksum.getValue()) + "`"));
    checksum.reset();
    byte[] segment = bytesOf(SEALED);
    StringBuilder all = new StringBuilder();
    for (int at : new int[] {16, 37, 62, 85}) {
      checksum.update(segment, at + 12, 4);
      all.append(' ').append(HexFormat.of().formatHex(segment, at + 12, at + 16));
    }
    String flat = document.replaceAll("\\s+", " ");
    assertTrue(
        flat.contains(
            "The seal checksum `"
                + Long.toHexString(checksum.getValue())
                + "` is the checksum of the 16 bytes `"
                + all.toString().strip()
                + "`"));
  }

  @Test
  void aStoreWritesTheTextOfLock() throws IOException {
    for (int i = 0; i < 3; i++) {
      putAndClose("os", "mac");
    }
    List<String> lock = Files.readAllLines(directory.resolve("LOCK"));
    assertEquals(2, lock.size());
    for (int i = 0; i < lock.size(); i++) {
      String row = "| " + (i + 1) + " | `" + lock.get(i) + "` |";
      assertTrue(document.contains(row), row);
    }
  }
}
