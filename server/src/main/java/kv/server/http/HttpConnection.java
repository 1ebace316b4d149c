/*
 * WHAT THIS FILE IS
 *
 * One HTTP connection: it receives a request's head, collects its body, runs the request, and sends
 * the reply. Router finds the action for a request.
 *
 * PICTURE: the life of a request
 *
 *     head ----> Router.action ----> collect the body ---> run ---> answer ---> the next
 *                      |                    |               |
 *                      |                    |               '- now, at the turn's end, or when the
 *                      |                    |                  worker is done; until then nothing
 *                      |                    |                  is read (see Intake)
 *                      '--- refused: -------'- too large
 *                           answer, then close if a body follows
 *
 * Whether the connection stays open is the client's choice: in HTTP/1.1 unless it says close, in
 * HTTP/1.0 only if it says keep-alive, and then the reply has to say so too (RFC 9112, 9.3), or the
 * client waits for the end of a connection that stays open.
 *
 * A REFUSAL HAS TO ARRIVE
 *
 * A client that gets a 413 may be in the middle of sending. If the connection were closed at once,
 * the client's operating system would discard the reply unread. So the server first closes only its
 * own direction, and discards arriving bytes until the client closes the other direction, or two
 * seconds have passed.
 *
 * MEMORY
 *
 * A body is stored as it arrives, never allocated because a header announces it. While it is
 * collected and copied, its cost is charged to the connection's account; so is a reply, until the
 * operating system has it.
 */
package kv.server.http;

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
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
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
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import kv.server.core.Budget;
import kv.server.core.ServerContext;
import kv.server.core.Turn;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection to the HTTP port. Used on the event loop only. */
final class HttpConnection extends SimpleChannelInboundHandler<HttpObject> implements Turn.Waiter {
  /** Time for which the rest of a refused request is read. */
  private static final int LINGER_SECONDS = 2;

  /** The cost of a body as a multiple of its size: the array that grows, and the copy. */
  private static final int BODY_COST = 2;

  private static final byte[] NONE = {};

  /** The statuses from 400 on that answer a question, and do not count as errors. */
  private static final Set<HttpResponseStatus> ANSWERS =
      Set.of(HttpResponseStatus.NOT_FOUND, HttpResponseStatus.PRECONDITION_FAILED);

  private static final Logger LOGGER = LoggerFactory.getLogger(HttpConnection.class);

  private final ServerContext server;
  private final Router router;
  private final Intake intake;
  private final Budget.Account account;
  private ChannelHandlerContext context;

  /** The action for the request when it is complete; null if it was refused, or there is none. */
  private Action action;

  /** The body so far; null if the action needs none. */
  private ByteArrayOutputStream body;

  /** Whether the request is a HEAD. */
  private boolean headOnly;

  /** Whether another request may follow. */
  private boolean keepAlive;

  /** Whether the request is HTTP/1.0. */
  private boolean old;

  /** Whether a request is running, or its reply is being sent. */
  private boolean busy;

  /** The reply that is sent when this turn ends, or null. */
  private Reply held;

  /** Whether this connection receives events until it is closed. */
  private boolean listening;

  /** Whether the server is closing. */
  private boolean stopping;

