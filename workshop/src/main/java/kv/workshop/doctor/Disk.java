package kv.workshop.doctor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/** The checks of the disk that contains the project. */
final class Disk {
  private static final long MEBIBYTE = 1 << 20;
  private static final long GIBIBYTE = 1 << 30;
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /** Free space, in bytes, for the build and the stores of the experiments. */
  private static final long ENOUGH_SPACE = 4 * GIBIBYTE;

  /** Length of each measurement, unless its work is done before. */
  private static final long MOST_NANOS = NANOS_PER_SECOND;

  private static final int FSYNCS = 1_000;
  private static final int WRITTEN_MEBIBYTES = 128;

  private static final double SLOWEST_FSYNCS = 20;

  /** Fsyncs a second that no disk reaches: the files are in memory, or the fsyncs do nothing. */
  private static final double FASTEST_FSYNCS = 100_000;

  private static final double SLOWEST_MEBIBYTES = 20;

  private Disk() {}

  /** Checks that there is enough free space. */
  static Finding space(Path folder) throws IOException {
    return judgeSpace(Files.getFileStore(folder.toAbsolutePath()).getUsableSpace());
  }

  static Finding judgeSpace(long free) {
    if (free < ENOUGH_SPACE) {
      return Finding.wrong(
          count((double) free / MEBIBYTE)
              + " MiB free; the course needs "
              + count(ENOUGH_SPACE / GIBIBYTE)
              + " GiB: delete files, or move the project to another disk");
    }
    return Finding.ok(count(free / GIBIBYTE) + " GiB free");
  }

  /** Measures the rate of fsyncs, and the rate of one long write with its fsync. */
  static Finding speed(Path folder) throws IOException {
    Path file = Files.createTempFile(folder.toAbsolutePath(), "doctor-", ".tmp");
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      return judgeSpeed(fsyncsPerSecond(channel), mebibytesPerSecond(channel));
    } finally {
      Files.delete(file);
    }
  }

  static Finding judgeSpeed(double fsyncs, double mebibytes) {
    String rates = count(fsyncs) + " fsyncs a second, " + count(mebibytes) + " MiB a second";
    if (fsyncs > FASTEST_FSYNCS) {
      return Finding.wrong(
          rates + ": an fsync does nothing here; move the project to a disk of this machine");
    }
    if (fsyncs < SLOWEST_FSYNCS || mebibytes < SLOWEST_MEBIBYTES) {
      return Finding.wrong(
          rates + ": that is slow; stop backups and virus scans, or use a disk of this machine");
    }
    return Finding.ok(rates);
  }

  private static double fsyncsPerSecond(FileChannel channel) throws IOException {
    ByteBuffer record = ByteBuffer.allocate(64);
    long start = System.nanoTime();
    int done = 0;
    while (done < FSYNCS && System.nanoTime() - start < MOST_NANOS) {
      channel.write(record.clear());
      channel.force(false);
      done++;
    }
    return perSecond(done, start);
  }

  private static double mebibytesPerSecond(FileChannel channel) throws IOException {
    ByteBuffer piece = ByteBuffer.allocateDirect((int) MEBIBYTE);
    long start = System.nanoTime();
    int done = 0;
    while (done < WRITTEN_MEBIBYTES && System.nanoTime() - start < MOST_NANOS) {
      channel.write(piece.clear());
      done++;
    }
    channel.force(false);
    return perSecond(done, start);
  }

  private static double perSecond(int done, long start) {
    return (double) done * NANOS_PER_SECOND / Math.max(1, System.nanoTime() - start);
  }

  private static String count(double number) {
    return String.format(Locale.ROOT, "%,.0f", number);
  }
}
