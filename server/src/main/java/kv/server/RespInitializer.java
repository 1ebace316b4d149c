/*
 * WHAT THIS FILE IS
 *
 * How a connection to the RESP port is set up: which handlers its bytes pass through.
 *
 * PICTURE
 *
 *                         .--> RedisDecoder -----------> RequestAssembler --.
 *     bytes --> PendingBytes                                                +--> RespConnection
 *                         '--> LineBasedFrameDecoder --> InlineSplitter ----'         |
 *     bytes <-------------------------------------------------------------------------'
 *
 * RESP, Redis's protocol, is made for programs: every string comes with its length. Besides there
 * are inline commands, for a person with nc or telnet: a line is a command. Which of the two a
 * connection speaks is decided by its first byte, since a request in RESP begins with '*'.
 *
 *     *3 CR LF $3 CR LF SET CR LF $2 CR LF os CR LF $5 CR LF linux CR LF
 *     SET os linux LF
 *
 * WHY LIKE THIS
 *
 * Netty's decoder for RESP can do inline commands too, but it wants a CR before the LF, which nc
 * does not send, and makes text of the line, which changes bytes that are no UTF-8.
 *
 * NOT HERE, AND WHY
 *
 * Both on one connection, which Redis allows. No client does that.
 *
 * RESP3. Its new types are for things that this store does not have, and every client also speaks
 * RESP2.
 */
package kv.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.redis.RedisDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Sets up a connection to the RESP port. */
final class RespInitializer extends ChannelInitializer<SocketChannel> {
  /** The longest line of inline commands, in bytes. */
  static final int MAX_LINE = 64 << 10;

  private final Server server;
  private final Commands commands;

  RespInitializer(Server server) {
    this.server = server;
    this.commands = new Commands(server);
  }

  @Override
  protected void initChannel(SocketChannel channel) {
    if (!server.admit(channel)) {
      ByteBuf reply =
          Unpooled.copiedBuffer(
              "-ERR max number of clients reached\r\n", StandardCharsets.US_ASCII);
      channel.writeAndFlush(reply).addListener(ChannelFutureListener.CLOSE);
      return;
    }
    // A client may send its last command and close its side: it still gets the replies.
    channel.config().setAllowHalfClosure(true);
    Budget.Account account = server.budget().open(channel);
    channel
        .pipeline()
        .addLast(new FirstByte(account), new RespConnection(server, commands, account));
  }

  /** Looks at the first byte, and puts the handlers for what begins with it in its own place. */
  private static final class FirstByte extends ByteToMessageDecoder {
    private final Budget.Account account;

    FirstByte(Budget.Account account) {
      this.account = account;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
      boolean resp = in.getByte(in.readerIndex()) == '*';
      ByteToMessageDecoder decoder =
          resp ? new RedisDecoder(true) : new LineBasedFrameDecoder(MAX_LINE, true, true);
      ChannelPipeline pipeline = context.pipeline();
      String self = context.name();
      pipeline.addBefore(self, null, new PendingBytes(decoder, account));
      pipeline.addBefore(self, null, decoder);
      pipeline.addBefore(
          self, null, resp ? new RequestAssembler(account) : new InlineSplitter(account));
      ByteBuf all = in.readRetainedSlice(in.readableBytes());
      pipeline.remove(this);
      // From the pipeline's head, so that the new handlers get what was read so far.
      pipeline.fireChannelRead(all);
    }
  }
}
