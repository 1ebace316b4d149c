/*
 * WHAT THIS FILE IS
 *
 * Commands for one shard as bytes: an entry of the Raft log, or a question to its leader. And the
 * replies to them.
 *
 *     offset  size  field
 *     0       1     version of this format, 1
 *     1       4     number of commands
 *     then for each command the version of RESP for its reply (1 byte), and its number of arguments
 *     (4 bytes); for each argument its length (4 bytes), and its bytes
 *
 * Replies are a number (4 bytes), and for each its length (4 bytes) and its bytes. Numbers are
 * big-endian.
 */
package kv.cluster;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/** Commands for one shard, in their order. */
record Batch(List<Command> commands) {
  private static final byte FORMAT = 1;
  private static final int HEADER = 1 + Integer.BYTES;

  /**
   * A command.
   *
   * @param respVersion the version of RESP for its reply, 2 or 3
   */
  record Command(int respVersion, byte[][] arguments) {
    /** Returns the number of bytes in this format. */
    int size() {
      int size = 1 + Integer.BYTES;
      for (byte[] argument : arguments) {
        size += Integer.BYTES + argument.length;
      }
      return size;
    }
  }

  /** Returns the commands in this format. */
  ByteString toBytes() {
    int size = commands.stream().mapToInt(Command::size).sum();
    ByteBuffer bytes = ByteBuffer.allocate(HEADER + size);
    bytes.put(FORMAT).putInt(commands.size());
    for (Command command : commands) {
      bytes.put((byte) command.respVersion()).putInt(command.arguments().length);
      for (byte[] argument : command.arguments()) {
        bytes.putInt(argument.length).put(argument);
      }
    }
    return UnsafeByteOperations.unsafeWrap(bytes.array());
  }

  /**
   * Reads commands.
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
    int count = bytes.getInt();
    List<Command> commands = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int respVersion = bytes.get();
      byte[][] arguments = new byte[bytes.getInt()][];
      for (int j = 0; j < arguments.length; j++) {
        arguments[j] = bytes(bytes);
      }
      commands.add(new Command(respVersion, arguments));
    }
    return new Batch(commands);
  }

  /** Returns replies in their format. */
  static ByteString replies(List<byte[]> replies) {
    int size = Integer.BYTES;
    for (byte[] reply : replies) {
      size = Math.addExact(size, Integer.BYTES + reply.length);
    }
    ByteBuffer bytes = ByteBuffer.allocate(size).putInt(replies.size());
    replies.forEach(reply -> bytes.putInt(reply.length).put(reply));
    return UnsafeByteOperations.unsafeWrap(bytes.array());
  }

  /** Reads replies. */
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
}
