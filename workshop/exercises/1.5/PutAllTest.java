package kv.step1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("extend")
class PutAllTest extends StoreFixture {
  private static Map.Entry<byte[], byte[]> pair(String key, String value) {
    return Map.entry(bytes(key), bytes(value));
  }

  private static final List<Map.Entry<byte[], byte[]>> PAIRS =
      List.of(pair("os", "mac"), pair("editor", "vim"), pair("os", "linux"));

  @Test
  void appendsAllPairsInTheOrderOfTheList() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("a"), bytes("1"));
      store.putAll(PAIRS);
      store.put(bytes("b"), bytes("2"));
    }

    assertEquals("[P* a=1, P os=mac, P editor=vim, P os=linux, P b=2]", RawLog.text(file()));
  }

  @Test
  void onlyTheFirstRecordCanHaveTheSyncMark() throws IOException {
    try (Store store = Store.open(directory)) {
      store.putAll(PAIRS);
      store.sync();
      store.putAll(PAIRS);
    }

    assertEquals(
        "[P* os=mac, P editor=vim, P os=linux, P* os=mac, P editor=vim, P os=linux]",
        RawLog.text(file()));
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "100, 1", "1048, 1", "1049, 2"})
  void isOneWriteCallForRecordsOfUpToOneMebibyteInTotal(int records, int calls)
      throws IOException {
    FaultyChannel disk = disk();
    try (Store store = openOn(disk)) {
      disk.calls.clear();
      // 1,000 bytes each, including the header.
      store.putAll(Collections.nCopies(records, Map.entry(new byte[4], new byte[980])));
      assertEquals(Collections.nCopies(calls, "write"), disk.calls);
    }
    assertEquals(records, RawLog.read(file()).size());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 20, 21, 22, 45, 46, 68})
  void aFailedWriteLeavesNoRecord(int written) throws IOException {
    FaultyChannel disk = disk();
    try (Store store = openOn(disk)) {
      store.put(bytes("a"), bytes("1"));
      long end = Files.size(file());
      disk.space = written;
      assertThrows(IOException.class, () -> store.putAll(PAIRS));
      assertEquals(end, Files.size(file()));

      disk.space = Long.MAX_VALUE;
      store.put(bytes("b"), bytes("2"));
    }

    assertEquals("[P* a=1, P* b=2]", RawLog.text(file()));
  }

  @Test
  void aShortWriteIsContinued() throws IOException {
    FaultyChannel disk = disk();
    disk.longestWrite = 7;
    try (Store store = openOn(disk)) {
      store.putAll(PAIRS);
    }

    assertEquals("[P* os=mac, P editor=vim, P os=linux]", RawLog.text(file()));
  }

  @Test
  void anEmptyListWritesNothing() throws IOException {
    try (Store store = Store.open(directory)) {
      store.putAll(List.of());
    }

    assertEquals(8, Files.size(file()));
  }

  @Test
  void oneKeyThatIsTooLongFailsAllPairs() throws IOException {
    try (Store store = Store.open(directory)) {
      Map.Entry<byte[], byte[]> tooLong = Map.entry(new byte[65_536], bytes("value"));
      assertThrows(
          IllegalArgumentException.class, () -> store.putAll(List.of(PAIRS.get(0), tooLong)));
    }

    assertEquals(8, Files.size(file()));
  }

  @Test
  void oneNullFailsAllPairs() throws IOException {
    try (Store store = Store.open(directory)) {
      List<Map.Entry<byte[], byte[]>> pairs = new ArrayList<>(PAIRS);
      pairs.add(null);
      assertThrows(NullPointerException.class, () -> store.putAll(pairs));
      pairs.set(3, new AbstractMap.SimpleEntry<>(bytes("key"), null));
      assertThrows(NullPointerException.class, () -> store.putAll(pairs));
      assertThrows(NullPointerException.class, () -> store.putAll(null));
    }

    assertEquals(8, Files.size(file()));
  }

  @Test
  void moreThanOneGibibyteIsRefused() throws IOException {
    // One array of 64 MiB, sixteen times.
    List<Map.Entry<byte[], byte[]>> pairs =
        Collections.nCopies(16, Map.entry(bytes("key"), new byte[64 << 20]));
    try (Store store = Store.open(directory)) {
      assertThrows(IllegalArgumentException.class, () -> store.putAll(pairs));
    }

    assertEquals(8, Files.size(file()));
  }

  @Test
  void noOtherThreadsRecordIsStoredInBetween() throws Exception {
    try (Store store = Store.open(directory)) {
      List<FutureTask<Void>> writers = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        List<Map.Entry<byte[], byte[]>> pairs =
            Collections.nCopies(50, pair("writer " + t, "value"));
        FutureTask<Void> writer =
            new FutureTask<>(
                () -> {
                  for (int i = 0; i < 50; i++) {
                    store.putAll(pairs);
                  }
                  return null;
                });
        writers.add(writer);
        new Thread(writer).start();
      }
      for (FutureTask<Void> writer : writers) {
        writer.get();
      }
    }

    List<String> keys = RawLog.read(file()).stream().map(entry -> text(entry.key())).toList();
    assertEquals(4 * 50 * 50, keys.size());
    for (int i = 0; i < keys.size(); i += 50) {
      assertEquals(Collections.nCopies(50, keys.get(i)), keys.subList(i, i + 50));
    }
  }

  @Test
  void anyCallAfterCloseIsRefused() throws IOException {
    Store store = Store.open(directory);
    store.close();

    assertThrows(IllegalStateException.class, () -> store.putAll(PAIRS));
    assertEquals(8, Files.size(file()));
  }
}
