/*
 * Prints the records of one file of a store: a segment, or the store.data of steps 1 to 4. It was
 * written from docs/FORMAT.md alone and uses only the JDK, as a reader in another language would.
 *
 * It verifies every checksum, and stops at the first byte that does not belong to a whole record.
 * It does not decide whether such an end is torn or corrupt: see "Torn or corrupt" in FORMAT.md.
 *
 *     java examples/ReadLog.java work/counter/000001-000001.0.data
 *
 * prints a file that CrashSafeCounter wrote. Of a store with other records it prints, for example:
 *
 *     version 2, salt 11223344
 *           16  put os = mac, sync mark
 *           37  put editor = vim
 *           62  delete editor
 *           84  seal of 3 records
 */

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** Reads a log, record by record. */
public final class ReadLog {
  private static final int HEADER_SIZE = 16;
  private static final int MAX_VALUE_LENGTH = 512 << 20;

  private final ByteBuffer file;
  private final int version;
  private final int salt; // 0 in version 1, whose header checksums depend on no offset

  private ReadLog(byte[] bytes) throws IOException {
    file = ByteBuffer.wrap(bytes);
    version = bytes.length >= 8 && text(0, 7).equals("KVSTEPS") ? bytes[7] : 0;
    boolean whole = bytes.length >= 16 && file.getInt(12) == checksum(0, 12);
    if (version != 1 && !(version == 2 && whole)) {
      throw new IOException("it does not begin with the file header of version 1 or 2");
    }
    salt = version == 1 ? 0 : file.getInt(8);
  }

  private int checksum(int from, int length) {
    CRC32C checksum = new CRC32C();
    checksum.update(file.array(), from, length);
    return (int) checksum.getValue();
  }

  private void print() {
    System.out.printf(version == 1 ? "version 1%n" : "version 2, salt %08x%n", salt);
    CRC32C headerChecksums = new CRC32C();
    int count = 0;
    int at = version == 1 ? 8 : 16;
    while (at < file.capacity()) {
      String fault = fault(at);
      if (fault != null) {
        line(at, fault);
        break;
      }
      int keyLength = Short.toUnsignedInt(file.getShort(at + 2));
      int end = at + HEADER_SIZE + keyLength + file.getInt(at + 4);
      if (file.get(at) == 'S') {
        long expected = (long) count << 32 | headerChecksums.getValue();
        boolean right = end == at + 24 && file.getLong(at + 16) == expected && isZero(end);
        line(at, right ? "seal of " + count + (count == 1 ? " record" : " records") : "not the seal of these records");
        break;
      }
      String key = text(at + HEADER_SIZE, keyLength);
      String value = text(at + HEADER_SIZE + keyLength, file.getInt(at + 4));
      String mark = (file.get(at + 1) & 1) == 1 ? ", sync mark" : "";
      line(at, (file.get(at) == 'P' ? "put " + key + " = " + value : "delete " + key) + mark);
      headerChecksums.update(file.array(), at + 12, 4);
      count++;
      at = end;
    }
  }

  /** Returns why there is no whole record at an offset, or null if there is one. */
  private String fault(int at) {
    if (file.get(at) == 0) {
      return isZero(at) ? "zeros up to the end of the file" : "a record that was not finished";
    }
    if (file.capacity() - at < HEADER_SIZE) {
      return "a part of a header";
    }
    // In version 2 a header checksum is right at one offset of one file.
    int mask = version == 1 ? 0 : salt + at;
    int valueLength = file.getInt(at + 4);
    if ("PDS".indexOf(file.get(at)) < 0
        || file.getInt(at + 12) != (checksum(at, 12) ^ mask)
        || valueLength < 0
        || valueLength > MAX_VALUE_LENGTH) {
      return "no valid header";
    }
    long length = Short.toUnsignedInt(file.getShort(at + 2)) + (long) valueLength;
    if (length > file.capacity() - at - HEADER_SIZE) {
      return "a record that is longer than the file";
    }
    return file.getInt(at + 8) == checksum(at + HEADER_SIZE, (int) length) ? null : "damaged body";
  }

  private boolean isZero(int from) {
    byte[] rest = Arrays.copyOfRange(file.array(), from, file.capacity());
    return Arrays.equals(rest, new byte[rest.length]);
  }

  private String text(int from, int length) {
    return new String(file.array(), from, length, UTF_8);
  }

  private static void line(int at, String text) {
    System.out.printf("%8d  %s%n", at, text);
  }

  /** Prints the file that the argument names. */
  public static void main(String[] arguments) throws IOException {
    Path file = Path.of(arguments[0]);
    if (!Files.isRegularFile(file)) {
      System.err.println(file + " is not a file");
      return;
    }
    new ReadLog(Files.readAllBytes(file)).print();
  }
}
