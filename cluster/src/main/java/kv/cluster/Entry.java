/*
 * WHAT THIS FILE IS
 *
 * An entry of a shard's log as bytes: which node sent it, and the commands of that node's clients.
 *
 *     offset  size  field
 *     0       1     version of this format, 2
 *     1       8     session of the node: a random number that it chose when it started
 *     9       8     number of the request, larger than those before it in this session
 *     17      2     length of the node's name, then the name in UTF-8
 *     then the commands: see Batch
 *
 * Numbers are big-endian.
 */
package kv.cluster;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/** Commands of one node's clients for one shard. */
record Entry(Entry.Sender sender, Batch batch) {
  private static final byte FORMAT = 2;
  private static final int HEADER = 1 + 2 * Long.BYTES + Short.BYTES;

  /**
   * A request of a node. It is the same if it is sent again.
   *
   * @param node the name of the node
   * @param session a random number for each start of the node
   * @param number larger than those of earlier requests of the session
   */
  record Sender(String node, long session, long number) {}

  /** Returns the entry in this format. */
  ByteString toBytes() {
    byte[] node = sender.node().getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(HEADER + node.length);
    bytes.put(FORMAT).putLong(sender.session()).putLong(sender.number());
    bytes.putShort((short) node.length).put(node);
    return UnsafeByteOperations.unsafeWrap(bytes.array()).concat(batch.toBytes());
  }

  /**
   * Reads an entry.
   *
   * @throws IllegalArgumentException if another version of the program wrote it
   */
  static Entry of(ByteString message) {
    ByteBuffer bytes = message.asReadOnlyByteBuffer();
    byte format = bytes.get();
    if (format != FORMAT) {
      throw new IllegalArgumentException(
          "an entry of the log has format " + format + ", which this version does not know");
    }
    long session = bytes.getLong();
    long number = bytes.getLong();
    byte[] node = new byte[Short.toUnsignedInt(bytes.getShort())];
    bytes.get(node);
    Sender sender = new Sender(new String(node, StandardCharsets.UTF_8), session, number);
    return new Entry(sender, Batch.of(message.substring(bytes.position())));
  }
}
