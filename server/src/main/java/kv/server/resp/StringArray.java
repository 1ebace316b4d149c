/*
 * WHAT THIS FILE IS
 *
 * The keys of a reply to KEYS or SCAN, as the bytes that are sent. For KEYS, the worker builds them
 * during its walk, because all clients wait for the event loop: it needs 20 milliseconds to copy a
 * million keys in pieces, and 100 to format and charge each of them. The pieces also take less
 * memory than an array for each key.
 *
 *     piece    $2 CR LF os CR LF $6 CR LF editor CR LF ...        64 KiB
 */
package kv.server.resp;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** An array of strings for a reply. Can be filled on any thread, by one at a time. */
final class StringArray {
  /** Size of a piece in bytes, unless it holds a single longer string. */
  static final int PIECE = 64 << 10;

  private final List<ByteBuffer> pieces = new ArrayList<>();
  private final byte[] header = new byte[Replies.MAX_HEADER];

  /** The last of the pieces, with room for more. */
  private ByteBuffer last = ByteBuffer.allocate(0);

  private int size;

  /** Appends a string. */
  void add(byte[] string) {
    int most = Replies.MAX_HEADER + string.length + Replies.CR_LF_LENGTH;
    if (last.remaining() < most) {
      last = ByteBuffer.allocate(Math.max(PIECE, most));
      pieces.add(last);
    }
    int start = Replies.format(header, '$', string.length);
    last.put(header, start, header.length - start).put(string).putShort(Replies.CR_LF);
    size++;
  }

  /** Returns the number of strings. */
  int size() {
    return size;
  }

  /**
   * Returns the bytes of the strings, without the header of the array. Call it once, at the end.
   */
  List<ByteBuffer> pieces() {
    pieces.forEach(ByteBuffer::flip);
    return pieces;
  }
}
