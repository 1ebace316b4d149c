package kv.step1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;

class EndOfLogTest extends StoreFixture {
  /** A disk whose next write stores a few bytes, then throws an error. */
  private static final class ErrorChannel extends FaultyChannel {
    private Error next;

    ErrorChannel(FileChannel file) {
      super(file);
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
      if (next == null) {
        return super.write(source, position);
      }
      super.write(source.slice(0, 5), position);
      Error error = next;
      next = null;
      throw error;
    }
  }

  private ErrorChannel errorDisk() throws IOException {
    return new ErrorChannel(
        FileChannel.open(
            file(), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  private static void append(LogFile log, String key, String value) throws IOException {
    log.append(Record.PUT, bytes(key), bytes(value));
  }

  @Test
  void theNextRecordStartsWhereTheLastOneEnds() throws IOException {
    LogFile log = LogFile.open(file(), disk());
    append(log, "os", "mac");
    append(log, "editor", "vim");
    log.close();

    assertEquals(8 + (16 + 2 + 3) + (16 + 6 + 3), Files.size(file()));
    assertEquals("[P* os=mac, P editor=vim]", RawLog.text(file()));
  }

  @Test
  void aReopenedLogGoesOnAtItsEnd() throws IOException {
    for (String value : new String[] {"mac", "linux"}) {
      LogFile log = LogFile.open(file());
      append(log, "os", value);
      log.close();
    }

    assertEquals("[P* os=mac, P* os=linux]", RawLog.text(file()));
  }

  @Test
  void theRecordAfterAFailedOneTakesItsPlace() throws IOException {
    FaultyChannel disk = disk();
    LogFile log = LogFile.open(file(), disk);
    append(log, "os", "mac");
    disk.space = 18;
    assertThrows(IOException.class, () -> append(log, "os", "linux"));
    disk.space = Long.MAX_VALUE;
    append(log, "editor", "vim");
    log.close();

    long expected = 8 + (16 + 2 + 3) + (16 + 6 + 3);
    assertEquals(expected, Files.size(file()), "the failed record still takes space");
  }

  @Test
  void theBytesBeforeAnErrorAreCutOffToo() throws IOException {
    ErrorChannel disk = errorDisk();
    LogFile log = LogFile.open(file(), disk);
    append(log, "os", "mac");
    long end = Files.size(file());
    disk.next = new OutOfMemoryError("in the middle of a record");

    assertThrows(OutOfMemoryError.class, () -> append(log, "os", "linux"));

    assertEquals(end, Files.size(file()), "bytes of the failed record are in the file");
    append(log, "editor", "vim");
    log.close();
    assertEquals("[P* os=mac, P* editor=vim]", RawLog.text(file()));
  }

  @Test
  void theCallerGetsTheFailureOfTheWrite() throws IOException {
    ErrorChannel disk = errorDisk();
    LogFile log = LogFile.open(file(), disk);
    OutOfMemoryError failure = new OutOfMemoryError("in the middle of a record");
    disk.next = failure;

    assertSame(failure, assertThrows(OutOfMemoryError.class, () -> append(log, "os", "linux")));
    log.close();
  }

  @Test
  void aLogThatCannotBeUsedRefusesARecordAndWritesNothing() throws IOException {
    FaultyChannel disk = disk();
    LogFile log = LogFile.open(file(), disk);
    append(log, "os", "mac");
    disk.forceFails = true;
    assertThrows(IOException.class, log::sync);
    disk.calls.clear();

    assertThrows(IOException.class, () -> append(log, "editor", "vim"));

    assertEquals(0, disk.count("write"));
    assertThrows(IOException.class, log::close);
  }
}
