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
    List<byte[][]> commands =
        List.of(
            new byte[][] {bytes("SET"), bytes("os"), bytes("linux")},
            new byte[][] {bytes("GET"), {}},
            new byte[][] {bytes("SET"), {0, -1}, new byte[100_000]});
    Batch read = Batch.of(new Batch(3, commands).toMessage().getContent());
    assertEquals(3, read.respVersion());
    assertEquals(3, read.commands().size());
    for (int i = 0; i < commands.size(); i++) {
      assertArrayEquals(commands.get(i), read.commands().get(i));
    }
  }

  @Test
  void repliesAreReadAsTheyWereWritten() {
    List<byte[]> replies = List.of(bytes("+OK\r\n"), bytes("$-1\r\n"), new byte[70_000]);
    List<byte[]> read = Batch.readReplies(Batch.replies(replies).getContent());
    assertArrayEquals(replies.toArray(), read.toArray());
  }

  @Test
  void anUnknownFormatIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> Batch.of(ByteString.copyFrom(new byte[] {9, 2, 0})));
  }
}
