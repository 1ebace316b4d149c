/*
 * WHAT THIS FILE IS
 *
 * Sets up a connection to the RESP port: the handlers that its bytes pass through.
 *
 * PICTURE
 *
 *     bytes --> RequestDecoder --> RespConnection --> Commands
 *     bytes <---------------------- Replies <------------'
 *
 * RequestDecoder decodes requests, in RESP or inline; RespConnection runs them in order; Commands,
 * one for all connections, finds and runs the command; Replies encodes the replies, in RESP2 or
 * RESP3.
 */
package kv.server.resp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import java.nio.charset.StandardCharsets;
import kv.server.core.Budget;
import kv.server.core.ServerContext;

/** Sets up a connection to the RESP port. */
public final class RespInitializer extends ChannelInitializer<SocketChannel> {
  /** The most bytes that are decoded at a time. */
  private static final int CHUNK = 64 << 10;

  private final ServerContext server;
  private final Commands commands;

  /** Shared: all connections are on one event loop, and decode one after the other. */
  private final byte[] chunk = new byte[CHUNK];

  public RespInitializer(ServerContext server) {
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
    // A client may close its side after its last command, and still gets the replies.
    channel.config().setAllowHalfClosure(true);
    Budget.Account account = server.budget().open(channel);
    Session session =
        new Session(
            channel,
            account,
            server.counters().connections(),
            server.watchedKeys(),
            server.settings().password() == null);
    channel
        .pipeline()
        .addLast(
            new RequestDecoder(
                account, chunk, server.database().maxValue(), session::isAuthenticated),
            new RespConnection(server, commands, account, session));
  }
}
