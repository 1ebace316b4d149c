package kv.workshop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import kv.step5.Options;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A dump shows what is in a file, and what is wrong with it. */
class DumpTest {
  private static final String SEGMENT = "000001-000001.0.data";
  private static final String HINTS = "000001-000001.0.hint";

  @TempDir private Path folder;

  /** A log with two puts, 52 bytes. */
  private byte[] log;

  /** A sealed segment with the same puts, 76 bytes, and its hint file. */
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
    Path step5 = folder.resolve("step5");
    try (var store = kv.step5.Store.open(step5)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("os"), bytes("linux"));
    }
    segment = Files.readAllBytes(step5.resolve(SEGMENT));
    hints = Files.readAllBytes(step5.resolve(HINTS));
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

  /** A record as the format's description has it. */
  private static byte[] put(boolean syncMark, byte[] key, byte[] value) {
    byte[] body = join(key, value);
    ByteBuffer header = ByteBuffer.allocate(16);
    header.put((byte) 'P').put((byte) (syncMark ? 1 : 0));
    header.putShort((short) key.length).putInt(value.length).putInt(checksum(body, body.length));
    header.putInt(checksum(header.array(), 12));
    return join(header.array(), body);
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, 0, length);
    return (int) checksum.getValue();
  }

  /** Dumps a file with a name and a content, and compares all but the first line. */
  private void assertDump(int exitCode, String expected, String name, byte[] content)
      throws IOException, BadUsage {
    Path file = Files.write(folder.resolve(name), content);
    StringBuilder out = new StringBuilder();
    int code = Dump.run(file, out);
    assertEquals(expected, out.substring(out.indexOf("\n") + 1));
    assertEquals(exitCode, code);
  }

  private String dump(Path file) throws IOException, BadUsage {
    StringBuilder out = new StringBuilder();
    Dump.run(file, out);
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
        segment);
  }

  @Test
  void zerosBehindASealAreReservedSpace() throws Exception {
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
            76  000000000000000000000000.. +988
                1,000 zero bytes behind the seal: space that was reserved, and not used
        2 records: 2 puts, 0 deletes; sealed; the end is clean
        """,
        SEGMENT,
        join(segment, new byte[1000]));
  }

  @Test
  void anActiveSegmentEndsInReservedZeros() throws Exception {
    Path directory = folder.resolve("active");
    Options options = Options.DEFAULT.withSync(Options.SyncPolicy.NEVER);
    try (var store = kv.step5.Store.open(directory, options)) {
      store.put(bytes("os"), bytes("mac"));
      assertEquals(
          """
          000001-000001.0.data, 131,072 bytes
               0  4b565354455053 01
                  file header: KVSTEPS, version 1
               8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                  put "os" = "mac"   sync mark, checksums match
              29  0000000000000000000000.. +131032
                  131,043 zero bytes: space that is reserved for the next records
          1 record: 1 put, 0 deletes; no seal; the end is clean
          """,
          dump(directory.resolve(SEGMENT)));
    }
  }

  @Test
  void aHintFileIsShownEntryByEntry() throws Exception {
    assertDump(
        0,
        """
             0  4b5648494e5453 01 00000034 00000002 dc0ab8de
                KVHINTS, version 1; segment: end 52, 2 records, seal checksum dc0ab8de
            20  50 0002 00000008 00000015  6f73
                put "os" at offset 8, 21 bytes
            33  50 0002 0000001d 00000017  6f73
                put "os" at offset 29, 23 bytes
            46  34ba19a1
                checksum of all before: matches
        2 records: 2 puts, 0 deletes; the end is clean
        """,
        HINTS,
        hints);
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
  void zerosBehindALogAreTorn() throws Exception {
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
    byte[] unsealed = Arrays.copyOf(segment, 52 + 100);
    Arrays.fill(unsealed, 52, 76, (byte) 0);
    unsealed[29] = 0;
    assertDump(
        0,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            29  00 00 0002 00000005 58f26fe9 b901f467
                TORN: a record of 23 bytes that was not finished: its type, 50, is
                written last
            52  000000000000000000000000.. +88
                100 zero bytes: space that is reserved for the next records
        1 record: 1 put, 0 deletes; no seal; torn at 29
        """,
        SEGMENT,
        unsealed);
  }

  @Test
  void aFileThatWasBeingCreatedIsTorn() throws Exception {
    String expected =
        """
                TORN: no file header. A crash can leave this of a file that was being
                created; a store writes it anew.
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
  void whatIsWrongBehindATornPlaceMayBeEither() throws Exception {
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
    byte[] behind = join(log, notWritten, copy);
    Arrays.fill(behind, 1024, 1536, (byte) 0);
    assertVerdict("TORN: the body checksum says", "store.data", behind);
    byte[] unfinished = join(Arrays.copyOf(segment, 52), copy);
    unfinished[52] = 0;
    assertVerdict("TORN: a record of 38 bytes that was not finished", SEGMENT, unfinished);
  }

  @Test
  void aCopyOfALogBehindAMissingHeaderCannotBeToldFromTheLog() throws Exception {
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
  void aSealKnowsHowManyRecordsAreBeforeIt() throws Exception {
    assertDump(
        1,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            29  53 01 0000 00000008 4f0201a4 2a94e10a  00000002 dc0ab8de
                seal of 2 records, seal checksum dc0ab8de   sync mark, checksums match
                DAMAGED: before it there are not 2 records, but 1
        1 record: 1 put, 0 deletes; sealed; damaged at 29
        """,
        SEGMENT,
        join(Arrays.copyOf(segment, 29), Arrays.copyOfRange(segment, 52, 76)));
  }

  @Test
  void aSealKnowsWhichRecordsAreBeforeIt() throws Exception {
    byte[] other = put(false, bytes("os"), bytes("LINUX"));
    assertDump(
        1,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            29  50 00 0002 00000005 2a0d58fd ef638da9  6f73 4c494e5558
                put "os" = "LINUX"   checksums match
            52  53 01 0000 00000008 4f0201a4 2a94e10a  00000002 dc0ab8de
                seal of 2 records, seal checksum dc0ab8de   sync mark, checksums match
                DAMAGED: the seal checksum says dc0ab8de, the records before it give
                6dd97b1d
        2 records: 2 puts, 0 deletes; sealed; damaged at 52
        """,
        SEGMENT,
        join(Arrays.copyOf(segment, 29), other, Arrays.copyOfRange(segment, 52, 76)));
  }

  @Test
  void bytesBehindASealAreDamage() throws Exception {
    assertDump(
        1,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            29  50 00 0002 00000005 58f26fe9 b901f467  6f73 6c696e7578
                put "os" = "linux"   checksums match
            52  53 01 0000 00000008 4f0201a4 2a94e10a  00000002 dc0ab8de
                seal of 2 records, seal checksum dc0ab8de   sync mark, checksums match
                DAMAGED: behind a seal there are only zeros, but offset 79 has 50
            76  00 00 0050 01000200 00000337 1871fa3f
                DAMAGED: the type is 00: nothing was finished here
                3 bytes passed over, up to the next valid header
            79  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
        3 records: 3 puts, 0 deletes; sealed; damaged at 76
        """,
        SEGMENT,
        join(segment, new byte[3], Arrays.copyOfRange(segment, 8, 29)));
  }

  @Test
  void aMergedSegmentWithoutASealIsDamaged() throws Exception {
    assertDump(
        1,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
                DAMAGED: there is no seal, and a merge's output never was without one
        1 record: 1 put, 0 deletes; no seal; damaged at 29
        """,
        "000001-000004.1.data",
        Arrays.copyOf(segment, 29));
  }

  @Test
  void aMergedSegmentIsNeverTorn() throws Exception {
    assertDump(
        1,
        """
             0  4b565354455053 01
                file header: KVSTEPS, version 1
             8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
                put "os" = "mac"   sync mark, checksums match
            29  50 00 0002 00000005 58f26fe9 b901f467  6f73 6c696e7578
                put "os" = "linux"   checksums match
            52  53 01 0000 00000008
                DAMAGED: a header has 16 bytes, and the file ends after 8
                DAMAGED: there is no seal, and a merge's output never was without one
        2 records: 2 puts, 0 deletes; no seal; damaged at 52, and in 1 more place
        """,
        "000001-000004.1.data",
        Arrays.copyOf(segment, 60));
  }

  @Test
  void aHintFileMustFollowItsSegmentsRecords() throws Exception {
    assertDump(
        1,
        """
             0  4b5648494e5453 01 00000034 00000002 dc0ab8de
                KVHINTS, version 1; segment: end 52, 2 records, seal checksum dc0ab8de
            20  50 0002 00000008 00000015  6f73
                put "os" at offset 8, 21 bytes
            33  50 0002 0000001f 00000017  6f73
                put "os" at offset 31, 23 bytes
                DAMAGED: the record before it ends at offset 29
                DAMAGED: the segment's end is 52, but the last record's 54
            46  34ba19a1
                checksum of all before
                DAMAGED: the checksum says 34ba19a1, the bytes before it give e4bc4031
        2 records: 2 puts, 0 deletes; damaged at 33
        """,
        HINTS,
        flip(hints, 39, 2));
  }

  @Test
  void aHintFilesEntriesEndWhereOneIsDamaged() throws Exception {
    assertDump(
        1,
        """
             0  4b5648494e5453 01 00000034 00000002 dc0ab8de
                KVHINTS, version 1; segment: end 52, 2 records, seal checksum dc0ab8de
            20  50 0002 00000008 00000015  6f73
                put "os" at offset 8, 21 bytes
            33  5100020000001d00000017
                DAMAGED: no entry of a hint file; 13 bytes passed over
                DAMAGED: the start tells of 2 records, the entries of 1
            46  34ba19a1
                checksum of all before
                DAMAGED: the checksum says 34ba19a1, the bytes before it give 046821c4
        1 record: 1 put, 0 deletes; damaged at 33
        """,
        HINTS,
        flip(hints, 33, 1));
  }

  @Test
  void aHintFileThatIsCutIsDamaged() throws Exception {
    assertDump(
        1,
        """
             0  4b5648494e5453 01 00000034 00000002 dc0ab8de
                KVHINTS, version 1; segment: end 52, 2 records, seal checksum dc0ab8de
            20  500002000000080000
                DAMAGED: no entry of a hint file; 9 bytes passed over
                DAMAGED: the start tells of 2 records, the entries of 0
            29  00156f73
                checksum of all before
                DAMAGED: the checksum says 00156f73, the bytes before it give 0e538928
        0 records: 0 puts, 0 deletes; damaged at 20
        """,
        HINTS,
        Arrays.copyOf(hints, 33));
    assertDump(
        1,
        """
             0  4b5648494e5453010000
                DAMAGED: a hint file has at least 24 bytes
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
             0  4b5649494e5453 01 00000034 00000002 dc0ab8de
                segment: end 52, 2 records, seal checksum dc0ab8de
                DAMAGED: a hint file starts with 4b5648494e5453 01
            20  50 0002 00000008 00000015  6f73
                put "os" at offset 8, 21 bytes
            33  50 0002 0000001d 00000017  6f73
                put "os" at offset 29, 23 bytes
            46  34ba19a1
                checksum of all before
                DAMAGED: the checksum says 34ba19a1, the bytes before it give 54eb3d9e
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
    assertVerdict("DAMAGED: a seal has no key", SEGMENT, join(Arrays.copyOf(segment, 52), seal));
  }

  // ======== The steps as a second opinion ========

  private interface Opening {
    void open(Path directory) throws IOException;
  }

  @Test
  void whatADumpCallsDamagedAStoreRefuses() throws Exception {
    assertAgreement("store.data", log, directory -> kv.step2.Store.open(directory).close());
    assertAgreement(SEGMENT, segment, directory -> kv.step5.Store.open(directory).close());
  }

  /** Cuts a file off after each byte, and flips each bit: one of each eight, to save time. */
  private void assertAgreement(String name, byte[] whole, Opening opening) throws Exception {
    for (int at = 0; at < whole.length; at++) {
      assertAgreement(name + " cut at " + at, name, Arrays.copyOf(whole, at), opening);
      byte[] flipped = flip(whole, at, 1 << at % 8);
      assertAgreement(name + " flipped at " + at, name, flipped, opening);
    }
  }

  private void assertAgreement(String what, String name, byte[] content, Opening opening)
      throws Exception {
    Path directory = Files.createTempDirectory(folder, "agreement");
    Path file = Files.write(directory.resolve(name), content);
    int code = Dump.run(file, new StringBuilder());
    boolean refused = false;
    try {
      opening.open(directory);
    } catch (kv.step2.CorruptStoreException | kv.step5.CorruptStoreException e) {
      refused = true;
    }
    assertEquals(refused, code == 1, what);
  }

  // ======== What is no file of a store ========

  @Test
  void whatIsNoFileOfAStoreIsRefused() throws IOException {
    Path readme = Files.writeString(folder.resolve("README"), "Not a log at all, only some text.");
    Path lock = Files.createFile(folder.resolve("LOCK"));
    refused(readme + " is no file of a store: it starts with 4e 6f 74 20 61 20 6c 6f, ", readme);
    refused(lock + " is empty.", lock);
    refused("There is no file " + folder.resolve("none") + ".", folder.resolve("none"));
    refused("is a directory. Name a file in it that ends in .data or .hint: ", folder);
    refused(": store.data.", folder.resolve("step2"));
  }

  private void refused(String message, Path file) {
    BadUsage refusal = assertThrows(BadUsage.class, () -> dump(file));
    assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
  }
}
