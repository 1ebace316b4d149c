/*
 * WHAT THIS FILE IS
 *
 * How a connection to the HTTP port is set up: the handlers that its bytes pass through.
 *
 * PICTURE
 *
 *     bytes --> HttpIntake --> HttpConnection -- a request with its body --> HttpApi
 *     bytes <-- HttpResponseEncoder <-'  ^                                      |
 *                                        '--------------- a reply --------------'
 *
 * HttpIntake is Netty's decoder for HTTP, one request at a time; HttpConnection collects the body
 * and sends replies in order; HttpApi, one for all connections, interprets requests.
 */
package kv.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpResponseEncoder;
import java.nio.charset.StandardCharsets;

/** Sets up a connection to the HTTP port. */
final class HttpInitializer extends ChannelInitializer<SocketChannel> {
  /** The reply to a client too many, made without the handlers; its Date follows. */
  private static final String TOO_MANY =
      "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\n"
          + "content-length: 30\r\nconnection: close\r\ndate: ";

  private static final String TOO_MANY_BODY = "\r\n\r\nmax number of clients reached\n";

  private final Server server;
  private final HttpApi api;

  HttpInitializer(Server server) {
    this.server = server;
    this.api = new HttpApi(server);
  }

  @Override
  protected void initChannel(SocketChannel channel) {
    if (!server.admit(channel)) {
      ByteBuf reply =
          Unpooled.copiedBuffer(
              TOO_MANY + api.date().now() + TOO_MANY_BODY, StandardCharsets.US_ASCII);
      channel.writeAndFlush(reply).addListener(ChannelFutureListener.CLOSE);
      return;
    }
    Budget.Account account = server.budget().open(channel);
    HttpIntake intake = new HttpIntake(account);
    channel
        .pipeline()
        .addLast(
            intake, new HttpResponseEncoder(), new HttpConnection(server, api, intake, account));
  }
}
