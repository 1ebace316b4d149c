package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A directory that is moved while a store has it open, and another store in its place. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "cannot move a directory with open files")
class MovedDirectoryTest extends StoreFixture {
  private Path data;
  private Path moved;

  @BeforeEach
  void name() {
    data = directory.resolve("data");
    moved = directory.resolve("data.old");
  }

  @Test
  void noSegmentIsCreatedInTheNewDirectory() throws IOException {
    Store store = Store.open(data, QUIET.withSegmentSize(4096));
    store.put(bytes("os"), bytes("mac"));
    SortedMap<String, ByteBuffer> others = moveAndReplace();

    IOException e =
        assertThrows(
            IOException.class,
            () -> {
              for (int i = 0; i < 50; i++) {
                store.put(bytes("key " + i), new byte[200]);
              }
            });
    assertTrue(e.getMessage().contains(data.toString()), e.getMessage());
    assertEquals("mac", text(store.get(bytes("os"))));
    store.close();

    assertEquals(others, contents(data));
    try (Store found = Store.open(moved, QUIET)) {
      assertEquals("mac", text(found.get(bytes("os"))));
      assertTrue(found.size() > 10, "the puts before the rotation are there");
    }
  }

  @Test
  void noPutReachesADirectoryMovedInWhileASegmentIsCreated() throws IOException {
    Store store = Store.open(data, QUIET.withSegmentSize(4096));
    store.put(bytes("os"), bytes("mac"));
    store.put(bytes("page"), new byte[4000]);
    List<SortedMap<String, ByteBuffer>> others = new ArrayList<>();
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.CREATE) {
            FailPoint.set(null);
            others.add(moveAndReplace());
          }
        });

    assertThrows(IOException.class, () -> store.put(bytes("os"), new byte[4000]));
    assertEquals("mac", text(store.get(bytes("os"))));
    assertThrows(IOException.class, store::close);

    assertEquals(others, List.of(contents(data)));
    try (Store found = Store.open(moved, QUIET)) {
      assertEquals("mac", text(found.get(bytes("os"))));
    }
  }

  @Test
  void aMergeTouchesNothingInTheNewDirectory() throws IOException {
    Store store = Store.open(data, QUIET);
    store.put(bytes("os"), bytes("mac"));
    store.put(bytes("os"), bytes("linux"));
    SortedMap<String, ByteBuffer> others = moveAndReplace();

    assertThrows(IOException.class, store::merge);
    assertThrows(IOException.class, () -> store.snapshot(directory.resolve("snapshot")));
    store.close();

    assertEquals(others, contents(data));
    try (Store found = Store.open(moved, QUIET)) {
      assertEquals("linux", text(found.get(bytes("os"))));
    }
  }

  @Test
  void aStoreContinuesWhenItsDirectoryIsMovedBack() throws IOException {
    try (Store store = Store.open(data, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("os"), bytes("linux"));
      Files.move(data, moved);
      assertThrows(IOException.class, store::merge);
      Files.move(moved, data);

      store.merge();
      assertEquals("linux", text(store.get(bytes("os"))));
      store.checkInvariants();
    }
  }

  /** Moves the directory away and another store into its place. Returns the files of that store. */
  private SortedMap<String, ByteBuffer> moveAndReplace() throws IOException {
    // In reality another process opens it there. This process has the path locked already.
    Path elsewhere = directory.resolve("elsewhere");
    try (Store other = Store.open(elsewhere, QUIET)) {
      for (int i = 0; i < 5; i++) {
        other.put(bytes("other " + i), bytes("value"));
      }
    }
    Files.move(data, moved);
    Files.move(elsewhere, data);
    Files.writeString(data.resolve("000001-000001.1.data.tmp"), "an output of the other store");
    return contents(data);
  }

  private static SortedMap<String, ByteBuffer> contents(Path directory) throws IOException {
    SortedMap<String, ByteBuffer> contents = new TreeMap<>();
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        contents.put(file.getFileName().toString(), ByteBuffer.wrap(Files.readAllBytes(file)));
      }
    }
    return contents;
  }
}
