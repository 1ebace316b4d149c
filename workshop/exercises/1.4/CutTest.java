package kv.step1;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CutTest extends StoreFixture {
  /** A disk on which a truncate can throw an error, in place of an exception. */
  private static final class ErrorChannel extends FaultyChannel {
    private Error truncateError;

    ErrorChannel(FileChannel file) {
      super(file);
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
      if (truncateError != null) {
        throw truncateError;
      }
      return super.truncate(size);
    }
  }

  private ErrorChannel disk;
  private LogFile log;

  /** Opens a log with one record, on a disk with space for a part of the next one. */
  @BeforeEach
  void fillTheDisk() throws IOException {
    disk =
        new ErrorChannel(
            FileChannel.open(
                file(),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE));
    log = LogFile.open(file(), disk);
    log.append(Record.PUT, bytes("os"), bytes("mac"));
    disk.space = 18;
  }

  private IOException failedAppend() {
    return assertThrows(
        IOException.class, () -> log.append(Record.PUT, bytes("os"), bytes("linux")));
  }

  @Test
  void leavesTheFileAsItWasBeforeTheAppend() throws IOException {
    byte[] before = Files.readAllBytes(file());

    failedAppend();

    assertArrayEquals(before, Files.readAllBytes(file()), "the file has other bytes");
    log.close();
  }

  @Test
  void makesTheWholeLogDurable() throws IOException {
    failedAppend();
    int before = disk.count("force");

    log.sync();

    assertEquals(before, disk.count("force"), "everything was durable already");
    log.close();
  }

  @Test
  void endsTheUseOfTheLogIfItsFsyncFails() throws IOException {
    disk.forceFails = true;
    failedAppend();

    disk.forceFails = false;
    disk.space = Long.MAX_VALUE;
    assertThrows(IOException.class, () -> log.append(Record.PUT, bytes("a"), bytes("b")));
    assertThrows(IOException.class, log::close);
    assertEquals("[P* os=mac]", RawLog.text(file()));
  }

  @Test
  void addsASecondFailureToTheFirst() throws IOException {
    disk.forceFails = true;

    IOException failure = failedAppend();

    assertEquals("No space left on device", failure.getMessage());
    assertEquals(1, failure.getSuppressed().length);
    assertEquals("Input/output error", failure.getSuppressed()[0].getMessage());
    assertThrows(IOException.class, log::close);
  }

  @Test
  void endsTheUseOfTheLogEvenIfItFailsWithAnError() throws IOException {
    disk.truncateError = new InternalError("a fault in the medium");
    failedAppend();

    disk.truncateError = null;
    disk.space = Long.MAX_VALUE;
    assertThrows(IOException.class, () -> log.append(Record.PUT, bytes("a"), bytes("b")));
    assertThrows(IOException.class, log::close);
  }

  @Test
  void acceptsTheSameFailureTwice() throws IOException {
    disk.truncateFails = true;

    IOException failure = failedAppend();

    assertEquals("No space left on device", failure.getMessage());
    assertThrows(IOException.class, log::close);
  }
}
