package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.FileInputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A process without free descriptors, or without free maps. */
class ScarceResourcesTest extends StoreFixture {
  private static List<String> runWithFewDescriptors(Class<?> main, Path directory)
      throws IOException {
    Path shell = Path.of("/bin/sh");
    assumeTrue(Files.isExecutable(shell), "needs a POSIX shell, for ulimit");
    List<String> command = new ArrayList<>(List.of(shell.toString(), "-c"));
    command.add("ulimit -n 80 && exec \"$0\" \"$@\"");
    List<String> java = ChildJvm.command(main, directory);
    // Otherwise the JVM raises the limit to the allowed maximum.
    java.add(1, "-XX:-MaxFDLimit");
    command.addAll(java);
    return ChildJvm.lines(ChildJvm.start(command));
  }

  @Test
  void segmentsAreBegunWithoutAFreeDescriptor() throws IOException {
    assertEquals(
        List.of("opened in between: 0", "keys: 500"),
        runWithFewDescriptors(PutWithoutDescriptors.class, directory));
    try (Store store = Store.open(directory.resolve("store"), QUIET)) {
      assertEquals(500, store.size());
      assertTrue(store.stats().files() > 10);
    }
  }

  /** Takes all descriptors of the process, puts, and prints the outcome. */
  static final class PutWithoutDescriptors {
    public static void main(String[] arguments) throws IOException {
      Path directory = Path.of(arguments[0]);
      loadClasses(directory.resolve("before"));
      try (Store store = Store.open(directory.resolve("store"), QUIET.withSegmentSize(4096))) {
        Deque<FileInputStream> taken = new ArrayDeque<>();
        takeAll(directory, taken);
        for (int i = 0; i < 500; i++) {
          store.put(bytes("key " + i), new byte[200]);
        }
        // Waits until the last full segment is sealed, and its descriptors are in reserve.
        store.sync();
        int before = taken.size();
        takeAll(directory, taken);
        System.out.println("opened in between: " + (taken.size() - before));
        while (!taken.isEmpty()) {
          taken.pop().close();
        }
        System.out.println("keys: " + store.size());
      }
    }
  }

  @Test
  void aTemporaryLackOfDescriptorsEndsNoStore() throws IOException {
    assertEquals(
        List.of("failed for good: false"),
        runWithFewDescriptors(PutDuringATemporaryLack.class, directory));
    try (Store store = Store.open(directory.resolve("store"), QUIET)) {
      store.checkInvariants();
    }
  }

  /** Puts while another thread repeatedly takes all descriptors and releases some. */
  static final class PutDuringATemporaryLack {
    public static void main(String[] arguments) throws IOException {
      Path directory = Path.of(arguments[0]);
      loadClasses(directory.resolve("before"));
      Path path = directory.resolve("store");
      try (Store store = Store.open(path, SMALL.withSegmentSize(16 << 10))) {
        store.put(bytes("key 0"), new byte[1000]);
        Thread taker = new Thread(() -> takeAndGiveBack(directory));
        taker.setDaemon(true);
        taker.start();
        for (int i = 0; i < 3000; i++) {
          try {
            store.put(bytes("key " + i % 100), new byte[1000]);
          } catch (IOException e) {
            // A clean error, which is temporary.
          }
        }
        System.out.println("failed for good: " + (store.failure() != null));
        Runtime.getRuntime().halt(0);
      }
    }

    private static void takeAndGiveBack(Path directory) {
      Deque<FileInputStream> taken = new ArrayDeque<>();
      while (true) {
        try {
          takeAll(directory, taken);
          for (int i = 0; i < 5 && !taken.isEmpty(); i++) {
            taken.pop().close();
          }
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      }
    }
  }

  /** Loads all classes of this package: each is loaded from a file, which takes a descriptor. */
  private static void loadClasses(Path directory) throws IOException {
    try {
      for (Class<?> type : List.of(Store.class, ScarceResourcesTest.class)) {
        Path home = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (var files = Files.list(home.resolve("kv").resolve("engine"))) {
          for (Path file : files.toList()) {
            String name = file.getFileName().toString();
            if (type == Store.class || name.startsWith("ScarceResourcesTest$")) {
              Class.forName("kv.engine." + name.replace(".class", ""));
            }
          }
        }
      }
    } catch (URISyntaxException | ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
    // Also the classes of the JDK that a store and its merges use.
    for (int round = 0; round < 2; round++) {
      try (Store store = Store.open(directory, QUIET.withSegmentSize(4096))) {
        for (int i = 0; i < 500; i++) {
          store.put(bytes("key " + i % 100), new byte[200]);
        }
        store.merge();
      }
    }
  }

  private static void takeAll(Path directory, Deque<FileInputStream> taken) {
    try {
      while (true) {
        taken.push(new FileInputStream("/dev/null"));
      }
    } catch (IOException e) {
      // No descriptor is left.
    }
  }

  @Test
  void aMapOverTheLimitIsAnErrorUntilOthersAreCollected() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "linux");

    List<String> printed = ChildJvm.run(MapUntilRefused.class, file);

    assertEquals(3, printed.size(), printed::toString);
    assertEquals("maps: " + MappedFiles.MAX_MAPS, printed.get(0));
    assertTrue(printed.get(1).contains(file.toString()), printed.get(1));
    assertEquals("after that: l", printed.get(2));
  }

  static final class MapUntilRefused {
    public static void main(String[] arguments) throws IOException {
      Path file = Path.of(arguments[0]);
      List<MappedByteBuffer> maps = new ArrayList<>();
      try {
        while (true) {
          maps.add(MappedFiles.map(file, MapMode.READ_ONLY, 5));
        }
      } catch (IOException e) {
        System.out.println("maps: " + maps.size());
        System.out.println(e.getMessage());
      }
      maps.clear();
      MappedByteBuffer next = MappedFiles.map(file, MapMode.READ_ONLY, 5);
      System.out.println("after that: " + (char) next.get(0));
    }
  }
}
