/*
 * WHAT THIS FILE IS
 *
 * Commands for one shard as bytes: an entry of the Raft log, or a question to its leader. And the
 * replies to them.
 *
 *     offset  size  field
 *     0       1     version of this format, 1
 *     1       1     version of RESP for the replies
 *     2       4     number of commands
 *     then for each command its number of arguments (4 bytes); for each argument its length
 *     (4 bytes), and its bytes
 *
 * Replies are a number (4 bytes), and for each its length (4 bytes) and its bytes. Numbers are
 * big-endian.
 */
package kv.cluster;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/** Commands for one shard, in their order. */
record Batch(int respVersion, List<byte[][]> commands) {
  private static final byte FORMAT = 1;
  private static final int HEADER = 6;

  /** Returns the commands as a message. */
  Message toMessage() {
    int size = HEADER;
    for (byte[][] arguments : commands) {
      size += Integer.BYTES;
      for (byte[] argument : arguments) {
        size += Integer.BYTES + argument.length;
      }
    }
    ByteBuffer bytes = ByteBuffer.allocate(size);
    bytes.put(FORMAT).put((byte) respVersion).putInt(commands.size());
    for (byte[][] arguments : commands) {
      bytes.putInt(arguments.length);
      for (byte[] argument : arguments) {
        bytes.putInt(argument.length).put(argument);
      }
    }
    return message(bytes);
  }

  /**
   * Reads the commands of a message.
   *
   * @throws IllegalArgumentException if a newer version of the program wrote it
   */
  static Batch of(ByteString message) {
    ByteBuffer bytes = message.asReadOnlyByteBuffer();
    byte format = bytes.get();
    if (format != FORMAT) {
      throw new IllegalArgumentException(
          "an entry of the log has format " + format + ", which this version does not know");
    }
    int respVersion = bytes.get();
    int count = bytes.getInt();
    List<byte[][]> commands = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      byte[][] arguments = new byte[bytes.getInt()][];
      for (int j = 0; j < arguments.length; j++) {
        arguments[j] = bytes(bytes);
      }
      commands.add(arguments);
    }
    return new Batch(respVersion, commands);
  }

  /** Returns replies as a message. */
  static Message replies(List<byte[]> replies) {
    int size = Integer.BYTES;
    for (byte[] reply : replies) {
      size += Integer.BYTES + reply.length;
    }
    ByteBuffer bytes = ByteBuffer.allocate(size).putInt(replies.size());
    replies.forEach(reply -> bytes.putInt(reply.length).put(reply));
    return message(bytes);
  }

  /** Reads the replies in a message. */
  static List<byte[]> readReplies(ByteString message) {
    ByteBuffer bytes = message.asReadOnlyByteBuffer();
    int count = bytes.getInt();
    List<byte[]> replies = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      replies.add(bytes(bytes));
    }
    return replies;
  }

  private static byte[] bytes(ByteBuffer from) {
    byte[] bytes = new byte[from.getInt()];
    from.get(bytes);
    return bytes;
  }

  private static Message message(ByteBuffer bytes) {
    return Message.valueOf(UnsafeByteOperations.unsafeWrap(bytes.array()));
  }
}
