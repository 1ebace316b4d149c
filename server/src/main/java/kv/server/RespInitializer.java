/*
 * WHAT THIS FILE IS
 *
 * How a connection to the RESP port is set up: which handlers its bytes pass through.
 *
 * PICTURE
 *
 *     bytes --> RequestDecoder --> RespConnection --> Commands
 *     bytes <---------------------- Replies <------------'
 *
 * RequestDecoder makes requests of bytes, in RESP or inline; RespConnection runs them in order;
 * Commands, one for all connections, knows what they mean; Replies makes bytes of the answers, in
 * RESP2 or RESP3.
 */
package kv.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import java.nio.charset.StandardCharsets;

/** Sets up a connection to the RESP port. */
final class RespInitializer extends ChannelInitializer<SocketChannel> {
  /** The bytes that are decoded at a time. */
  private static final int CHUNK = 64 << 10;

  private final Server server;
  private final Commands commands;

  /** All connections are on one event loop, and decode one after the other. */
  private final byte[] chunk = new byte[CHUNK];

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
    Session session =
        new Session(
            channel,
            account,
            server.counters().connections,
            server.watches(),
            server.settings().password() == null);
    channel
        .pipeline()
        .addLast(
            new RequestDecoder(
                account, chunk, server.database().maxValue(), session::isAuthenticated),
            new RespConnection(server, commands, account, session));
  }
}
