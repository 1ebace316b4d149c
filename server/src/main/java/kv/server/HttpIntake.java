/*
 * WHAT THIS FILE IS
 *
 * The way in: Netty's decoder of HTTP, with two additions that a server with many clients needs.
 *
 * ONE REQUEST AT A TIME
 *
 * A client may send its next requests before it has read a reply (pipelining). They wait as bytes,
 * at most one read's worth, until the reply to the first was handed to the operating system; and
 * meanwhile nothing more is read. So replies are in order, and a client that never reads fills its
 * own socket, and nothing here.
 *
 *     socket --> | POST /merge ... | GET /kv/a ... | GET /kv/b ... |
 *                  is being done     wait, not even decoded
 *
 * Netty's FlowControlHandler would hold the requests back decoded, and 64 KiB can be 3,500 of
 * those, each many times as large as its bytes.
 *
 * WHAT UNFINISHED REQUESTS COST
 *
 * What has come of a head that is not complete is charged to the connection's account, at what it
 * takes as objects; so is the line buffer, which Netty keeps as large as the longest line that it
 * has seen, if that was a long one. Else a connection that waits for its next request is charged
 * nothing: it must not look like one that keeps something for hours (see Budget). Bodies are
 * charged by HttpConnection, which collects them.
 */
package kv.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.util.ReferenceCountUtil;
import java.util.List;

/** Turns what a connection receives into requests, one at a time. Used on the event loop only. */
final class HttpIntake extends HttpRequestDecoder {
  /** The longest request line, in bytes: the longest key fits, three characters for each. */
  static final int MAX_LINE = 3 * Database.MAX_KEY + 1024;

  /** The most bytes of a request's headers, all together. */
  static final int MAX_HEADERS = 16 << 10;

  /** A header such as "a:" is 4 bytes on the wire, and in memory up to so many times as much. */
  private static final int COST = 32;

  /** Up to so many bytes, a line buffer is not charged. */
  private static final int SHORT_LINE = 4 << 10;

  private final Budget.Account account;
  private ChannelHandlerContext context;

  /** Whether what comes waits. */
  private boolean paused;

  /** Whether what comes is thrown away. */
  private boolean discarding;

  /** Whether the decoder is at work, and must not be called again. */
  private boolean decoding;

  /** How many bytes of a head were taken in without a request coming out yet. */
  private int partial;

  /** The most that this was ever. */
  private int longest;

  /** What is charged to the account. */
  private long charged;

  HttpIntake(Budget.Account account) {
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

  /** Keeps what comes from now on, a little of it, and reads no more than that. */
  void pause() {
    paused = true;
  }

  /** Goes on with what was kept, and then with what comes. */
  void resume() {
    paused = false;
    if (!decoding) {
      context.pipeline().fireChannelRead(Unpooled.EMPTY_BUFFER);
    }
  }

  /** Throws away all that comes from now on, so that the client's end of the connection is seen. */
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
      // The decoder would ask for more, since it has made nothing of what it has.
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
    // A buffer is as large for its last byte as for all.
    cost += input.isReadable() ? input.capacity() : 0;
    account.change(charged, cost);
    charged = cost;
  }
}
