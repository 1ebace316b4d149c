/*
 * WHAT THIS FILE IS
 *
 * One HTTP connection: it takes a request's head, collects its body, has it done, and sends the
 * reply. What the requests mean is not known here; that is HttpApi.
 *
 * PICTURE: the life of a request
 *
 *     head ----> HttpApi.action ---> collect the body ---> run ---> answer ---> the next
 *                      |                    |               |
 *                      |                    |               '- now, at the turn's end, or when the
 *                      |                    |                  worker is done; nothing is read
 *                      |                    |                  meanwhile (see HttpIntake)
 *                      '--- refused: -------'- too large
 *                           answer, then close, if there is a body that nobody wants
 *
 * A REFUSAL HAS TO ARRIVE
 *
 * A client that is told 413 may be in the middle of sending. If the connection were closed then,
 * its operating system would throw the reply away with all that it has not read yet. So first only
 * this direction is closed, and what still comes is thrown away, until the client closes the other,
 * or two seconds have passed.
 *
 * MEMORY
 *
 * A body is kept as it comes, never allocated because a header claims it; it is charged to the
 * connection's account with what it takes while it is collected and copied, and a reply from when
 * it is made until it was handed to the operating system.
 */
package kv.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection to the HTTP port. Used on the event loop only. */
final class HttpConnection extends SimpleChannelInboundHandler<HttpObject> implements Turn.Waiter {
  /** The largest value that can be put, in bytes: the same as on the other port. */
  static final int MAX_VALUE = Settings.DEFAULT_MAX_VALUE;

  /** How long what a refused client still sends is read, in seconds. */
  private static final int LINGER = 2;

  /** A body takes so many times its size: the array that grows, and the copy. */
  private static final int BODY_COST = 2;

  private static final byte[] NONE = {};

  private static final Logger LOGGER = LoggerFactory.getLogger(HttpConnection.class);

  private final Server server;
  private final HttpApi api;
  private final HttpIntake intake;
  private final Budget.Account account;
  private ChannelHandlerContext context;

  /** What to do when the request is complete; null if it was refused, or there is none. */
  private HttpAction action;

  /** The body so far; null if it is not wanted. */
  private ByteArrayOutputStream body;

  /** Whether the request wants a head only, and another request may follow. */
  private boolean headOnly;

  private boolean keepAlive;

  /** Whether a request is being done, or its reply is being sent. */
  private boolean busy;

  /** The reply that is sent when this turn ends, or null. */
  private HttpReply held;

  /** Whether this connection gets events, for good. */
  private boolean listening;

  /** Whether the server is being closed. */
  private boolean stopping;

  HttpConnection(Server server, HttpApi api, HttpIntake intake, Budget.Account account) {
    this.server = server;
    this.api = api;
    this.intake = intake;
    this.account = account;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
    // At once, and not when this turn ends: its memory may be wanted for somebody else.
    context.channel().closeFuture().addListener(closed -> held = null);
  }

  // ======== Receiving ========

  @Override
  protected void channelRead0(ChannelHandlerContext from, HttpObject part) throws IOException {
    if (part instanceof HttpRequest head) {
      begin(head);
    }
    if (action != null && part instanceof HttpContent content) {
      add(content);
      if (action != null && part instanceof LastHttpContent) {
        finish();
      }
    }
  }

