package kv.cluster;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A control group of Linux whose processes may write to their disk a few times a second only. Needs
 * root, and the controller {@code blkio} of cgroup v1.
 */
final class WriteLimit implements Closeable {
  private static final Path CONTROLLER = Path.of("/sys/fs/cgroup/blkio");
  private static final String PROCESSES = "cgroup.procs";
  private static final int MINOR_BITS = 8;

  private final Path group;

  /**
   * Limits a process.
   *
   * @param directory a directory on the disk
   * @param perSecond the number of writes that the disk takes in a second
   */
  WriteLimit(long pid, Path directory, int perSecond) throws IOException {
    group = CONTROLLER.resolve("kv" + pid);
    Files.createDirectory(group);
    try {
      long device = (Long) Files.getAttribute(directory, "unix:dev");
      String number = (device >> MINOR_BITS) + ":" + (device & ((1 << MINOR_BITS) - 1));
      write(group.resolve("blkio.throttle.write_iops_device"), number + " " + perSecond);
      write(group.resolve(PROCESSES), Long.toString(pid));
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private static void write(Path file, String line) throws IOException {
    Files.write(file, List.of(line));
  }

  /** Returns whether this process can create one. */
  static boolean available() {
    return Files.isWritable(CONTROLLER.resolve(PROCESSES));
  }

  /** Ends the limit. */
  @Override
  public void close() throws IOException {
    for (String pid : Files.readAllLines(group.resolve(PROCESSES))) {
      write(CONTROLLER.resolve(PROCESSES), pid);
    }
    Files.delete(group);
  }
}
