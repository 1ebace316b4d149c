package kv.step5;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("extend")
class LeaveOutTest extends StoreFixture {
  /** Size in bytes: four records of 100 bytes fill a file, and 16 files make a run. */
  private static final long FILE_SIZE = 408;

  private static final int KEYS_IN_A_RUN = 4 * 16;

  private static byte[] key(int i) {
    return bytes("key " + (100 + i));
  }

  /** Fills three runs of files with live records. */
  private static void fillThreeRuns(Store store) throws IOException {
    for (int i = 0; i < 3 * KEYS_IN_A_RUN; i++) {
      store.put(key(i), new byte[100 - 16 - 7]);
    }
  }

  private List<String> dataFiles() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".data"))
          .sorted()
          .toList();
    }
  }

  @Test
  void noFileIsCopiedIfNoRecordIsDead() throws IOException {
    try (Store store = Store.open(directory, FILE_SIZE)) {
      fillThreeRuns(store);
      List<String> before = dataFiles();

      store.merge();

      assertTrue(dataFiles().containsAll(before), dataFiles().toString());
      assertEquals(3 * KEYS_IN_A_RUN, state(store).size());
    }
  }

  @Test
  void aRunWithADeadRecordIsCopiedAndNoOther() throws IOException {
    try (Store store = Store.open(directory, FILE_SIZE)) {
      fillThreeRuns(store);
      Path first = directory.resolve("000001-000001.0.data");
      byte[] bytes = Files.readAllBytes(first);
      store.put(key(KEYS_IN_A_RUN), bytes("again"));

      store.merge();

      assertArrayEquals(bytes, Files.readAllBytes(first));
      assertTrue(dataFiles().contains("000017-000032.1.data"), dataFiles().toString());
      assertTrue(dataFiles().contains("000048-000048.0.data"), dataFiles().toString());
      assertEquals(0, store.stats().deadBytes());
      assertEquals("again", text(store.get(key(KEYS_IN_A_RUN))));
    }
    assertEquals(3 * KEYS_IN_A_RUN, reopenedState().size());
  }

  @Test
  void aDeletedKeyStaysDeletedAfterItsTombstoneIsGone() throws IOException {
    try (Store store = Store.open(directory, FILE_SIZE)) {
      fillThreeRuns(store);
      store.delete(key(1));

      store.merge();
      store.merge();

      assertEquals(0, store.stats().deadBytes());
      assertNull(store.get(key(1)));
    }
    assertEquals(3 * KEYS_IN_A_RUN - 1, reopenedState().size());
  }

  @Test
  void aSecondMergeCopiesNothing() throws IOException {
    try (Store store = Store.open(directory, FILE_SIZE)) {
      fillThreeRuns(store);
      fillThreeRuns(store);
      store.merge();
      List<String> merged = dataFiles();

      store.merge();

      assertEquals(merged, dataFiles());
      assertEquals(0, store.stats().deadBytes());
    }
  }
}
