package kv.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import kv.engine.LoopDisk;
import kv.engine.Store;
import kv.server.core.Settings;
import kv.server.resp.RespWire;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A server on a real disk that is full, with a file system on which reserved space is not enough.
 * Needs root. For more than one round of each: {@code mvn -pl server -am test -Dtest=RealDiskTest
 * -Drealdisk.rounds=20 -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class RealDiskTest {
  private static final int ROUNDS = Integer.getInteger("realdisk.rounds", 1);

  private static final int VALUE_SIZE = 1_000;

  /** Bytes of free space that the server itself fills. */
  private static final int ROOM = 1 << 20;

  /** Attempts to measure an idle second, which the compiler may disturb, for example. */
  private static final int ATTEMPTS = 10;

  @TempDir Path directory;

  private Random random;
  private RespWire client;

  /** The system's message for a full disk, in the user's language, as bytes on the wire. */
  private String full;

  /** The expected contents of the store. */
  private final Map<String, byte[]> model = new HashMap<>();

  @ParameterizedTest
  @EnumSource(Settings.Sync.class)
  void aFullDiskIsAnErrorAndTheServerServesOn(Settings.Sync sync) throws IOException {
    for (int round = 0; round < ROUNDS; round++) {
      long seed = System.nanoTime();
      random = new Random(seed);
      Path folder = Files.createDirectory(directory.resolve("round " + round));
      try (LoopDisk disk = new LoopDisk(folder, LoopDisk.Kind.BTRFS)) {
        try {
          fillAndFree(disk, sync);
        } catch (Throwable e) {
          throw new AssertionError("round " + round + ", seed " + seed, e);
        }
      }
      Files.delete(folder.resolve("image"));
    }
  }

  private void fillAndFree(LoopDisk disk, Settings.Sync sync) throws Exception {
    model.clear();
    full = RespWire.text(messageOfAFullDisk().getBytes(StandardCharsets.UTF_8));
    Path store = disk.resolve("store");
    // Code of the server compiler reports errors of mapped files later than the client compiler's.
    try (ChildServer server = new ChildServer(store, sync.name(), "-XX:TieredStopAtLevel=4")) {
      client = server.connect();
      assertEquals(0, errors(200));
      disk.fill();
      checkFull(server);
      disk.free();
      assertEquals(0, errors(200));
      disk.fillAllBut(ROOM);
      checkFull(server);
      disk.free();
      assertEquals(0, errors(200));
      checkValues();
      client.close();
      server.terminate();
      List<String> log = server.log();
      // The JVM's exit status after this signal.
      assertEquals(128 + 15, server.status(), log.toString());
    }
    try (Store reopened = Store.open(store)) {
      for (Map.Entry<String, byte[]> expected : model.entrySet()) {
        byte[] value = reopened.get(RespWire.bytes(expected.getKey()));
        assertArrayEquals(expected.getValue(), value, expected.getKey());
      }
      assertEquals(model.size(), reopened.size());
    }
  }

  private static String messageOfAFullDisk() throws IOException {
    try (OutputStream disk = Files.newOutputStream(Path.of("/dev/full"))) {
      IOException e = assertThrows(IOException.class, () -> disk.write(0));
      return e.getMessage();
    }
  }

  /** Checks that a full disk is an error for each set, and for nothing else. */
  private void checkFull(ChildServer server) throws Exception {
    int errors = 0;
    for (int i = 0; i < 100 && errors < 100; i++) {
      errors += errors(100);
    }
    assertTrue(errors > 0, "the disk is not full");
    checkValues();
    try (RespWire other = server.connect()) {
      assertEquals("+PONG|", other.ask("PING"));
    }
    checkIdle(server);
  }

  /** Sets new keys, and returns the number of refused sets. */
  private int errors(int sets) throws IOException {
    int errors = 0;
    for (int i = 0; i < sets; i++) {
      String key = "key " + random.nextLong();
      byte[] value = new byte[VALUE_SIZE];
      random.nextBytes(value);
      client.send(RespWire.request(RespWire.bytes("SET"), RespWire.bytes(key), value));
      String reply = client.reply();
      if (reply.equals("+OK|")) {
        model.put(key, value);
      } else {
        assertTrue(reply.contains(full), reply);
        errors++;
      }
    }
    return errors;
  }

  private void checkValues() throws IOException {
    for (Map.Entry<String, byte[]> expected : model.entrySet()) {
      String key = expected.getKey();
      client.send(RespWire.request(RespWire.bytes("GET"), RespWire.bytes(key)));
      String value = RespWire.text(expected.getValue());
      assertEquals("$" + VALUE_SIZE + "|" + value + "|", client.reply(), key);
    }
    assertEquals(":" + model.size() + "|", client.ask("DBSIZE"));
  }

  /** Checks that the server uses less than half of a processor while it has nothing to do. */
  private static void checkIdle(ChildServer server) throws InterruptedException {
    Duration used = Duration.ofDays(1);
    for (int i = 0; i < ATTEMPTS && used.toMillis() >= 500; i++) {
      Duration before = server.processorTime();
      Thread.sleep(1000);
      used = server.processorTime().minus(before);
    }
    assertTrue(used.toMillis() < 500, "the idle server uses CPU time: " + used + " in a second");
  }
}
