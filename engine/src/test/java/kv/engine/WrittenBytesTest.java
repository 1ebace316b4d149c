package kv.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Number of bytes that an fsync after a small put writes to the disk. */
class WrittenBytesTest extends StoreFixture {
  private static final Path COUNTERS = Path.of("/proc/self/io");
  private static final int PUTS = 500;

  @ParameterizedTest
  @EnumSource(Options.SyncPolicy.class)
  void aPutAndASyncWriteAPageOrTwo(Options.SyncPolicy policy) throws IOException {
    assumeTrue(
        Files.isReadable(COUNTERS), "needs Linux, which counts the bytes written by a process");
    List<String> printed = ChildJvm.run(PutAndSync.class, directory, policy);
    long written = Long.parseLong(printed.get(0));
    assumeTrue(written > 0, "the temporary folder is in memory");
    // The expected number was measured on these file systems only.
    String type = Files.getFileStore(directory).type();
    assumeTrue(
        type.startsWith("ext") || type.equals("xfs"), "copies a block on each write: " + type);

    assertTrue(written / PUTS <= 8 << 10, written / PUTS + " bytes for each put");
  }

  /** Puts and syncs, and prints the number of bytes written to the disk. */
  static final class PutAndSync {
    public static void main(String[] arguments) throws IOException {
      Options options = QUIET.withSync(Options.SyncPolicy.valueOf(arguments[1]));
      try (Store store = Store.open(Path.of(arguments[0]), options)) {
        store.put(bytes("os"), bytes("linux"));
        store.sync();
        long before = written();
        for (int i = 0; i < PUTS; i++) {
          store.put(bytes("key " + i), new byte[100]);
          store.sync();
        }
        System.out.println(written() - before);
      }
    }

    private static long written() throws IOException {
      for (String line : Files.readAllLines(COUNTERS)) {
        if (line.startsWith("write_bytes: ")) {
          return Long.parseLong(line.substring("write_bytes: ".length()));
        }
      }
      throw new IOException("no write_bytes in " + COUNTERS);
    }
  }
}
