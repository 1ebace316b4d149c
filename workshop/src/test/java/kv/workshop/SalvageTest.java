package kv.workshop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store that a step refuses can be salvaged, and the same step opens the result. */
class SalvageTest {
  @TempDir private Path folder;

  private Path from;
  private Path to;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void nameTheDirectories() {
    from = folder.resolve("from");
    to = folder.resolve("to");
  }

  private int salvage() {
    return Workshop.run(
        List.of("salvage", from.toString(), to.toString()),
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** Flips a bit of a file, and returns what it was before. */
  private static byte[] damage(Path file, int offset) throws IOException {
    byte[] whole = Files.readAllBytes(file);
    byte[] damaged = whole.clone();
    damaged[offset] ^= 1;
    Files.write(file, damaged);
    return whole;
  }

  @Test
  void aLogOfStep2IsSalvagedForStep2() throws Exception {
    try (var store = kv.step2.Store.open(from)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
    }
    damage(from.resolve("store.data"), 27);
    byte[] damaged = Files.readAllBytes(from.resolve("store.data"));
    assertThrows(kv.step2.CorruptStoreException.class, () -> kv.step2.Store.open(from));
    assertEquals(1, salvage());
    assertEquals(
        """
        store.data, 54 bytes
          left out, offset 8 to 28: the key and the value do not match their checksum
          1 record taken, version 1
        1 record taken, 1 part left out; the new store has 1 key
        keys that may be older than they were, or deleted: 0
        deleted keys that may have been put again: 0
        nothing is known about keys that have no record here
        """,
        out.toString(UTF_8).replace("\r\n", "\n"));
    assertArrayEquals(damaged, Files.readAllBytes(from.resolve("store.data")));
    try (var store = kv.step2.Store.open(to)) {
      assertNull(store.get(bytes("os")));
      assertArrayEquals(bytes("vim"), store.get(bytes("editor")));
      store.put(bytes("os"), bytes("linux"));
    }
  }

  @Test
  void aWholeLogIsTheSameAfterASalvage() throws Exception {
    try (var store = kv.step1.Store.open(from)) {
      store.put(bytes("os"), bytes("mac"));
    }
    try (var store = kv.step3.Store.open(from)) {
      store.put(bytes("os"), bytes("linux"));
      store.delete(bytes("os"));
    }
    assertEquals(0, salvage());
    assertArrayEquals(
        Files.readAllBytes(from.resolve("store.data")),
        Files.readAllBytes(to.resolve("store.data")));
    try (var store = kv.step4.Store.open(to)) {
      assertEquals(0, store.size());
    }
  }

  @Test
  void aSegmentIsSalvagedForStep5() throws Exception {
    try (var store = kv.engine.Store.open(from)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
    }
    damage(from.resolve("000001-000001.0.data"), 9);
    damage(from.resolve("000001-000001.0.data"), 20);
    Files.delete(from.resolve("000001-000001.0.hint"));
    assertThrows(kv.engine.CorruptStoreException.class, () -> kv.engine.Store.open(from));
    assertEquals(1, salvage());
    try (var store = kv.engine.Store.open(to)) {
      assertNull(store.get(bytes("os")));
      assertArrayEquals(bytes("vim"), store.get(bytes("editor")));
    }
  }

  @Test
  void aStoreThatAStepHasOpenIsNotSalvaged() throws Exception {
    try (var store = kv.step3.Store.open(from)) {
      assertEquals(2, salvage());
      assertTrue(err.toString(UTF_8).contains("open: close it first"), err.toString(UTF_8));
      assertThrows(IOException.class, () -> kv.step2.Store.open(from));
      store.put(bytes("os"), bytes("mac"));
    }
    assertEquals(0, salvage());
  }

  @Test
  void aSalvageThatCannotStartHasAnotherExitStatus() throws Exception {
    assertEquals(2, salvage());
    assertTrue(err.toString(UTF_8).contains("from is not a directory"), err.toString(UTF_8));
    err.reset();
    assertEquals(
        2, Workshop.run(List.of("salvage"), System.out, new PrintStream(err, true, UTF_8)));
    assertEquals(
        "missing required parameters: 'FROM', 'TO'; usage: java -jar workshop/target/workshop.jar"
            + " salvage FROM TO",
        err.toString(UTF_8).strip());
  }
}
