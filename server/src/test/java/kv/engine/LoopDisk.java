package kv.engine;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A small disk that a test can fill: a file system in a file, mounted in a folder of the test. Only
 * root can mount it, and only on Linux. Otherwise the test is skipped.
 */
public final class LoopDisk implements Closeable {
  /** File systems that may need a new block to overwrite a block. */
  public enum Kind {
    /** Overwriting a block always needs a new one. */
    BTRFS(160, "loop,compress=zstd:1", "mkfs.btrfs", "-q"),

    /** Overwriting a block needs a new one while a copy of the file shares it: {@link #share}. */
    XFS(320, "loop", "mkfs.xfs", "-q", "-m", "reflink=1");

    private final int megabytes;
    private final String mountOptions;
    private final List<String> format;

    Kind(int megabytes, String mountOptions, String... format) {
      this.megabytes = megabytes;
      this.mountOptions = mountOptions;
      this.format = List.of(format);
    }
  }

  /** Number of attempts to unmount a disk while maps of its files are still in use. */
  private static final int ATTEMPTS = 10;

  /** Number of bytes taken at a time: most of the space in large pieces, then the rest. */
  private static final int[] PIECES = {16 << 20, 1 << 20};

  private final Path image;
  private final Path root;

  /** Reserves the space that {@link #fillAllBut} leaves. */
  private final Path room;

  private int fillers;

  /** Mounts an empty disk, or skips the test if this machine cannot do so. */
  public LoopDisk(Path folder, Kind kind) throws IOException {
    image = folder.resolve("image");
    root = folder.resolve("disk");
    room = root.resolve("room");
    assumeTrue(
        System.getProperty("os.name").equals("Linux")
            && "root".equals(System.getProperty("user.name")),
        "needs root on Linux, to mount a disk");
    Files.createDirectories(root);
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength((long) kind.megabytes << 20);
    }
    String failure = run(Stream.concat(kind.format.stream(), Stream.of(image.toString())).toList());
    if (failure == null) {
      failure = run("mount", "-o", kind.mountOptions, image.toString(), root.toString());
    }
    if (failure != null) {
      abort("cannot mount a disk here: " + failure);
    }
    Files.createDirectories(filler(0).getParent());
  }

  /** Returns the path of a file or folder on this disk. */
  public Path resolve(String name) {
    return root.resolve(name);
  }

  private Path filler(int number) {
    return root.resolve("fillers").resolve("filler " + number);
  }

  /** Copies a folder so that its files share all their blocks with the copies. */
  public void share(Path folder) throws IOException {
    // Only blocks that are on the disk can be shared.
    require("sync", "-f", folder.toString());
    String copy = folder + " (copy)";
    require("rm", "-rf", copy);
    require("cp", "-r", "--reflink=always", folder.toString(), copy);
    require("sync", "-f", copy);
  }

  /** Takes all free space. */
  public void fill() throws IOException {
    for (int piece : PIECES) {
      while (run("fallocate", "-l", "" + piece, filler(fillers++).toString()) == null) {
        // Again.
      }
    }
    byte[] page = new byte[4 << 10];
    Random random = new Random();
    // Twice: the file system releases a little space again when the first file reaches the disk.
    for (int i = 0; i < 2; i++) {
      try (RandomAccessFile file = new RandomAccessFile(filler(fillers++).toFile(), "rw")) {
        while (true) {
          random.nextBytes(page);
          file.write(page);
        }
      } catch (IOException e) {
        run("sync", "-f", root.toString());
      }
    }
  }

  /** Takes all free space except the given number of bytes. */
  public void fillAllBut(int bytes) throws IOException {
    byte[] content = new byte[bytes];
    new Random().nextBytes(content);
    Files.write(room, content);
    require("sync", "-f", root.toString());
    fill();
    Files.delete(room);
    run("sync", "-f", root.toString());
  }

  /** Releases the space that was taken. */
  public void free() throws IOException {
    for (int i = 0; i < fillers; i++) {
      Files.deleteIfExists(filler(i));
    }
  }

  /** Unmounts this disk. */
  @Override
  public void close() throws IOException {
    for (int i = 0; i < ATTEMPTS; i++) {
      // A mapped file keeps the disk busy until the map is collected.
      System.gc();
      if (run("umount", root.toString()) == null) {
        return;
      }
    }
    require("umount", "--lazy", root.toString());
  }

  private static void require(String... command) throws IOException {
    String failure = run(command);
    if (failure != null) {
      throw new IOException(failure);
    }
  }

  /** Runs a command. Returns null if it succeeds, and otherwise its error message. */
  private static String run(String... command) throws IOException {
    return run(List.of(command));
  }

  private static String run(List<String> command) throws IOException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      return command.get(0) + " is not installed";
    }
    String printed =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    try {
      return process.waitFor() == 0 ? null : String.join(" ", command) + ": " + printed;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
