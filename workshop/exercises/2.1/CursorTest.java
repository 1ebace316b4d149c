package kv.step2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A cursor that moves through a log, record by record. */
class CursorTest extends StoreFixture {
  private LogReader reader;

  /** Opens a reader of the log, before the first record. */
  private void open() throws IOException {
    reader = new LogReader(file(), FileChannel.open(file(), StandardOpenOption.READ));
    reader.rewind(Files.size(file()));
  }

  @AfterEach
  void close() throws IOException {
    reader.close();
  }

  private List<String> rest() throws IOException {
    List<String> records = new ArrayList<>();
    while (reader.next()) {
      records.add((char) reader.type() + " " + text(reader.key()) + "=" + text(reader.value()));
    }
    return records;
  }

  @Test
  void readsEveryRecordInTheOrderOfTheCalls() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.put(bytes("os"), bytes("linux"));
    }
    append(Record.encode(Record.DELETE, false, bytes("editor"), bytes("")).array());
    open();

    assertEquals(List.of("P os=mac", "P editor=vim", "P os=linux", "D editor="), rest());
  }

  @Test
  void knowsTheOffsetsOfARecordAndOfTheNextOne() throws IOException {
    putAndClose("os", "mac", "editor", "vim");
    open();

    for (RawLog.Entry entry : RawLog.read(file())) {
      assertTrue(reader.next());
      assertEquals(entry.offset(), reader.offset());
      assertEquals(entry.endOffset(), reader.nextOffset());
    }
  }

  @Test
  void findsNothingInALogWithoutRecords() throws IOException {
    putAndClose();
    open();

    assertFalse(reader.next());
    assertFalse(reader.next());
  }

  @Test
  void startsAgainAfterARewind() throws IOException {
    putAndClose("os", "mac", "editor", "vim");
    open();
    rest();

    reader.rewind(Files.size(file()));

    assertEquals(List.of("P os=mac", "P editor=vim"), rest());
  }

  @Test
  void stopsAtTheGivenEndEvenIfTheLogGoesOn() throws IOException {
    putAndClose("os", "mac", "editor", "vim");
    open();

    reader.rewind(RawLog.read(file()).get(1).offset());

    assertEquals(List.of("P os=mac"), rest());
  }

  @Test
  void readsAValueThatIsLargerThanItsBuffer() throws IOException {
    byte[] large = new byte[200_000];
    large[199_999] = 1;
    try (Store store = Store.open(directory)) {
      store.put(bytes("large"), large);
      store.put(bytes("os"), bytes("mac"));
    }
    open();

    assertTrue(reader.next());
    assertArrayEquals(large, reader.value());
    assertEquals(List.of("P os=mac"), rest());
  }

  @Test
  void goesBackToAnOffsetAndOnFromThere() throws IOException {
    putAndClose("os", "mac", "editor", "vim", "os", "linux");
    open();
    rest();

    reader.moveTo(RawLog.read(file()).get(1).offset());

    assertEquals("editor", text(reader.key()));
    assertEquals(List.of("P os=linux"), rest());
  }

  @Test
  void refusesADamagedHeaderAndNamesItsOffset() throws IOException {
    damage(1, 4);

    assertTrue(reader.next());
    CorruptStoreException e = assertThrows(CorruptStoreException.class, reader::next);
    assertEquals(RawLog.read(file()).get(0).endOffset(), e.offset());
  }

  @Test
  void refusesADamagedBodyAndNamesItsOffset() throws IOException {
    damage(1, 16 + 3);

    assertTrue(reader.next());
    CorruptStoreException e = assertThrows(CorruptStoreException.class, reader::next);
    assertEquals(RawLog.read(file()).get(0).endOffset(), e.offset());
  }

  @Test
  void readsTheHeaderOfARecordWhoseBodyIsDamaged() throws IOException {
    damage(1, 16 + 3);
    long second = RawLog.read(file()).get(0).endOffset();

    assertTrue(reader.readHeader(second));

    assertEquals(second, reader.offset());
    assertEquals(second + 16 + 6 + 3, reader.nextOffset());
    assertFalse(reader.readHeader(second + 1));
  }

  /** Writes three records, flips a bit in one of them, and opens a reader. */
  private void damage(int record, int byteOfRecord) throws IOException {
    putAndClose("os", "mac", "editor", "vim", "os", "linux");
    byte[] log = Files.readAllBytes(file());
    log[(int) RawLog.read(file()).get(record).offset() + byteOfRecord] ^= 1;
    Files.write(file(), log);
    open();
  }
}
