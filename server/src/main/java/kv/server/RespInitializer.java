package kv.server;

import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;

/** Sets up a connection to the RESP port. */
final class RespInitializer extends ChannelInitializer<SocketChannel> {
  private final Server server;

  RespInitializer(Server server) {
    this.server = server;
  }

  @Override
  protected void initChannel(SocketChannel channel) {
    if (!server.admit(channel)) {
      channel.close();
    }
  }
}
