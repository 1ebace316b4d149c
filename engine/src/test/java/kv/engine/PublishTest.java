package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Publication of a record in a map: a process that dies at any moment leaves the record whole or
 * absent.
 */
class PublishTest extends StoreFixture {
  /** A thread that reads the file continuously never sees a type before the rest of its record. */
  @Test
  void theTypeAppearsLast() throws Exception {
    try (Store store = Store.open(directory, Options.DEFAULT)) {
      store.put(bytes(""), bytes(""));
      AtomicInteger watched = new AtomicInteger();
      FutureTask<Integer> watcher = new FutureTask<>(() -> countWhole(300, watched));
      new Thread(watcher).start();
      for (int i = 1; i <= 300; i++) {
        while (watched.get() < i) {
          Thread.onSpinWait();
        }
        store.put(bytes("12345"), bytes("v".repeat(30_000)));
      }
      assertEquals(300, watcher.get());
    }
  }

  /** Waits for the type of each record in turn, and checks the record immediately. */
  private int countWhole(int records, AtomicInteger watched) throws IOException {
    int length = 16 + 5 + 30_000;
    int whole = 0;
    for (int i = 0; i < records; i++) {
      int at = 32 + i * length;
      try (FileChannel channel = FileChannel.open(file())) {
        ByteBuffer map = channel.map(MapMode.READ_ONLY, 0, channel.size());
        // The file may not be long enough yet.
        boolean visible = at + length <= map.capacity();
        watched.incrementAndGet();
        while (visible && map.get(at) == 0) {
          Thread.onSpinWait();
        }
        // The last byte first: it is written last.
        whole += !visible || map.get(at + length - 1) == 'v' && isWhole(map, at) ? 1 : 0;
      }
    }
    return whole;
  }

  private static boolean isWhole(ByteBuffer map, int at) {
    CRC32C checksum = new CRC32C();
    checksum.update(map.slice(at + 16, map.getShort(at + 2) + map.getInt(at + 4)));
    return (int) checksum.getValue() == map.getInt(at + 8);
  }

  /** A large record is written by calls: first all bytes except the first, then the first. */
  @ParameterizedTest
  @ValueSource(ints = {40_000, 200_000, 3_000_000})
  void theFirstByteOfALargeRecordIsWrittenLast(int size) throws IOException {
    try (Store store = Store.open(directory, Options.DEFAULT)) {
      store.put(bytes("os"), bytes("mac"));
      byte[] types = new byte[1];
      Arrays.fill(types, (byte) -1);
      FailPoint.set(
          (point, file) -> {
            if (point == FailPoint.WRITTEN) {
              types[0] = Files.readAllBytes(file)[16 + 21];
            }
          });
      store.put(bytes("large"), new byte[size]);

      assertEquals(0, types[0]);
      assertEquals('P', Files.readAllBytes(file())[16 + 21]);
    }
  }

  /** The remains of an unfinished record are skipped, even if they look like a log. */
  @Test
  void anUnfinishedRecordWhoseValueIsALogIsTorn() throws IOException {
    putAndDie("os", "mac");
    byte[] log = Files.readAllBytes(file());
    assertEquals(List.of("P* os=mac").toString(), RawLog.text(file()), "a sync mark is in it");
    byte[] record = placedAtTheEnd(Record.encode(Record.PUT, false, bytes("copy"), log).array());
    record[0] = 0;
    for (int length = 16; length <= record.length; length++) {
      Files.write(file(), log);
      append(Arrays.copyOf(record, length));
      append(new byte[100]);

      assertEquals(Map.of("os", "mac"), reopenedState(), length + " bytes of it");
      Files.delete(SegmentName.fresh(1).hint(directory));
    }
  }

  /** A large record finds the disk full, and the process dies while it removes the remains. */
  @Test
  void aCrashDuringTheCleanupLeavesNoRecordOfTheCopy() throws IOException {
    putAndDie("os", "mac");
    byte[] log = Files.readAllBytes(file());
    Files.delete(file());
    Files.delete(directory.resolve(DirectoryLock.FILE_NAME));
    byte[] value = new byte[300_000];
    for (int at = 0; at + log.length < value.length; at += log.length) {
      System.arraycopy(log, 0, value, at, log.length);
    }
    Store store = Store.open(directory, SMALL.withSegmentSize(1 << 20));
    store.put(bytes("os"), bytes("mac"));
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.WRITTEN) {
            throw new IOException("No space left on device");
          }
        });
    assertThrows(IOException.class, () -> store.put(bytes("copy"), value));
    // The file as a process leaves it that dies now, or during the cleanup.
    Path image = Files.createDirectory(directory.resolve("image"));
    assertIsRecovered(image, Files.readAllBytes(file()));
    int[] cleared = {0};
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.CLEARED) {
            cleared[0]++;
            byte[] bytes = Files.readAllBytes(file);
            FailPoint.set(null);
            assertIsRecovered(image, bytes);
          }
        });
    store.put(bytes("os"), bytes("linux"));
    assertEquals(1, cleared[0]);
    Files.delete(image.resolve(DirectoryLock.FILE_NAME));
    Files.delete(image);
    assertEquals(Map.of("os", "linux"), state(store));
    store.close();
    assertEquals(Map.of("os", "linux"), reopenedState());
  }

  private void assertIsRecovered(Path image, byte[] bytes) throws IOException {
    Files.write(image.resolve(file().getFileName()), bytes);
    try (Store found = Store.open(image, SMALL)) {
      assertEquals(Map.of("os", "mac"), state(found));
    }
    for (String ending : List.of(".data", ".hint")) {
      Files.delete(image.resolve("000001-000001.0" + ending));
    }
  }

  /** An unreadable page does not end the process, and is never returned as a value. */
  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it cannot shorten a mapped file")
  void aMapThatCannotBeReadIsAnError() throws Exception {
    try (Store store = Store.open(directory, Options.DEFAULT)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("large"), bytes("v".repeat(100_000)));
      store.put(bytes("last"), bytes("value"));
      store.sync();
      byte[] bytes = Files.readAllBytes(file());
      try (RandomAccessFile file = new RandomAccessFile(file().toFile(), "rw")) {
        file.setLength(4096);
      }
      // On another thread, because the JVM may report the error late, anywhere in the thread.
      AtomicInteger answers = new AtomicInteger();
      Thread reader =
          new Thread(
              () -> {
                for (int i = 0; i < 20; i++) {
                  ifItReturns(() -> store.get(bytes("last")), answers);
                  ifItReturns(() -> store.get(bytes("large")), answers);
                }
              });
      reader.setUncaughtExceptionHandler((thread, late) -> {});
      reader.start();
      reader.join();
      assertEquals(0, answers.get());
      // So that the store can be closed.
      try (RandomAccessFile file = new RandomAccessFile(file().toFile(), "rw")) {
        file.write(bytes);
      }
      assertEquals("value", text(store.get(bytes("last"))));
      assertEquals("mac", text(store.get(bytes("os"))));
    }
  }

  private interface Call {
    byte[] get() throws IOException;
  }

  private static void ifItReturns(Call call, AtomicInteger answers) {
    try {
      call.get();
      answers.incrementAndGet();
    } catch (IOException | InternalError e) {
      // Expected.
    }
  }
}
