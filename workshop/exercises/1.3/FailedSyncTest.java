package kv.step1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;

class FailedSyncTest extends StoreFixture {
  /** A disk that throws an error in place of an exception. */
  private static final class ErrorChannel extends FaultyChannel {
    ErrorChannel(FileChannel file) {
      super(file);
    }

    @Override
    public void force(boolean metaData) throws IOException {
      if (forceFails) {
        throw new InternalError("a fault in the medium");
      }
      super.force(metaData);
    }
  }

  private static void append(LogFile log) throws IOException {
    log.append(Record.PUT, bytes("os"), bytes("mac"));
  }

  @Test
  void isTheCauseOfEveryLaterRefusal() throws IOException {
    FaultyChannel disk = disk();
    LogFile log = LogFile.open(file(), disk);
    append(log);
    disk.forceFails = true;
    IOException first = assertThrows(IOException.class, log::sync);

    IOException second = assertThrows(IOException.class, log::sync);
    IOException third = assertThrows(IOException.class, () -> append(log));

    assertNotSame(first, second);
    assertSame(first, second.getCause());
    assertSame(first, third.getCause());
    assertThrows(IOException.class, log::close);
  }

  @Test
  void endsTheUseOfTheLogEvenIfItIsAnError() throws IOException {
    ErrorChannel disk =
        new ErrorChannel(
            FileChannel.open(
                file(),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE));
    LogFile log = LogFile.open(file(), disk);
    append(log);
    disk.forceFails = true;
    assertThrows(InternalError.class, log::sync);

    disk.forceFails = false;
    assertThrows(IOException.class, () -> append(log));
    assertThrows(IOException.class, log::close);
  }

  @Test
  void doesNotKeepTheFileOpenAfterClose() throws IOException {
    FaultyChannel disk = disk();
    LogFile log = LogFile.open(file(), disk);
    append(log);
    disk.forceFails = true;

    assertThrows(IOException.class, log::close);

    assertFalse(disk.isOpen(), "the file is still open");
  }

  @Test
  void doesNotHideThatAClosedLogIsClosed() throws IOException {
    FaultyChannel disk = disk();
    LogFile log = LogFile.open(file(), disk);
    append(log);
    log.close();
    int before = disk.count("force");

    assertThrows(IOException.class, log::sync);

    assertEquals(before, disk.count("force"));
  }
}
