package kv.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Records the durable state of a directory: it is called at every fsync, and reads the files then.
 * So it can create the disks that a power loss could leave: each page of 4 KiB that was changed
 * since its file's last fsync, and each name that was changed since the directory's last fsync, may
 * or may not have reached the disk.
 */
final class DurableDisk {
  private static final int PAGE_SIZE = 4096;

  private final Path directory;

  /** The durable names, with the key of each file, which a rename does not change. */
  private Map<String, Object> names = new HashMap<>();

  /** The durable contents, by the key of the file. */
  private final Map<Object, byte[]> contents = new HashMap<>();

  /** Contains a second name of every file ever created, so that no other file gets its key. */
  private final Path graveyard;

  private final Set<Object> buried = new HashSet<>();

  DurableDisk(Path directory) throws IOException {
    this.directory = directory;
    graveyard = Files.createTempDirectory(directory.toAbsolutePath().getParent(), "graveyard");
  }

  /** Must be called at every fail point. */
  synchronized void at(FailPoint point, Path file) throws IOException {
    bury();
    if (point == FailPoint.SYNCED) {
      contents.put(identity(file), Files.readAllBytes(file));
    } else if (point == FailPoint.DIRECTORY_SYNCED && file.equals(directory)) {
      names = currentNames();
    }
  }

  private void bury() throws IOException {
    for (Path file : files()) {
      if (buried.add(identity(file))) {
        Files.createLink(graveyard.resolve(String.valueOf(buried.size())), file);
      }
    }
  }

  /** Declares the current state durable. */
  synchronized void everythingIsDurable() throws IOException {
    bury();
    for (Path file : files()) {
      contents.put(identity(file), Files.readAllBytes(file));
    }
    names = currentNames();
  }

  private static Object identity(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  private Map<String, Object> currentNames() throws IOException {
    Map<String, Object> current = new HashMap<>();
    for (Path file : files()) {
      current.put(file.getFileName().toString(), identity(file));
    }
    return current;
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  /** Creates one of the disks that a power loss could leave now. */
  synchronized void losePower(Path image, Random random) throws IOException {
    Map<Object, byte[]> current = new HashMap<>();
    for (Path file : files()) {
      current.put(identity(file), Files.readAllBytes(file));
    }
    Map<String, Object> currentNames = currentNames();
    // In some cases all of the changes that are not durable reach the disk, or none of them.
    int chance = random.nextInt(5);
    Files.createDirectory(image);
    TreeSet<String> all = new TreeSet<>(names.keySet());
    all.addAll(currentNames.keySet());
    for (String name : all) {
      Object identity = made(random, chance) ? currentNames.get(name) : names.get(name);
      if (identity != null) {
        byte[] durable = contents.getOrDefault(identity, new byte[0]);
        byte[] now = current.getOrDefault(identity, durable);
        Files.write(image.resolve(name), mix(durable, now, random, chance));
      }
    }
  }

  private static byte[] mix(byte[] durable, byte[] now, Random random, int chance) {
    byte[] mixed = new byte[made(random, chance) ? now.length : durable.length];
    for (int at = 0; at < mixed.length; at += PAGE_SIZE) {
      byte[] from = made(random, chance) ? now : durable;
      byte[] page =
          Arrays.copyOfRange(
              from, Math.min(at, from.length), Math.max(at, Math.min(at + PAGE_SIZE, from.length)));
      System.arraycopy(page, 0, mixed, at, Math.min(page.length, mixed.length - at));
    }
    return mixed;
  }

  private static boolean made(Random random, int chance) {
    return random.nextInt(4) < chance;
  }
}
