/*
 * WHAT THIS FILE IS
 *
 * Sets up a connection to the HTTP port: the handlers that its bytes pass through.
 *
 * PICTURE
 *
 *     bytes --> Intake --> HttpConnection -- a request with its body --> Router
 *     bytes <-- HttpResponseEncoder <-' ^                                   |
 *                                       '------------- a reply -------------'
 *
 * Intake is Netty's decoder for HTTP, one request at a time; HttpConnection collects the body
 * and sends replies in order; Router, one for all connections, interprets requests.
 */
package kv.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpResponseEncoder;
import java.nio.charset.StandardCharsets;
import kv.server.core.Budget;
import kv.server.core.ServerContext;

/** Sets up a connection to the HTTP port. */
public final class HttpInitializer extends ChannelInitializer<SocketChannel> {
  /** The start of the reply to one client too many, sent without the handlers; its Date follows. */
  private static final String TOO_MANY =
      "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\n"
          + "content-length: 30\r\nconnection: close\r\ndate: ";

  private static final String TOO_MANY_BODY = "\r\n\r\nmax number of clients reached\n";

  private final ServerContext server;
  private final Router router;

  public HttpInitializer(ServerContext server) {
    this.server = server;
    this.router = new Router(server);
  }

  @Override
  protected void initChannel(SocketChannel channel) {
    if (!server.admit(channel)) {
      ByteBuf reply =
          Unpooled.copiedBuffer(
              TOO_MANY + router.date().now() + TOO_MANY_BODY, StandardCharsets.US_ASCII);
      channel.writeAndFlush(reply).addListener(ChannelFutureListener.CLOSE);
      return;
    }
    Budget.Account account = server.budget().open(channel);
    Intake intake = new Intake(account);
    channel
        .pipeline()
        .addLast(
            intake, new HttpResponseEncoder(), new HttpConnection(server, router, intake, account));
  }
}