  private void begin(HttpRequest head) {
    headOnly = head.method().equals(HttpMethod.HEAD);
    keepAlive = HttpUtil.isKeepAlive(head);
    if (head.decoderResult().isFailure()) {
      refuse(malformed(head.decoderResult().cause()));
      return;
    }
    try {
      action = api.action(head);
      if (head.method().equals(HttpMethod.PUT)) {
        requireRoom(HttpUtil.getContentLength(head, 0L));
        body = new ByteArrayOutputStream();
      }
      if (HttpUtil.is100ContinueExpected(head)) {
        context.writeAndFlush(
            new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
      }
    } catch (HttpReply.Refused e) {
      if (HttpUtil.getContentLength(head, 0L) > 0 || HttpUtil.isTransferEncodingChunked(head)) {
        refuse(e.reply());
      } else {
        action = (none, to) -> to.answer(e.reply());
      }
    }
  }

  private static HttpReply malformed(Throwable cause) {
    if (cause instanceof TooLongHttpLineException) {
      return HttpReply.text(HttpResponseStatus.REQUEST_URI_TOO_LONG, "the address is too long");
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return HttpReply.text(
          HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
          "the headers have more than " + HttpIntake.MAX_HEADERS + " bytes");
    }
    return HttpReply.text(HttpResponseStatus.BAD_REQUEST, "this is not HTTP");
  }

  private static void requireRoom(long bytes) throws HttpReply.Refused {
    if (bytes > MAX_VALUE) {
      throw new HttpReply.Refused(
          HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
          "the value has more than " + MAX_VALUE + " bytes");
    }
  }

  private void add(HttpContent content) throws IOException {
    if (content.decoderResult().isFailure()) {
      refuse(malformed(content.decoderResult().cause()));
      return;
    }
    if (body == null) {
      return;
    }
    ByteBuf bytes = content.content();
    try {
      // Not all bodies have said how long they are.
      requireRoom((long) body.size() + bytes.readableBytes());
    } catch (HttpReply.Refused e) {
      refuse(e.reply());
      return;
    }
    if (account.take((long) BODY_COST * bytes.readableBytes())) {
      bytes.readBytes(body, bytes.readableBytes());
    } else {
      forget();
    }
  }

  /** Drops the request that was being received. */
  private void forget() {
    action = null;
    if (body != null) {
      account.give((long) BODY_COST * body.size());
      body = null;
    }
  }

  private void finish() {
    byte[] bytes = body == null ? NONE : body.toByteArray();
    HttpAction complete = action;
    forget();
    busy = true;
    intake.pause();
    try {
      complete.run(bytes, this);
    } catch (IOException | RuntimeException | Error e) {
      answerWhenDurable(HttpApi.failed(e));
    }
  }

  // ======== Answering ========

  /** Sends the reply to the request that is being done, and goes on with the next. */
  void answer(HttpReply reply) {
    if (account.take(reply.body().length)) {
      send(reply);
    }
  }

  /** The same when this turn ends, and only if all that it may tell of is durable as it should. */
  void answerWhenDurable(HttpReply reply) {
    // Now: there may be many that wait for the same fsync.
    if (account.take(reply.body().length)) {
      held = reply;
      server.turn().atEnd(this);
    }
  }

  @Override
  public void turnEnds(Throwable failure) {
    HttpReply reply = held;
    held = null;
    if (reply == null) {
      // Closed meanwhile.
      return;
    }
    if (failure == null) {
      send(reply);
    } else {
      account.give(reply.body().length);
      answer(HttpApi.failed(failure));
    }
  }

  @Override
  public void giveUp(Throwable cause) {
    exceptionCaught(context, cause);
  }

  /** Sends a reply that is charged. */
  private void send(HttpReply reply) {
    long size = reply.body().length;
    ChannelFuture written = context.writeAndFlush(response(reply));
    if (written.isDone()) {
      sent(written, size);
    } else {
      written.addListener(done -> sent(written, size));
    }
  }

  private FullHttpResponse response(HttpReply reply) {
    if (reply.status().code() >= 400 && !reply.status().equals(HttpResponseStatus.NOT_FOUND)) {
      server.counters().errors++;
    }
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            reply.status(),
            headOnly ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(reply.body()));
    reply.addTo(response.headers());
    if (!reply.status().equals(HttpResponseStatus.NO_CONTENT)) {
      HttpUtil.setContentLength(response, reply.body().length);
    }
    HttpUtil.setKeepAlive(response, keepAlive);
    return response;
  }

  private void sent(ChannelFuture written, long size) {
    account.give(size);
    if (!written.isSuccess() || !keepAlive) {
      context.close();
      return;
    }
    busy = false;
    intake.resume();
    if (stopping && !busy) {
      context.close();
    }
  }

  /** Answers a request that is not complete, and ends the connection. */
  private void refuse(HttpReply reply) {
    forget();
    busy = true;
    keepAlive = false;
    intake.discard();
    context
        .writeAndFlush(response(reply))
        .addListener(written -> ((SocketChannel) context.channel()).shutdownOutput());
    var end = context.executor().schedule(() -> context.close(), LINGER, TimeUnit.SECONDS);
    context.channel().closeFuture().addListener(closed -> end.cancel(false));
  }

  /** Sends events from now on, instead of a reply with an end. */
  void listen(HttpEvents events) {
    listening = true;
    intake.discard();
    HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    HttpReply.ok("text/event-stream", NONE).addTo(head.headers());
    HttpUtil.setKeepAlive(head, false);
    context.write(head);
    // How long a browser waits before it connects anew.
    byte[] retry = "retry: 1000\n\n".getBytes(StandardCharsets.US_ASCII);
    context.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(retry)));
    events.add(context.channel());
  }

  // ======== Closing ========

  @Override
  public void userEventTriggered(ChannelHandlerContext from, Object event) {
    if (event == Server.STOPPING) {
      stopping = true;
      if (!busy || listening) {
        context.close();
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
    context.close();
    if (!(cause instanceof IOException)) {
      // An IOException is the client's: it is gone. All others are mistakes, or no memory is left.
      LOGGER.warn("closing a connection", cause);
    }
  }
}
