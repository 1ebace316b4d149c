package kv.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.junit.jupiter.api.Test;

/** Commands and replies survive the way through the log. */
class BatchTest {
  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  @Test
  void commandsAreReadAsTheyWereWritten() {
    List<Batch.Command> commands =
        List.of(
            new Batch.Command(3, new byte[][] {bytes("SET"), bytes("os"), bytes("linux")}),
            new Batch.Command(2, new byte[][] {bytes("GET"), {}}),
            new Batch.Command(3, new byte[][] {bytes("SET"), {0, -1}, new byte[100_000]}));
    Batch read = Batch.of(new Batch(commands).toBytes());
    assertEquals(3, read.commands().size());
    for (int i = 0; i < commands.size(); i++) {
      assertEquals(commands.get(i).respVersion(), read.commands().get(i).respVersion());
      assertArrayEquals(commands.get(i).arguments(), read.commands().get(i).arguments());
    }
  }

  @Test
  void anEntryIsReadAsItWasWritten() {
    Entry.Sender sender = new Entry.Sender("n1", Long.MIN_VALUE, 7);
    Batch batch =
        new Batch(List.of(new Batch.Command(2, new byte[][] {bytes("INCR"), bytes("n")})));
    Entry read = Entry.of(new Entry(sender, batch).toBytes());
    assertEquals(sender, read.sender());
    assertArrayEquals(
        batch.commands().get(0).arguments(), read.batch().commands().get(0).arguments());
  }

  @Test
  void repliesAreReadAsTheyWereWritten() {
    List<byte[]> replies = List.of(bytes("+OK\r\n"), bytes("$-1\r\n"), new byte[70_000]);
    List<byte[]> read = Batch.readReplies(Batch.replies(replies));
    assertArrayEquals(replies.toArray(), read.toArray());
  }

  @Test
  void anUnknownFormatIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> Batch.of(ByteString.copyFrom(new byte[] {9, 2, 0})));
    assertThrows(
        IllegalArgumentException.class, () -> Entry.of(ByteString.copyFrom(new byte[] {1, 2, 0})));
  }
}
