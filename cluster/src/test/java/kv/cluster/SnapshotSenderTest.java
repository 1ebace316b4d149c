package kv.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotSenderTest {
  private static final long ID = -5;

  private int copies;
  private final Queue<Runnable> later = new ArrayDeque<>();
  @TempDir private Path folder;

  @Test
  void aCopyIsDeletedWhenNoNodeReadsIt() throws IOException {
    SnapshotSender sender = new SnapshotSender(folder, 0, later::add);
    long id = begin(sender);
    assertEquals("segment", read(sender, id));

    later.remove().run();

    assertFalse(Files.exists(copy(id)));
    IOException e = assertThrows(IOException.class, () -> read(sender, id));
    assertTrue(e.getMessage().contains("begin again"), e.getMessage());
    assertTrue(later.isEmpty());
  }

  @Test
  void aCopyStaysWhileItIsRead() throws IOException {
    SnapshotSender sender = new SnapshotSender(folder, TimeUnit.HOURS.toNanos(1), later::add);
    long id = begin(sender);

    later.remove().run();

    assertEquals("segment", read(sender, id));
    assertEquals(1, later.size(), "looks again later");
  }

  @Test
  void aCopyIsDeletedWhenANodeHasAll() throws IOException {
    SnapshotSender sender = new SnapshotSender(folder, 0, later::add);
    long id = begin(sender);

    answer(sender, SnapshotSender.END, id);

    assertFalse(Files.exists(copy(id)));
    later.remove().run();
    assertTrue(later.isEmpty());
  }

  /** A copy can take longer than a node waits for the answer. */
  @Test
  void aNodeThatAsksAgainGetsTheSameCopy() throws IOException {
    SnapshotSender sender = new SnapshotSender(folder, 0, later::add);
    ByteString first = answer(sender, SnapshotSender.BEGIN, ID);
    assertEquals(first, answer(sender, SnapshotSender.BEGIN, ID));
    assertEquals(1, copies);

    answer(sender, SnapshotSender.BEGIN, ID + 1);
    assertEquals(2, copies);
  }

  @Test
  void nothingIsLeftOfACopyThatFailed() throws IOException {
    SnapshotSender sender = new SnapshotSender(folder, 0, later::add);
    ByteString question = SnapshotSender.question(SnapshotSender.BEGIN, ID, null, 0);
    assertThrows(
        IOException.class,
        () ->
            sender.answer(
                question,
                directory -> {
                  Files.createDirectory(directory);
                  throw new IOException("no space");
                }));
    assertFalse(Files.exists(copy(ID)));
    assertTrue(later.isEmpty());
  }

  private long begin(SnapshotSender sender) throws IOException {
    answer(sender, SnapshotSender.BEGIN, ID);
    return ID;
  }

  private String read(SnapshotSender sender, long id) throws IOException {
    return answer(sender, SnapshotSender.READ, id).toStringUtf8();
  }

  private ByteString answer(SnapshotSender sender, char kind, long id) throws IOException {
    return sender.answer(
        SnapshotSender.question(kind, id, "1.data", 0),
        directory -> {
          copies++;
          Files.writeString(Files.createDirectory(directory).resolve("1.data"), "segment");
          return TermIndex.valueOf(1, 1);
        });
  }

  private Path copy(long id) {
    return folder.resolve(Long.toString(id));
  }
}
