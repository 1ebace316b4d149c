package kv.step2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** A header, and bytes that are not one. */
class HeaderTest {
  private static byte[] record() {
    return RawLog.bytesOf("os", "mac");
  }

  private static Record.Header decode(byte[] bytes) {
    return Record.decodeHeader(ByteBuffer.wrap(bytes));
  }

  /** Returns a header with a type and a value length, and the checksum that matches them. */
  private static byte[] header(char type, int valueLength) {
    byte[] record = record();
    ByteBuffer.wrap(record).put(0, (byte) type).putInt(4, valueLength);
    return RawLog.withHeaderChecksum(record);
  }

  @Test
  void hasTheFieldsThatWereEncoded() {
    Record.Header header = decode(record());

    assertEquals(Record.PUT, header.type());
    assertFalse(header.syncMark());
    assertEquals(2, header.keyLength());
    assertEquals(3, header.valueLength());
    assertEquals(ByteBuffer.wrap(record()).getInt(8), header.bodyChecksum());
  }

  @Test
  void canBeThatOfATombstoneAndHaveTheSyncMark() {
    Record.Header header =
        Record.decodeHeader(Record.encode(Record.DELETE, true, new byte[] {'o', 's'}, new byte[0]));

    assertEquals(Record.DELETE, header.type());
    assertTrue(header.syncMark());
    assertEquals(0, header.valueLength());
  }

  @Test
  void hasAKeyLengthUpTo65535() {
    Record.Header header =
        Record.decodeHeader(Record.encode(Record.PUT, false, new byte[65_535], new byte[0]));

    assertEquals(65_535, header.keyLength());
  }

  @Test
  void isDecodedWhereTheBufferIsAndMovesItPastTheHeader() {
    ByteBuffer bytes = ByteBuffer.allocate(100);
    bytes.put(new byte[7]).put(record()).position(7);

    assertNotNull(Record.decodeHeader(bytes));

    assertEquals(7 + 16, bytes.position());
  }

  @Test
  void isNullAfterAnyFlippedBit() {
    for (int bit = 0; bit < 16 * 8; bit++) {
      byte[] record = record();
      record[bit / 8] ^= (byte) (1 << bit % 8);
      assertNull(decode(record), "bit " + bit);
    }
  }

  @Test
  void isNullForAnUnknownTypeEvenIfTheChecksumMatches() {
    assertNull(decode(header('S', 3)));
    assertNull(decode(header('\0', 3)));
    assertNull(decode(header('p', 3)));
  }

  @Test
  void isNullForAValueLengthOutsideItsLimitsEvenIfTheChecksumMatches() {
    assertNotNull(decode(header('P', 512 << 20)));
    assertNull(decode(header('P', (512 << 20) + 1)));
    assertNull(decode(header('P', Integer.MAX_VALUE)));
    assertNull(decode(header('P', -1)));
  }
}
