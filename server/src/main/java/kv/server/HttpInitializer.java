/*
 * WHAT THIS FILE IS
 *
 * How a connection to the HTTP port is set up: which handlers its bytes pass through.
 *
 * PICTURE
 *
 *     bytes --> HttpIntake --> HttpConnection -- a request with its body --> HttpApi
 *     bytes <-- HttpResponseEncoder <-'  ^                                      |
 *                                        '--------------- a reply --------------'
 *
 * HttpIntake is Netty's decoder for HTTP, one request at a time; HttpConnection collects the body
 * and sends replies in order; HttpApi, one for all connections, knows what requests mean.
 */
package kv.server;

import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpResponseEncoder;

/** Sets up a connection to the HTTP port. */
final class HttpInitializer extends ChannelInitializer<SocketChannel> {
  private final Server server;
  private final HttpApi api;

  HttpInitializer(Server server) {
    this.server = server;
    this.api = new HttpApi(server);
  }

  @Override
  protected void initChannel(SocketChannel channel) {
    if (!server.admit(channel)) {
      channel.close();
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
