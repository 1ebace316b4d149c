/*
 * WHAT THIS FILE IS
 *
 * Netty's decoder of HTTP requests, with two additions for a server with many clients.
 *
 * ONE REQUEST AT A TIME
 *
 * A client may send its next requests before it has read a reply (pipelining). These requests wait
 * as bytes, at most the bytes of one read, until the operating system has the reply to the first.
 * The server reads nothing more until then. So replies are in order, and a client that never reads
 * fills only its own socket.
 *
 *     socket --> | POST /merge ... | GET /kv/a ... | GET /kv/b ... |
 *                  is running        wait, not even decoded
 *
 * Netty's FlowControlHandler would keep the requests decoded: 64 KiB can contain 3,500 requests,
 * and each takes many times its bytes as objects.
 *
 * THE COST OF UNFINISHED REQUESTS
 *
 * The arrived part of an incomplete head is charged to the connection's account, at its
 * cost as objects. So is the line buffer, which Netty keeps as large as the longest line so far, if
 * that line was long. Otherwise a connection that waits for its next request is charged nothing: it
 * must not look like one that has held memory for hours (see Budget). HttpConnection, which
 * collects bodies, charges them.
 */
package kv.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import kv.server.core.Budget;
import kv.server.core.Database;

/** Decodes the requests of a connection, one at a time. Used on the event loop only. */
final class Intake extends HttpRequestDecoder {
  /** The longest request line, in bytes: the longest key fits, three characters for each. */
  static final int MAX_LINE = 3 * Database.MAX_KEY + 1024;

  /** The most bytes of a request's headers, all together. */
  static final int MAX_HEADERS = 16 << 10;

  /** The most bytes in memory for a byte of a head; "a:" and its line end are 4 bytes. */
  private static final int COST = 32;

  /** A line buffer with at most this many bytes is not charged. */
  private static final int SHORT_LINE = 4 << 10;

  private final Budget.Account account;
  private ChannelHandlerContext context;

  /** Whether arriving bytes wait. */
  private boolean paused;

  /** Whether arriving bytes are discarded. */
  private boolean discarding;

  /** Whether the decoder is running, and must not be called again. */
  private boolean decoding;

  /** Bytes of an incomplete head that were decoded. */
  private int partial;

  /** The largest value of partial so far. */
  private int longest;

  /** The bytes charged to the account. */
  private long charged;

  Intake(Budget.Account account) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(MAX_LINE)
            .setMaxHeaderSize(MAX_HEADERS)
            .setChunkedSupported(true));
    this.account = account;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  /** Makes arriving bytes wait, and stops reading. */
  void pause() {
    paused = true;
  }

  /** Continues with the bytes that wait, and then with arriving ones. */
  void resume() {
    paused = false;
    if (!decoding) {
      context.pipeline().fireChannelRead(Unpooled.EMPTY_BUFFER);
    }
  }

  /** Discards arriving bytes, and reads on, so that the end of the connection is noticed. */
  void discard() {
    discarding = true;
    context.channel().config().setAutoRead(true);
  }

  @Override
  public void channelRead(ChannelHandlerContext from, Object message) throws Exception {
    if (discarding) {
      ReferenceCountUtil.release(message);
      return;
    }
    decoding = true;
    try {
      super.channelRead(from, message);
    } finally {
      decoding = false;
    }
    from.channel().config().setAutoRead(!paused || discarding);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext from) throws Exception {
    if (paused) {
      // The decoder would read more, since it has decoded nothing.
      from.fireChannelReadComplete();
    } else {
      super.channelReadComplete(from);
    }
  }

  @Override
  protected void decode(ChannelHandlerContext from, ByteBuf input, List<Object> output)
      throws Exception {
    if (paused || discarding) {
      return;
    }
    int bytes = input.readableBytes();
    int objects = output.size();
    super.decode(from, input, output);
    partial = output.size() > objects ? 0 : partial + bytes - input.readableBytes();
    longest = Math.max(longest, partial);
    long cost = (long) COST * partial + (longest > SHORT_LINE ? longest : 0);
    // A buffer has its full size until its last byte was read.
    cost += input.isReadable() ? input.capacity() : 0;
    account.adjust(charged, cost);
    charged = cost;
  }
}
