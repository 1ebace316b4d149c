package kv.workshop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import kv.engine.Options;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A dump shows the contents of a file, and every fault in it. */
class DumpTest {
  private static final String SEGMENT = "000001-000001.0.data";
  private static final String HINTS = "000001-000001.0.hint";

  /** Salt of the segments in these tests. A store chooses a random one. */
  private static final int SALT = 0x5a17ed00;

  /** Secret of the hint files in these tests. A store chooses a random one. */
  private static final byte[] SECRET = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f");

  @TempDir private Path folder;

  /** A log with two puts, 52 bytes. */
  private byte[] log;

  /** A sealed segment with the same puts, 84 bytes, and its hint file. */
  private byte[] segment;

  private byte[] hints;

  @BeforeEach
  void writeWithTheSteps() throws IOException {
    Path step2 = folder.resolve("step2");
    try (var store = kv.step2.Store.open(step2)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("os"), bytes("linux"));
    }
    log = Files.readAllBytes(step2.resolve("store.data"));
    segment =
        segment(put(true, bytes("os"), bytes("mac")), put(false, bytes("os"), bytes("linux")));
    hints = hints(segment, 60, SECRET);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] flip(byte[] bytes, int offset, int bits) {
    byte[] flipped = bytes.clone();
    flipped[offset] ^= (byte) bits;
    return flipped;
  }

  /** Returns a record as docs/FORMAT.md describes it. */
  private static byte[] put(boolean syncMark, byte[] key, byte[] value) {
    byte[] body = join(key, value);
    ByteBuffer header = ByteBuffer.allocate(16);
    header.put((byte) 'P').put((byte) (syncMark ? 1 : 0));
    header.putShort((short) key.length).putInt(value.length).putInt(checksum(body, body.length));
    header.putInt(checksum(header.array(), 12));
    return join(header.array(), body);
  }

  /** Returns a segment of version 2 with a seal, as docs/FORMAT.md describes it. */
  private static byte[] segment(byte[]... records) {
    byte[] all = ByteBuffer.allocate(16).put(bytes("KVSTEPS\2")).putInt(SALT).array();
    ByteBuffer.wrap(all).putInt(12, checksum(all, 12));
    CRC32C sealChecksum = new CRC32C();
    for (byte[] record : records) {
      byte[] placed = placed(record, all.length);
      sealChecksum.update(placed, 12, 4);
      all = join(all, placed);
    }
    ByteBuffer seal = ByteBuffer.allocate(8).putInt(records.length);
    return join(all, placed(seal(seal.putInt((int) sealChecksum.getValue()).array()), all.length));
  }

  /** Returns a record with the header checksum that version 2 gives it at an offset. */
  private static byte[] placed(byte[] record, int offset) {
    byte[] placed = record.clone();
    ByteBuffer.wrap(placed).putInt(12, checksum(record, 12) ^ SALT + offset);
    return placed;
  }

  private static byte[] seal(byte[] value) {
    byte[] seal = put(true, new byte[0], value);
    seal[0] = 'S';
    ByteBuffer.wrap(seal).putInt(12, checksum(seal, 12));
    return seal;
  }

  /** Returns the hint file of a segment with the single key "os" and records up to an offset. */
  private static byte[] hints(byte[] segment, int end, byte[] secret) {
    ByteBuffer records = ByteBuffer.wrap(segment);
    byte[] seal = Arrays.copyOfRange(segment, end + 16, end + 24);
    byte[] all = join(bytes("KVHINTS\2"), number(end), seal, secret);
    for (int at = 16; at < end; ) {
      int length = 16 + 2 + records.getInt(at + 4);
      byte[] hash = ByteBuffer.allocate(8).putLong(new KeyHash(secret).of(bytes("os"))).array();
      byte[] typeAndKeyLength = {segment[at], 0, 2};
      all = join(all, hash, number(at), number(length), typeAndKeyLength, bytes("os"));
      at += length;
    }
    return join(all, number(checksum(all, all.length)));
  }

  private static byte[] number(int number) {
    return ByteBuffer.allocate(4).putInt(number).array();
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, 0, length);
    return (int) checksum.getValue();
  }

  /** Writes a file, dumps it, and compares every line of the dump except the first. */
  private void assertDump(int exitCode, String expected, String name, byte[] content)
      throws IOException, BadUsage {
    Path file = Files.write(folder.resolve(name), content);
    StringBuilder out = new StringBuilder();
    int code = Dump.run(file, new TextView(out, false));
    assertEquals(expected, out.substring(out.indexOf("\n") + 1));
    assertEquals(exitCode, code);
  }

  private String dump(Path file) throws IOException, BadUsage {
    StringBuilder out = new StringBuilder();
    Dump.run(file, new TextView(out, false));
    return out.toString();
  }

  // ======== What is whole ========

  @Test
  void aLogOfAnyOfTheFirstFourStepsIsShownRecordByRecord() throws Exception {
    Path step1 = folder.resolve("1");
    try (var store = kv.step1.Store.open(step1)) {
      store.put(bytes("os"), bytes("mac"));
    }
    assertEquals(
        """
        store.data, 29 bytes
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
        1 record: 1 put, 0 deletes; the end is clean
        """,
        dump(step1.resolve("store.data")));
    Path step3 = folder.resolve("3");
    try (var store = kv.step3.Store.open(step3)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.sync();
      store.put(bytes("os"), bytes("linux"));
      store.delete(bytes("editor"));
    }
    assertEquals(
        """
        store.data, 99 bytes
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            29  50 00 0006 00000003 3889038a 2e4203d5  656469746f72 76696d
                put "editor" = "vim"   checksums match
            54  50 01 0002 00000005 58f26fe9 2e7003a6  6f73 6c696e7578
                put "os" = "linux"   sync mark, checksums match
            77  44 00 0006 00000000 253a27a5 bc9873e8  656469746f72
                delete "editor"   checksums match
        4 records: 3 puts, 1 delete; the end is clean
        """,
        dump(step3.resolve("store.data")));
    Path step4 = folder.resolve("4");
    try (var store = kv.step4.Store.open(step4)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("os"), bytes("linux"));
      store.compact();
    }
    assertEquals(
        """
        store.data, 31 bytes
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000005 58f26fe9 2e7003a6  6f73 6c696e7578
                put "os" = "linux"   sync mark, checksums match
        1 record: 1 put, 0 deletes; the end is clean
        """,
        dump(step4.resolve("store.data")));
  }

  @Test
  void aSealedSegmentEndsInItsSeal() throws Exception {
    assertDump(
        0,
        """
             0  4b565354455053 02 5a17ed00 f938fe29
                file header: KVSTEPS, version 2, salt 5a17ed00, checksum matches
            16  50 01 0002 00000003 371871fa 65ef28c8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            37  50 00 0002 00000005 58f26fe9 e3161942  6f73 6c696e7578
                put "os" = "linux"   checksums match
            60  53 01 0000 00000008 052a27c8 71d238e5  00000002 9704d981
                seal of 2 records, seal checksum 9704d981   sync mark, checksums match
        2 records: 2 puts, 0 deletes; sealed; the end is clean
        """,
        SEGMENT,
        segment);
  }

  @Test
  void theSealOfASegmentThatWasNotDurableHasNoSyncMark() throws Exception {
    byte[] unsynced = segment.clone();
    unsynced[61] = 0;
    int checksum = checksum(Arrays.copyOfRange(unsynced, 60, 72), 12) ^ SALT + 60;
    ByteBuffer.wrap(unsynced).putInt(72, checksum);
    assertDump(
        0,
        """
             0  4b565354455053 02 5a17ed00 f938fe29
                file header: KVSTEPS, version 2, salt 5a17ed00, checksum matches
            16  50 01 0002 00000003 371871fa 65ef28c8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            37  50 00 0002 00000005 58f26fe9 e3161942  6f73 6c696e7578
                put "os" = "linux"   checksums match
            60  53 00 0000 00000008 052a27c8 e6a3cf24  00000002 9704d981
                seal of 2 records, seal checksum 9704d981   checksums match
        2 records: 2 puts, 0 deletes; sealed; the end is clean
        """,
        SEGMENT,
        unsynced);
  }

  @Test
  void zerosAfterASealAreReservedSpace() throws Exception {
    assertDump(
        0,
        """
             0  4b565354455053 02 5a17ed00 f938fe29
                file header: KVSTEPS, version 2, salt 5a17ed00, checksum matches
            16  50 01 0002 00000003 371871fa 65ef28c8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            37  50 00 0002 00000005 58f26fe9 e3161942  6f73 6c696e7578
                put "os" = "linux"   checksums match
            60  53 01 0000 00000008 052a27c8 71d238e5  00000002 9704d981
                seal of 2 records, seal checksum 9704d981   sync mark, checksums match
            84  000000000000000000000000.. +988
                1,000 zero bytes after the seal: space that was reserved, and not used
        2 records: 2 puts, 0 deletes; sealed; the end is clean
        """,
        SEGMENT,
        join(segment, new byte[1000]));
  }

  @Test
  void anActiveSegmentEndsInReservedZeros() throws Exception {
    byte[] active = Arrays.copyOf(segment, 131_072);
    Arrays.fill(active, 37, 84, (byte) 0);
    assertDump(
        0,
        """
             0  4b565354455053 02 5a17ed00 f938fe29
                file header: KVSTEPS, version 2, salt 5a17ed00, checksum matches
            16  50 01 0002 00000003 371871fa 65ef28c8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            37  0000000000000000000000.. +131024
                131,035 zero bytes: space that is reserved for the next records
        1 record: 1 put, 0 deletes; no seal; the end is clean
        """,
        SEGMENT,
        active);
  }

  @Test
  void theFilesOfTheEngineAreAsDescribed() throws Exception {
    Path directory = folder.resolve("engine");
    Options options = Options.DEFAULT.withSync(Options.SyncPolicy.NEVER);
    try (var store = kv.engine.Store.open(directory, options)) {
      store.put(bytes("os"), bytes("mac"));
      String out = dump(directory.resolve(SEGMENT));
      assertTrue(out.contains("zero bytes: space that is reserved for the next records"), out);
      assertTrue(out.endsWith("1 record: 1 put, 0 deletes; no seal; the end is clean\n"), out);
      store.put(bytes("os"), bytes("linux"));
    }
    byte[] actual = Files.readAllBytes(directory.resolve(SEGMENT));
    String out = dump(directory.resolve(SEGMENT));
    assertTrue(out.endsWith("2 records: 2 puts, 0 deletes; sealed; the end is clean\n"), out);
    assertEquals(segment.length, actual.length);
    assertEquals(0, Dump.run(directory.resolve(SEGMENT), new TextView(new StringBuilder(), false)));
    assertEquals(0, Dump.run(directory.resolve(HINTS), new TextView(new StringBuilder(), false)));
    byte[] actualHints = Files.readAllBytes(directory.resolve(HINTS));
    byte[] secret = Arrays.copyOfRange(actualHints, 20, 36);
    assertArrayEquals(hints(actual, 60, secret), actualHints);
  }

  @Test
  void aHintFileIsShownEntryByEntry() throws Exception {
    assertDump(
        0,
        """
             0  4b5648494e5453 02 0000003c 00000002 9704d981
                KVHINTS, version 2; segment: end 60, 2 records, seal checksum 9704d981
            20  0001020304050607 08090a0b0c0d0e0f
                secret of the hashes
            36  b536abb842bf526d 00000010 00000015 50 0002  6f73
                put "os" at offset 16, 21 bytes
            57  b536abb842bf526d 00000025 00000017 50 0002  6f73
                put "os" at offset 37, 23 bytes
            78  69410819
                checksum of all before: matches
        2 records: 2 puts, 0 deletes; the end is clean
        """,
        HINTS,
        hints);
  }

  @Test
  void aHintFileOfAnEarlierEngineIsRecognized() throws Exception {
    String entries = "50000200000010000000156f7350000200000025000000176f73";
    byte[] all =
        join(
            bytes("KVHINTS\1"), Arrays.copyOfRange(hints, 8, 20), HexFormat.of().parseHex(entries));
    assertDump(
        0,
        """
             0  4b5648494e5453 01 0000003c 00000002 9704d981
                KVHINTS, version 1; segment: end 60, 2 records, seal checksum 9704d981
                written by an earlier engine: a store does not use this file, and
                replaces it
            46  84001576
                checksum of all before: matches
        the end is clean
        """,
        HINTS,
        join(all, number(checksum(all, all.length))));
  }

  @Test
  void anEmptyLogHasNoRecords() throws Exception {
    assertDump(
        0,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
        0 records: 0 puts, 0 deletes; the end is clean
        """,
        "store.data",
        Arrays.copyOf(log, 8));
  }

  @Test
  void longKeysAndValuesAreCutOffAndTheirRestIsCounted() throws Exception {
    assertDump(
        0,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 00 ffff 000186a0 4cc70f86 1dec2bb1  6b6b6b.. +65532 767676.. +99997
                put "kkkkkkkkkkkk".. +65523 = "vvvvvvvvvvvv".. +99988   checksums match
        165559  50 00 0064 00000001 228f5d91 440cd6c9  6b6b6b6b6b6b6b6b6b6b6b.. +89 76
                put "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk".. +65 = "v"   checksums match
        165676  50 00 0001 00000064 2a1b47dd bb36cfea  6b 7676767676767676767676.. +89
                put "k" = "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv".. +65   checksums match
        3 records: 3 puts, 0 deletes; the end is clean
        """,
        "store.data",
        join(
            Arrays.copyOf(log, 8),
            put(false, bytes("k".repeat(65_535)), bytes("v".repeat(100_000))),
            put(false, bytes("k".repeat(100)), bytes("v")),
            put(false, bytes("k"), bytes("v".repeat(100)))));
  }

  @Test
  void whatIsPrintableIsTextAndAllElseIsHex() throws Exception {
    assertDump(
        0,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 00 0000 00000000 00000000 56ee0d02
                put "" = ""   checksums match
            24  50 00 0002 00000004 fdfcd63c 980b53e4  2c0a 225c090d
                put ",\\n" = "\\"\\\\\\t\\r"   checksums match
            46  50 00 0006 00000006 02bc6a04 0ba97d74  6e61c3af7665 e6bca2e5ad97
                put "naïve" = "漢字"   checksums match
            74  50 00 0001 00000002 9c9157ab 3be956ef  00 fffe
                put 0x00 = 0xfffe   checksums match
            93  50 00 0003 00000078 13fb19fe 4305793a  e280ae c3a4c3a4c3a4c3a4c3.. +111
                put 0xe280ae = "ääääääääääääääääääääääääääääää".. +60   checksums match
        5 records: 5 puts, 0 deletes; the end is clean
        """,
        "store.data",
        join(
            Arrays.copyOf(log, 8),
            put(false, bytes(""), bytes("")),
            put(false, bytes(",\n"), bytes("\"\\\t\r")),
            put(false, bytes("na\u00efve"), bytes("\u6f22\u5b57")),
            put(false, bytes("\0"), new byte[] {(byte) 0xff, (byte) 0xfe}),
            put(false, bytes("\u202e"), bytes("\u00e4".repeat(60)))));
  }

  @Test
  void noLineIsLongerThan80Columns() throws Exception {
    byte[] all = Arrays.copyOf(log, 8);
    for (int length = 0; length < 100; length++) {
      byte[] text = bytes("\u00e4".repeat(length));
      all = join(all, put(true, new byte[length], text), put(true, text, new byte[length]));
    }
    String out = dump(Files.write(folder.resolve("store.data"), join(all, log)));
    assertTrue(out.lines().allMatch(line -> line.length() <= 80), out);
  }

  // ======== What is torn ========

  @Test
  void aHeaderThatIsCutIsTorn() throws Exception {
    assertDump(
        0,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            29  50 00 0002 00000005 58f2
                TORN: a header has 16 bytes, and the file ends after 10
        1 record: 1 put, 0 deletes; torn at 29
        """,
        "store.data",
        Arrays.copyOf(log, 39));
  }

  @Test
  void aBodyThatIsCutIsTorn() throws Exception {
    assertDump(
        0,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            29  50 00 0002 00000005 58f26fe9 b901f467  6f73 6c69
                put "os" = "li"
                TORN: the file ends 3 bytes before the record does
        1 record: 1 put, 0 deletes; torn at 29
        """,
        "store.data",
        Arrays.copyOf(log, 49));
  }

  @Test
  void zerosAfterALogAreTorn() throws Exception {
    assertDump(
        0,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            29  50 00 0002 00000005 58f26fe9 b901f467  6f73 6c696e7578
                put "os" = "linux"   checksums match
            52  000000000000000000000000.. +88
                TORN: 100 zero bytes: the file had grown, and nothing was written there
        2 records: 2 puts, 0 deletes; torn at 52
        """,
        "store.data",
        join(log, new byte[100]));
  }

  @Test
  void aSectorThatWasNotWrittenIsTorn() throws Exception {
    byte[] whole = join(log, put(false, bytes("k"), bytes("v".repeat(1500))));
    Arrays.fill(whole, 1024, 1536, (byte) 0);
    assertDump(
        0,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            29  50 00 0002 00000005 58f26fe9 b901f467  6f73 6c696e7578
                put "os" = "linux"   checksums match
            52  50 00 0001 000005dc 8fb3a698 b41b2388  6b 7676767676767676767676.. +1489
                put "k" = "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv".. +1448
                TORN: the body checksum says 8fb3a698, the body gives 1a06031b; the
                sector at offset 1024 is zero: it was not written
        3 records: 3 puts, 0 deletes; torn at 52
        """,
        "store.data",
        whole);
  }

  @Test
  void aRecordWithoutItsTypeIsTorn() throws Exception {
    byte[] unsealed = Arrays.copyOf(segment, 60 + 100);
    Arrays.fill(unsealed, 60, 84, (byte) 0);
    unsealed[37] = 0;
    assertDump(
        0,
        """
             0  4b565354455053 02 5a17ed00 f938fe29
                file header: KVSTEPS, version 2, salt 5a17ed00, checksum matches
            16  50 01 0002 00000003 371871fa 65ef28c8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            37  00 00 0002 00000005 58f26fe9 e3161942
                TORN: a record of 23 bytes that was not finished: its type, 50, is
                written last
            60  000000000000000000000000.. +88
                100 zero bytes: space that is reserved for the next records
        1 record: 1 put, 0 deletes; no seal; torn at 37
        """,
        SEGMENT,
        unsealed);
  }

  @Test
  void aFileThatWasBeingCreatedIsTorn() throws Exception {
    String expected =
        """
                TORN: no file header. A crash during the creation of a file can leave
                this; a store writes the file header again.
        0 records: 0 puts, 0 deletes; torn at 0
        """;
    assertDump(0, expected, "store.data", new byte[0]);
    assertDump(0, "     0  4b5653\n" + expected, "store.data", Arrays.copyOf(log, 3));
    assertDump(0, "     0  00000000000000 00\n" + expected, "store.data", new byte[8]);
    String segment =
        "     0  00000000000000 00\n" + expected.replace("torn at", "no seal; torn at");
    assertDump(0, segment, SEGMENT, new byte[4096]);
  }

  @Test
  void aFaultAfterATornPlaceCanBeEither() throws Exception {
    byte[] whole = join(log, put(false, bytes("k"), bytes("v".repeat(1500))), flip(log, 20, 1));
    Arrays.fill(whole, 1024, 1536, (byte) 0);
    assertDump(
        0,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            29  50 00 0002 00000005 58f26fe9 b901f467  6f73 6c696e7578
                put "os" = "linux"   checksums match
            52  50 00 0001 000005dc 8fb3a698 b41b2388  6b 7676767676767676767676.. +1489
                put "k" = "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv".. +1448
                TORN: the body checksum says 8fb3a698, the body gives 1a06031b; the
                sector at offset 1024 is zero: it was not written
          1569  4b 56 5354 45505301 50010002 00000003
                TORN OR DAMAGED: the header checksum says 00000003, the header gives
                0363103c
                29 bytes passed over, up to the next valid header
          1598  50 00 0002 00000005 58f26fe9 b901f467  6f73 6c696e7578
                put "os" = "linux"   checksums match
        4 records: 4 puts, 0 deletes; torn at 52
        """,
        "store.data",
        whole);
  }

  @Test
  void aCopyOfALogInAValueSaysNothingOfTheLog() throws Exception {
    byte[] copy = put(false, bytes("k"), put(true, bytes("os"), bytes("mac")));
    byte[] notWritten = put(false, bytes("k"), bytes("v".repeat(1500)));
    byte[] after = join(log, notWritten, copy);
    Arrays.fill(after, 1024, 1536, (byte) 0);
    assertVerdict("TORN: the body checksum says", "store.data", after);
    byte[] unfinished = join(Arrays.copyOf(segment, 60), placed(copy, 60));
    unfinished[60] = 0;
    assertVerdict("TORN: a record of 38 bytes that was not finished", SEGMENT, unfinished);
  }

  @Test
  void aCopyOfALogAfterAMissingHeaderLooksLikeTheLog() throws Exception {
    byte[] copy = put(false, bytes("k"), put(true, bytes("os"), bytes("mac")));
    assertVerdict("DAMAGED: the type is 00", "store.data", join(log, new byte[20], copy));
  }

  private void assertVerdict(String verdict, String name, byte[] content) throws Exception {
    String out = dump(Files.write(folder.resolve(name), content));
    assertTrue(out.lines().anyMatch(line -> line.strip().startsWith(verdict)), out);
  }

  // ======== What is damaged ========

  @Test
  void whatLooksTornIsDamagedIfItHadBeenSynced() throws Exception {
    byte[] whole =
        join(
            log, put(false, bytes("k"), bytes("v".repeat(1500))), put(true, bytes("k"), bytes("")));
    Arrays.fill(whole, 1024, 1536, (byte) 0);
    assertDump(
        1,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            29  50 00 0002 00000005 58f26fe9 b901f467  6f73 6c696e7578
                put "os" = "linux"   checksums match
            52  50 00 0001 000005dc 8fb3a698 b41b2388  6b 7676767676767676767676.. +1489
                put "k" = "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv".. +1448
                DAMAGED: the body checksum says 8fb3a698, the body gives 1a06031b; the
                sector at offset 1024 is zero: it was not written
                it is not torn: it had been synced, as the sync mark at offset 1569 says
          1569  50 01 0001 00000000 aa326b08 84387323  6b
                put "k" = ""   sync mark, checksums match
        4 records: 4 puts, 0 deletes; damaged at 52
        """,
        "store.data",
        whole);
  }

  @Test
  void aFlippedBitInABodyIsFound() throws Exception {
    assertDump(
        1,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 4d6163
                put "os" = "Mac"   sync mark
                DAMAGED: the body checksum says 371871fa, the body gives d65c8aee
                one flipped bit explains it: offset 26 has 4d instead of 6d
            29  50 00 0002 00000005 58f26fe9 b901f467  6f73 6c696e7578
                put "os" = "linux"   checksums match
        2 records: 2 puts, 0 deletes; damaged at 8
        """,
        "store.data",
        flip(log, 26, 0x20));
  }

  @Test
  void aFlippedBitInAHeaderIsFoundAndTheNextRecordToo() throws Exception {
    assertDump(
        1,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000043 371871fa 3ff8c5d8
                DAMAGED: the header checksum says 3ff8c5d8, the header gives 08a9af76
                one flipped bit explains it: offset 15 has 43 instead of 03
                21 bytes passed over, up to the next valid header
            29  50 00 0002 00000005 58f26fe9 b901f467  6f73 6c696e7578
                put "os" = "linux"   checksums match
        1 record: 1 put, 0 deletes; damaged at 8
        """,
        "store.data",
        flip(log, 15, 0x40));
  }

  @Test
  void moreThanABitIsNotExplained() throws Exception {
    assertDump(
        1,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            29  51 00 0002 000000fa 58f26fe9 b901f467
                DAMAGED: the header checksum says b901f467, the header gives 28184ef4
                23 bytes passed over, up to the end: no valid header in them
        1 record: 1 put, 0 deletes; damaged at 29
        """,
        "store.data",
        flip(flip(log, 29, 1), 36, 0xff));
  }

  @Test
  void aRightChecksumDoesNotMakeAHeader() throws Exception {
    byte[] unknown = put(false, bytes("k"), bytes("v"));
    unknown[0] = 'X';
    ByteBuffer.wrap(unknown).putInt(12, checksum(unknown, 12));
    byte[] tooLong = put(false, bytes("k"), bytes("v"));
    ByteBuffer.wrap(tooLong).putInt(4, (512 << 20) + 1);
    ByteBuffer.wrap(tooLong).putInt(12, checksum(tooLong, 12));
    assertDump(
        1,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  58 00 0001 00000001 8f378a10 1d9d5db3
                DAMAGED: the checksum is right, but there is no such type
                36 bytes passed over, up to the end: no valid header in them
        0 records: 0 puts, 0 deletes; damaged at 8
        """,
        "store.data",
        join(Arrays.copyOf(log, 8), unknown, tooLong));
  }

  @Test
  void aDamagedFileHeaderDoesNotHideTheRecords() throws Exception {
    assertDump(
        1,
        """
             0  4b5653d4455053 01
                DAMAGED: a file header is 4b565354455053 01
             8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            29  50 00 0002 00000005 58f26fe9 b901f467  6f73 6c696e7578
                put "os" = "linux"   checksums match
        2 records: 2 puts, 0 deletes; damaged at 0
        """,
        "store.data",
        flip(log, 3, 0x80));
  }

  @Test
  void aSealCountsTheRecordsBeforeIt() throws Exception {
    assertDump(
        1,
        """
             0  4b565354455053 02 5a17ed00 f938fe29
                file header: KVSTEPS, version 2, salt 5a17ed00, checksum matches
            16  50 01 0002 00000003 371871fa 65ef28c8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            37  53 01 0000 00000008 052a27c8 71d238fc  00000002 9704d981
                seal of 2 records, seal checksum 9704d981   sync mark, checksums match
                DAMAGED: the seal counts 2 records before it, but there are 1
        1 record: 1 put, 0 deletes; sealed; damaged at 37
        """,
        SEGMENT,
        join(Arrays.copyOf(segment, 37), placed(seal(Arrays.copyOfRange(segment, 76, 84)), 37)));
  }

  @Test
  void aSealKnowsWhichRecordsAreBeforeIt() throws Exception {
    byte[] other = placed(put(false, bytes("os"), bytes("LINUX")), 37);
    assertDump(
        1,
        """
             0  4b565354455053 02 5a17ed00 f938fe29
                file header: KVSTEPS, version 2, salt 5a17ed00, checksum matches
            16  50 01 0002 00000003 371871fa 65ef28c8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            37  50 00 0002 00000005 2a0d58fd b574608c  6f73 4c494e5558
                put "os" = "LINUX"   checksums match
            60  53 01 0000 00000008 052a27c8 71d238e5  00000002 9704d981
                seal of 2 records, seal checksum 9704d981   sync mark, checksums match
                DAMAGED: the seal checksum says 9704d981, the records before it give
                26d71a42
        2 records: 2 puts, 0 deletes; sealed; damaged at 60
        """,
        SEGMENT,
        join(Arrays.copyOf(segment, 37), other, Arrays.copyOfRange(segment, 60, 84)));
  }

  @Test
  void bytesAfterASealAreDamage() throws Exception {
    assertDump(
        1,
        """
             0  4b565354455053 02 5a17ed00 f938fe29
                file header: KVSTEPS, version 2, salt 5a17ed00, checksum matches
            16  50 01 0002 00000003 371871fa 65ef28c8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            37  50 00 0002 00000005 58f26fe9 e3161942  6f73 6c696e7578
                put "os" = "linux"   checksums match
            60  53 01 0000 00000008 052a27c8 71d238e5  00000002 9704d981
                seal of 2 records, seal checksum 9704d981   sync mark, checksums match
                DAMAGED: only zeros may follow a seal, but offset 87 has 50
            84  00 00 0050 01000200 00000337 1871fa65
                DAMAGED: the type is 00: nothing was finished here
                3 bytes passed over, up to the next valid header
            87  50 01 0002 00000003 371871fa 65ef288f  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
        3 records: 3 puts, 0 deletes; sealed; damaged at 60, and in 1 more place
        """,
        SEGMENT,
        join(segment, new byte[3], placed(put(true, bytes("os"), bytes("mac")), 87)));
  }

  @Test
  void aMergedSegmentWithoutASealIsDamaged() throws Exception {
    assertDump(
        1,
        """
             0  4b565354455053 02 5a17ed00 f938fe29
                file header: KVSTEPS, version 2, salt 5a17ed00, checksum matches
            16  50 01 0002 00000003 371871fa 65ef28c8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
                DAMAGED: there is no seal, and the output of a merge always has one
        1 record: 1 put, 0 deletes; no seal; damaged at 37
        """,
        "000001-000004.1.data",
        Arrays.copyOf(segment, 37));
  }

  @Test
  void aMergedFileOfStep5NeedsNoSeal() throws Exception {
    assertDump(
        0,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
        1 record: 1 put, 0 deletes; the end is clean
        """,
        "000001-000004.1.data",
        join(Arrays.copyOf(log, 8), put(true, bytes("os"), bytes("mac"))));
  }

  @Test
  void aMergedSegmentIsNeverTorn() throws Exception {
    assertDump(
        1,
        """
             0  4b565354455053 02 5a17ed00 f938fe29
                file header: KVSTEPS, version 2, salt 5a17ed00, checksum matches
            16  50 01 0002 00000003 371871fa 65ef28c8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            37  50 00 0002 00000005 58f26fe9 e3161942  6f73 6c696e7578
                put "os" = "linux"   checksums match
            60  53 01 0000 00000008
                DAMAGED: a header has 16 bytes, and the file ends after 8
                DAMAGED: there is no seal, and the output of a merge always has one
        2 records: 2 puts, 0 deletes; no seal; damaged at 60, and in 1 more place
        """,
        "000001-000004.1.data",
        Arrays.copyOf(segment, 68));
  }

  @Test
  void aHintFileMustFillItsSegment() throws Exception {
    assertDump(
        1,
        """
             0  4b5648494e5453 02 0000003c 00000002 9704d981
                KVHINTS, version 2; segment: end 60, 2 records, seal checksum 9704d981
            20  0001020304050607 08090a0b0c0d0e0f
                secret of the hashes
            36  b536abb842bf526d 00000010 00000015 50 0002  6f73
                put "os" at offset 16, 21 bytes
            57  b536abb842bf526d 00000027 00000017 50 0002  6f73
                put "os" at offset 39, 23 bytes
                DAMAGED: the records do not fill the segment up to its end, 60
            78  69410819
                checksum of all before
                DAMAGED: the checksum says 69410819, the bytes before it give fa0189a2
        2 records: 2 puts, 0 deletes; damaged at 8
        """,
        HINTS,
        flip(hints, 68, 2));
  }

  @Test
  void aHashIsThatOfItsKey() throws Exception {
    assertDump(
        1,
        """
             0  4b5648494e5453 02 0000003c 00000002 9704d981
                KVHINTS, version 2; segment: end 60, 2 records, seal checksum 9704d981
            20  0001020304050607 08090a0b0c0d0e0f
                secret of the hashes
            36  b536abb842bf526d 00000010 00000015 50 0002  6f73
                put "os" at offset 16, 21 bytes
            57  b536abb942bf526d 00000025 00000017 50 0002  6f73
                put "os" at offset 37, 23 bytes
                DAMAGED: the hash of this key is b536abb842bf526d
            78  69410819
                checksum of all before
                DAMAGED: the checksum says 69410819, the bytes before it give 66280a32
        2 records: 2 puts, 0 deletes; damaged at 57
        """,
        HINTS,
        flip(hints, 60, 1));
  }

  @Test
  void theEntriesOfAGroupAreInTheOrderOfTheSegment() throws Exception {
    byte[] all =
        join(
            Arrays.copyOf(hints, 36),
            Arrays.copyOfRange(hints, 57, 78),
            Arrays.copyOfRange(hints, 36, 57));
    assertDump(
        1,
        """
             0  4b5648494e5453 02 0000003c 00000002 9704d981
                KVHINTS, version 2; segment: end 60, 2 records, seal checksum 9704d981
            20  0001020304050607 08090a0b0c0d0e0f
                secret of the hashes
            36  b536abb842bf526d 00000025 00000017 50 0002  6f73
                put "os" at offset 37, 23 bytes
            57  b536abb842bf526d 00000010 00000015 50 0002  6f73
                put "os" at offset 16, 21 bytes
                DAMAGED: the entry before it has the group 724 and the offset 37, this
                one 724 and 16
            78  5b96b5dd
                checksum of all before: matches
        2 records: 2 puts, 0 deletes; damaged at 57
        """,
        HINTS,
        join(all, number(checksum(all, all.length))));
  }

  @Test
  void aHintFilesEntriesEndWhereOneIsDamaged() throws Exception {
    assertDump(
        1,
        """
             0  4b5648494e5453 02 0000003c 00000002 9704d981
                KVHINTS, version 2; segment: end 60, 2 records, seal checksum 9704d981
            20  0001020304050607 08090a0b0c0d0e0f
                secret of the hashes
            36  b536abb842bf526d 00000010 00000015 50 0002  6f73
                put "os" at offset 16, 21 bytes
            57  b536abb842bf526d0000002500000017510002
                DAMAGED: not an entry of a hint file; 21 bytes passed over
                DAMAGED: the start counts 2 records, but there are entries for 1
            78  69410819
                checksum of all before
                DAMAGED: the checksum says 69410819, the bytes before it give 515067b5
        1 record: 1 put, 0 deletes; damaged at 57
        """,
        HINTS,
        flip(hints, 73, 1));
  }

  @Test
  void aHintFileThatIsCutIsDamaged() throws Exception {
    assertDump(
        1,
        """
             0  4b5648494e5453 02 0000003c 00000002 9704d981
                KVHINTS, version 2; segment: end 60, 2 records, seal checksum 9704d981
            20  0001020304050607 08090a0b0c0d0e0f
                secret of the hashes
            36  b536abb842bf526d000000100000
                DAMAGED: not an entry of a hint file; 14 bytes passed over
                DAMAGED: the start counts 2 records, but there are entries for 0
            50  00155000
                checksum of all before
                DAMAGED: the checksum says 00155000, the bytes before it give 7bb3c0aa
        0 records: 0 puts, 0 deletes; damaged at 36
        """,
        HINTS,
        Arrays.copyOf(hints, 54));
    assertDump(
        1,
        """
             0  4b5648494e5453020000
                DAMAGED: a hint file has at least 40 bytes
        0 records: 0 puts, 0 deletes; damaged at 0
        """,
        HINTS,
        Arrays.copyOf(hints, 10));
  }

  @Test
  void aHintFileMayBeKnownByItsNameAlone() throws Exception {
    assertDump(
        1,
        """
             0  4b5649494e5453 02 0000003c 00000002 9704d981
                segment: end 60, 2 records, seal checksum 9704d981
                DAMAGED: a hint file starts with 4b5648494e5453 02
            20  0001020304050607 08090a0b0c0d0e0f
                secret of the hashes
            36  b536abb842bf526d 00000010 00000015 50 0002  6f73
                put "os" at offset 16, 21 bytes
            57  b536abb842bf526d 00000025 00000017 50 0002  6f73
                put "os" at offset 37, 23 bytes
            78  69410819
                checksum of all before
                DAMAGED: the checksum says 69410819, the bytes before it give 04c93621
        2 records: 2 puts, 0 deletes; damaged at 0
        """,
        HINTS,
        flip(hints, 2, 1));
  }

  @Test
  void aSealOfAnotherLengthIsDamaged() throws Exception {
    byte[] seal = put(true, bytes("key"), bytes("12345"));
    seal[0] = 'S';
    ByteBuffer.wrap(seal).putInt(12, checksum(seal, 12));
    byte[] whole = join(Arrays.copyOf(segment, 60), placed(seal, 60));
    assertVerdict("DAMAGED: a seal has no key", SEGMENT, whole);
  }

  @Test
  void aLogHasNoSeal() throws Exception {
    assertDump(
        1,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            29  50 00 0002 00000005 58f26fe9 b901f467  6f73 6c696e7578
                put "os" = "linux"   checksums match
            52  53 01 0000 00000008 8c28b28a 2465182d
                DAMAGED: the checksum is right, but a log has no seal: only a segment
                has
                24 bytes passed over, up to the end: no valid header in them
        2 records: 2 puts, 0 deletes; damaged at 52
        """,
        "store.data",
        join(log, seal(new byte[8])));
  }

  @Test
  void aDamagedSaltIsFoundFromTheRecords() throws Exception {
    assertDump(
        1,
        """
             0  4b565354455053 02 5a07ed00 f938fe29
                DAMAGED: the checksum says f938fe29, the file header gives 899a83a3
                the records are those of a file with the salt 5a17ed00
            16  50 01 0002 00000003 371871fa 65ef28c8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            37  50 00 0002 00000005 58f26fe9 e3161942  6f73 6c696e7578
                put "os" = "linux"   checksums match
            60  53 01 0000 00000008 052a27c8 71d238e5  00000002 9704d981
                seal of 2 records, seal checksum 9704d981   sync mark, checksums match
        2 records: 2 puts, 0 deletes; sealed; damaged at 0
        """,
        SEGMENT,
        flip(segment, 9, 0x10));
  }

  @Test
  void aDamagedVersionIsFoundFromTheRecords() throws Exception {
    assertVerdict("DAMAGED: a file header is", SEGMENT, flip(segment, 7, 1));
    assertVerdict("put \"os\" = \"linux\"   checksums match", SEGMENT, flip(segment, 7, 1));
  }

  @Test
  void aCopyOfARecordIsNotARecordInVersion2() throws Exception {
    byte[] copy = Arrays.copyOfRange(segment, 16, 37);
    assertVerdict(
        "24 bytes passed over, up to the end: no valid header",
        SEGMENT,
        join(Arrays.copyOf(segment, 37), new byte[3], copy));
  }

  @Test
  void aSegmentOfVersion1IsStillShown() throws Exception {
    byte[] seal = join(number(2), number(0xdc0ab8de));
    assertDump(
        0,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            29  50 00 0002 00000005 58f26fe9 b901f467  6f73 6c696e7578
                put "os" = "linux"   checksums match
            52  53 01 0000 00000008 4f0201a4 2a94e10a  00000002 dc0ab8de
                seal of 2 records, seal checksum dc0ab8de   sync mark, checksums match
        2 records: 2 puts, 0 deletes; sealed; the end is clean
        """,
        SEGMENT,
        join(log, seal(seal)));
  }

  // ======== Files that are made to be slow ========

  @Test
  void aDumpReadsAFileOnceHoweverManyPlacesAreTorn() throws Exception {
    // Each place needs the only sync mark, which is at the end. If each searched for it, the dump
    // would read 320,000,000,000 bytes.
    assertEquals(
        "1 record: 1 put, 0 deletes; damaged at 8, and in 199,999 more places",
        summaryOfUnfinishedRecords("store.data", log, 8, put(true, new byte[0], new byte[0])));
    // Here each search would go to the end in vain.
    assertEquals(
        "0 records: 0 puts, 0 deletes; torn at 8",
        summaryOfUnfinishedRecords("store.data", log, 8, new byte[0]));
    assertEquals(
        "2 records: 2 puts, 0 deletes; sealed; damaged at 60, and in 200,000 more places",
        summaryOfUnfinishedRecords(SEGMENT, segment, 84, new byte[0]));
  }

  /** Dumps a file with 200,000 records without a type between a start and an end. */
  private String summaryOfUnfinishedRecords(String name, byte[] start, int length, byte[] end)
      throws IOException, BadUsage {
    byte[] record = put(false, new byte[0], new byte[0]);
    int places = 200_000;
    ByteBuffer file = ByteBuffer.allocate(length + places * 16 + end.length);
    file.put(start, 0, length);
    for (int i = 0; i < places; i++) {
      byte[] unfinished = name.equals(SEGMENT) ? placed(record, file.position()) : record.clone();
      unfinished[0] = 0;
      file.put(unfinished);
    }
    file.put(end);
    Last out = new Last();
    Dump.run(Files.write(folder.resolve(name), file.array()), new TextView(out, false));
    return out.line;
  }

  /** Keeps only the text that was appended last. */
  private static final class Last implements Appendable {
    private String line = "";

    @Override
    public Appendable append(CharSequence text) {
      line = text.toString().strip();
      return this;
    }

    @Override
    public Appendable append(CharSequence text, int start, int end) {
      return append(text.subSequence(start, end));
    }

    @Override
    public Appendable append(char character) {
      return append(String.valueOf(character));
    }
  }

  @Test
  void aSegmentThatIsTooLongIsRefusedAsAStoreDoes() throws Exception {
    Path directory = Files.createDirectory(folder.resolve("long"));
    Path file = directory.resolve(SEGMENT);
    try (var channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE)) {
      channel.write(ByteBuffer.allocate(1), (3L << 30) - 1);
    } catch (IOException e) {
      Assumptions.abort("no file of 3 GiB can be made here: " + e);
    }
    StringBuilder out = new StringBuilder();
    assertEquals(1, Dump.run(file, new TextView(out, false)));
    assertEquals(
        """
        000001-000001.0.data, 3,221,225,472 bytes
                    DAMAGED: a segment has at most 2,147,483,623 bytes: not read
        0 records: 0 puts, 0 deletes; no seal; damaged at 2147483623
        """,
        out.toString());
    var refusal = assertThrows(IOException.class, () -> kv.engine.Store.open(directory).close());
    assertTrue(refusal.getMessage().contains("3221225472 bytes long"), refusal.getMessage());
  }

  @Test
  void aFileThatIsNotRegularIsRefusedAtOnce() throws Exception {
    Path pipe = folder.resolve(SEGMENT);
    try {
      assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "no pipes");
    } catch (IOException e) {
      Assumptions.abort("there is no mkfifo here: " + e);
    }
    assertTimeoutPreemptively(
        Duration.ofSeconds(30), () -> refused(pipe + " is not a regular file", pipe));
  }

  // ======== The steps as a second opinion ========

  private interface Opening {
    void open(Path directory) throws IOException;
  }

  @Test
  void whatADumpCallsDamagedAStoreRefuses() throws Exception {
    Opening step2 = directory -> kv.step2.Store.open(directory).close();
    assertAgreement("store.data", log, step2);
    assertAgreement("a seal", "store.data", join(log, seal(new byte[8])), step2);
    Opening engine = directory -> kv.engine.Store.open(directory).close();
    assertAgreement(SEGMENT, segment, engine);
    byte[] record = put(false, bytes("os"), bytes("mac"));
    assertAgreement("a record after the seal", SEGMENT, join(segment, record), engine);
    assertAgreement("bytes in zeros", SEGMENT, join(segment, new byte[3], record), engine);
  }

  /** Cuts a file off after each byte, and flips one bit of each byte; all eight take too long. */
  private void assertAgreement(String name, byte[] whole, Opening opening) throws Exception {
    for (int at = 0; at < whole.length; at++) {
      assertAgreement(name + " cut at " + at, name, Arrays.copyOf(whole, at), opening);
      byte[] flipped = flip(whole, at, 1 << at % 8);
      assertAgreement(name + " flipped at " + at, name, flipped, opening);
    }
  }

  /** Asserts that a dump and a store find a file whole, or damaged at the same offset. */
  private void assertAgreement(String what, String name, byte[] content, Opening opening)
      throws Exception {
    Path directory = Files.createTempDirectory(folder, "agreement");
    Path file = Files.write(directory.resolve(name), content);
    StringBuilder out = new StringBuilder();
    int code = Dump.run(file, new TextView(out, false));
    long refused = -1;
    try {
      opening.open(directory);
    } catch (kv.step2.CorruptStoreException e) {
      refused = e.offset();
    } catch (kv.engine.CorruptStoreException e) {
      refused = e.offset();
    }
    Matcher damaged = Pattern.compile("damaged at (\\d+)").matcher(out);
    assertEquals(refused, damaged.find() ? Long.parseLong(damaged.group(1)) : -1, what);
    assertEquals(refused >= 0, code == 1, what);
  }

  // ======== Files that are not files of a store ========

  @Test
  void aFileThatIsNotOfAStoreIsRefused() throws IOException {
    Path readme = Files.writeString(folder.resolve("README"), "Not a log at all, only some text.");
    Path lock = Files.createFile(folder.resolve("LOCK"));
    refused(readme + " is not a file of a store: it starts with 4e 6f 74 20 61 20 6c 6f, ", readme);
    refused(lock + " is empty", lock);
    refused("there is no file " + folder.resolve("none"), folder.resolve("none"));
    refused(folder + " is not a store: it has no store.data and no segment", folder);
  }

  private void refused(String message, Path file) {
    BadUsage refusal = assertThrows(BadUsage.class, () -> dump(file));
    assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
  }
}
