package kv.workshop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Another process can cut a file while it is read. */
class FileBytesTest {
  /** A size that cannot be read byte by byte. */
  private static final long SIZE = 1L << 42;

  @TempDir private Path folder;

  @Test
  @Timeout(60)
  void aFileThatGetsShorterReadsAsZerosFromItsEndOn() throws Exception {
    Path file = Files.write(folder.resolve("store.data"), new byte[] {7, 0, 7});
    try (FileBytes bytes = new FileBytes(file, SIZE)) {
      assertEquals(2, bytes.skipZeros(1, SIZE));
      assertTrue(bytes.isZero(3, SIZE));
      assertEquals(SIZE, bytes.skipZeros(100_000, SIZE));
      assertEquals(0, bytes.at(SIZE - 1));
      assertArrayEquals(new byte[] {7, 0, 7, 0}, bytes.copy(0, 4));
      assertEquals(SIZE, new RecordScan(bytes, "store.data").nextHeader(3));
    }
  }
}
