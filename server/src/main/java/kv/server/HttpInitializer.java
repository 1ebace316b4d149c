package kv.server;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;

/** Sets up a connection to the HTTP port. */
final class HttpInitializer extends ChannelInitializer<SocketChannel> {
  private final Server server;

  HttpInitializer(Server server) {
    this.server = server;
  }

  @Override
  protected void initChannel(SocketChannel channel) {
    if (!server.admit(channel)) {
      channel.close();
      return;
    }
    channel.pipeline().addLast(new HttpServerCodec(), new HttpObjectAggregator(0), new NotFound());
  }

  private static final class NotFound extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      DefaultFullHttpResponse response =
          new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.NOT_FOUND);
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0);
      context.writeAndFlush(response);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event == Server.STOPPING) {
        context.close();
      }
    }
  }
}
