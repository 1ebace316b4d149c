package kv.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
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

  /** A node could ask a leader that was started again for the copy of the time before. */
  @Test
  void eachStartHasOtherNumbers() throws IOException {
    SnapshotSender before = new SnapshotSender(folder, 0, later::add);
    long id = begin(before);

    SnapshotSender sender = new SnapshotSender(folder, 0, later::add);
    begin(sender);

    assertThrows(IOException.class, () -> read(sender, id));
  }

  private long begin(SnapshotSender sender) throws IOException {
    return new DataInputStream(answer(sender, SnapshotSender.BEGIN, 0).newInput()).readLong();
  }

  private String read(SnapshotSender sender, long id) throws IOException {
    return answer(sender, SnapshotSender.READ, id).toStringUtf8();
  }

  private ByteString answer(SnapshotSender sender, char kind, long id) throws IOException {
    return sender.answer(
        SnapshotSender.question(kind, id, "1.data", 0),
        directory -> {
          Files.writeString(Files.createDirectory(directory).resolve("1.data"), "segment");
          return TermIndex.valueOf(1, 1);
        });
  }

  private Path copy(long id) {
    return folder.resolve(Long.toString(id));
  }
}