  HttpConnection(ServerContext server, Router router, Intake intake, Budget.Account account) {
    this.server = server;
    this.router = router;
    this.intake = intake;
    this.account = account;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
    // At once, and not when this turn ends: other connections may need the memory.
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
    old = ProtocolCheck.isOld(head);
    if (head.decoderResult().isFailure()) {
      refuse(malformed(head.decoderResult().cause()));
      return;
    }
    try {
      ProtocolCheck.check(head);
    } catch (Reply.Refused e) {
      refuse(e.reply());
      return;
    }
    try {
      action = router.action(head);
      if (head.method().equals(HttpMethod.PUT)) {
        requireRoom(HttpUtil.getContentLength(head, 0L), "");
        body = new ByteArrayOutputStream();
      }
      if (HttpUtil.is100ContinueExpected(head)) {
        context.writeAndFlush(
            new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
      }
    } catch (Reply.Refused e) {
      if (HttpUtil.getContentLength(head, 0L) > 0 || HttpUtil.isTransferEncodingChunked(head)) {
        refuse(e.reply());
      } else {
        action = (none, to) -> to.answer(e.reply());
      }
    }
  }

  private static Reply malformed(Throwable cause) {
    if (cause instanceof TooLongHttpLineException) {
      return Reply.text(
          HttpResponseStatus.REQUEST_URI_TOO_LONG,
          "the address is too long; the limit is " + Intake.MAX_LINE + " bytes");
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return Reply.text(
          HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
          "the headers are too long; the limit is " + Intake.MAX_HEADERS + " bytes");
    }
    return Reply.text(
        HttpResponseStatus.BAD_REQUEST,
        "the request is malformed: its first line, a header, or the length of its body");
  }

  /** Checks a value's length, which is exact, or {@code "at least "} the given number of bytes. */
  private void requireRoom(long bytes, String atLeast) throws Reply.Refused {
    int limit = server.settings().maxValue();
    if (bytes > limit) {
      throw new Reply.Refused(
          HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
          "the value is "
              + atLeast
              + bytes
              + " bytes long; the limit is "
              + limit
              + " (--max-value)");
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
      // A body in chunks does not announce its length.
      requireRoom((long) body.size() + bytes.readableBytes(), "at least ");
    } catch (Reply.Refused e) {
      refuse(e.reply());
      return;
    }
    if (account.charge((long) BODY_COST * bytes.readableBytes())) {
      bytes.readBytes(body, bytes.readableBytes());
    } else {
      forget();
    }
  }

  /** Drops the request that was being received. */
  private void forget() {
    action = null;
    if (body != null) {
      account.release((long) BODY_COST * body.size());
      body = null;
    }
  }

  private void finish() {
    byte[] bytes = body == null ? NONE : body.toByteArray();
    Action complete = action;
    forget();
    busy = true;
    intake.pause();
    try {
      complete.run(bytes, this);
    } catch (IOException | RuntimeException | Error e) {
      answerWhenDurable(Reply.failed(e));
    }
  }

  // ======== Answering ========

  /** Sends the reply to the present request, and continues with the next. */
  void answer(Reply reply) {
    if (account.charge(reply.body().length)) {
      send(reply);
    }
  }

  /** As {@link #answer}, when this turn ends, and after every write that the reply may show. */
  void answerWhenDurable(Reply reply) {
    // Charged now: many replies may wait for the same fsync.
    if (account.charge(reply.body().length)) {
      held = reply;
      server.turn().atEnd(this);
    }
  }

  /** Lets the worker run a job, and answers with its result. */
  void answerLater(Callable<Reply> job) {
    boolean accepted =
        server
            .worker()
            .run(
                job,
                (reply, failure) ->
                    answerWhenDurable(failure == null ? reply : Reply.failed(failure)));
    if (!accepted) {
      answer(
          Reply.text(
              HttpResponseStatus.SERVICE_UNAVAILABLE,
              "too many slow requests are waiting; try again later"));
    }
  }

  /** Answers with a reply that comes later, from any thread. */
  void answerLater(CompletionStage<Reply> reply) {
    reply.whenComplete(
        (result, failure) ->
            context
                .executor()
                .execute(
                    () ->
                        answerWhenDurable(
                            failure == null ? result : RemoteKeyResource.failed(failure))));
  }

  @Override
  public void turnEnds(Throwable failure) {
    Reply reply = held;
    held = null;
    if (reply == null) {
      // The connection was closed in this turn.
      return;
    }
    if (failure == null) {
      send(reply);
    } else {
      account.release(reply.body().length);
      answer(Reply.failed(failure));
    }
  }

  @Override
  public void giveUp(Throwable cause) {
    exceptionCaught(context, cause);
  }

  /** Sends a reply that was charged. */
  private void send(Reply reply) {
    long size = reply.body().length;
    ChannelFuture written = context.writeAndFlush(response(reply));
    if (written.isDone()) {
      sent(written, size);
    } else {
      written.addListener(done -> sent(written, size));
    }
  }

  private FullHttpResponse response(Reply reply) {
    if (reply.status().code() >= 400 && !ANSWERS.contains(reply.status())) {
      server.counters().countError();
    }
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            reply.status(),
            headOnly ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(reply.body()));
    reply.addTo(response.headers());
    response.headers().set(HttpHeaderNames.DATE, router.date().now());
    if (reply.type() != null || reply.status().equals(HttpResponseStatus.CREATED)) {
      HttpUtil.setContentLength(response, reply.body().length);
    }
    HttpUtil.setKeepAlive(response, keepAlive);
    if (keepAlive && old) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }
    return response;
  }

  private void sent(ChannelFuture written, long size) {
    account.release(size);
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

  /** Answers a request that is incomplete, and closes the connection. */
  private void refuse(Reply reply) {
    forget();
    busy = true;
    keepAlive = false;
    intake.discard();
    context
        .writeAndFlush(response(reply))
        .addListener(written -> ((SocketChannel) context.channel()).shutdownOutput());
    var end = context.executor().schedule(() -> context.close(), LINGER_SECONDS, TimeUnit.SECONDS);
    context.channel().closeFuture().addListener(closed -> end.cancel(false));
  }

  /** Sends events from now on, instead of a reply with an end. */
  void listen(EventStream events) {
    listening = true;
    intake.discard();
    HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    Reply.ok("text/event-stream", NONE).addTo(head.headers());
    head.headers().set(HttpHeaderNames.DATE, router.date().now());
    HttpUtil.setKeepAlive(head, false);
    context.write(head);
    // The time after which a browser connects again.
    byte[] retry = "retry: 1000\n\n".getBytes(StandardCharsets.US_ASCII);
    context.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(retry)));
    events.add(context.channel());
  }

  // ======== Closing ========

  @Override
  public void userEventTriggered(ChannelHandlerContext from, Object event) {
    if (event == ServerContext.STOPPING) {
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
      // After an IOException the client is gone. Anything else is a fault, or a lack of memory.
      LOGGER.warn("closing a connection whose handler failed", cause);
    }
  }
}
