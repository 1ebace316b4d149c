/*
 * WHAT THIS FILE IS
 *
 * One client of the RESP port: its requests are run one after the other, and answered in that
 * order.
 *
 * PICTURE
 *
 *     Request --> waiting --> a command --> replies --> (the end of the turn: sync) --> client
 *                    ^
 *                    '--- for a job of the worker, for the client to read its replies, or for
 *                         the end of the turn
 *
 * Replies are held back until the turn of the event loop ends (see Turn). So no client learns of a
 * write that is not as durable as it has to be, and what a pipeline of requests gets goes to the
 * network at once.
 *
 * A CLIENT THAT DOES NOT READ
 *
 * It asks, and does not take the answers. When some 64 KiB of replies are waiting for it, no more
 * of its requests are run, and nothing more is read from it. TCP does the rest: what the client
 * sends stays with the client. What has been read, and what waits to be sent, is in the budget.
 */
package kv.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the requests of one client. Used on the event loop only. */
final class RespConnection extends ChannelInboundHandlerAdapter implements Turn.Waiter {
  /** The error when the worker has too much to do. */
  static final String BUSY =
      "ERR busy: too many commands that take long are waiting, try again later";

  /** Replies are collected up to so many bytes before they are sent. */
  private static final int MAX_REPLIES = 64 << 10;

  /** What is allocated for a turn's replies at first, in bytes. */
  private static final int MIN_BUFFER = 256;

  /**
   * The largest buffer that is copied into a larger one when it is full, in bytes. To copy hundreds
   * of megabytes again and again would stop everybody for seconds.
   */
  private static final int MAX_COPIED = 1 << 20;

  private static final int CR_LF = '\r' << 8 | '\n';

  private static final Logger LOGGER = LoggerFactory.getLogger(RespConnection.class);

  private final Server server;
  private final Commands commands;
  private final Budget.Account account;
  private ChannelHandlerContext context;

  /** What has been read, and not run. */
  private final Queue<Request> waiting = new ArrayDeque<>();

  /** The replies to what was run in this turn, or null. */
  private ByteBuf replies;

  /** To how many requests these are. */
  private int answered;

  /** How many bytes the account was charged for them. */
  private long repliesCost;

  /** Whether a job of this connection's is with the worker. */
  private boolean busy;

  /** Whether the client sends no more, or is not listened to any more. */
  private boolean ended;

  /** Whether no request may be run any more. */
  private boolean quit;

  private final long id;
  private byte[] name;

  RespConnection(Server server, Commands commands, Budget.Account account) {
    this.server = server;
    this.commands = commands;
    this.account = account;
    this.id = server.counters().connections;
  }

  // ======== Reading ========

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
    // At once, and not when this turn ends: its memory may be wanted for somebody else.
    context.channel().closeFuture().addListener(closed -> drop());
  }

  @Override
  public void channelRead(ChannelHandlerContext ignored, Object message) {
    waiting.add((Request) message);
    runWaiting();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ignored) {
    runWaiting();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ignored, Object event) {
    if (event instanceof ChannelInputShutdownEvent || event == Server.STOPPING) {
      ended = true;
      runWaiting();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ignored, Throwable cause) {
    context.close();
    if (!(cause instanceof IOException)) {
      LOGGER.error("a connection is closed, since its handler failed", cause);
    }
  }

  // ======== Running requests ========

  /** Runs what was read, as far as it goes. */
  private void runWaiting() {
    if (!context.channel().isActive()) {
      return;
    }
    while (mayRun()) {
      run(waiting.remove());
    }
    boolean reads = waiting.isEmpty() && !busy && !ended && !quit;
    if (context.channel().config().isAutoRead() != reads) {
      context.channel().config().setAutoRead(reads);
    }
    if (!busy && replies == null && (quit || ended && waiting.isEmpty())) {
      // When all that was written before has been sent.
      context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  private boolean mayRun() {
    return !waiting.isEmpty()
        && !busy
        && !quit
        && repliesCost < MAX_REPLIES
        && context.channel().isWritable();
  }

  private void run(Request request) {
    if (request.error() != null) {
      replyError(request.error());
      quit();
    } else {
      int before = replies == null ? 0 : replies.writerIndex();
      try {
        commands.run(this, request.arguments());
      } catch (IOException | RuntimeException e) {
        takeBack(before);
        replyFailure(e);
      } catch (Error e) {
        // Anywhere, so perhaps in the midst of a change to this connection: it is the last request.
        LOGGER.error("a request has failed, and its connection is closed", e);
        takeBack(before);
        replyFailure(e);
        quit();
      }
      account.give(request.cost());
    }
    if (!busy) {
      answered++;
    }
  }

  /** Takes back replies, of an array that could not be completed for example. */
  private void takeBack(int length) {
    if (replies != null) {
      replies.writerIndex(length);
    }
  }

  /**
   * Has a job done by the worker, while this connection's next requests wait.
   *
   * @param then what is done with the job's result, on the event loop: it replies
   */
  <T> void later(Callable<T> job, Result<T> then) {
    busy =
        server
            .worker()
            .run(
                job,
                (result, failure) -> {
                  busy = false;
                  try {
                    if (failure == null) {
                      then.use(result);
                    } else {
                      replyFailure(failure);
                    }
                  } catch (RuntimeException | Error e) {
                    // No memory, for example. After half a reply, nothing more may be sent.
                    giveUp(e);
                  }
                  answered++;
                  runWaiting();
                });
    if (!busy) {
      replyError(BUSY);
    }
  }

  /** What a job has come to. */
  interface Result<T> {
    /** Replies. */
    void use(T result);
  }

  /** Closes the connection when the replies so far have been sent. */
  void quit() {
    quit = true;
  }

  /** Closes the connection at once. */
  void abort() {
    quit = true;
    context.close();
  }

  /** A number that no other connection had or has. */
  long id() {
    return id;
  }

  /** What the client calls itself, or null. */
  byte[] name() {
    return name;
  }

  void setName(byte[] name) {
    this.name = name;
  }

  // ======== Replying ========

  void replyOk() {
    replyStatus("OK");
  }

  void replyStatus(String status) {
    replyLine('+', status);
  }

  void replyInteger(long value) {
    replyLine(':', Long.toString(value));
  }

  /** Replies with an error: a word in capitals, and a text, each of its characters one byte. */
  void replyError(String text) {
    server.counters().errors++;
    replyLine('-', text.replace('\r', ' ').replace('\n', ' '));
  }

  /** Replies that the store could not do it. */
  private void replyFailure(Throwable failure) {
    byte[] message = String.valueOf(failure.getMessage()).getBytes(StandardCharsets.UTF_8);
    replyError("ERR " + new String(message, StandardCharsets.ISO_8859_1));
  }

  /** Begins an array of so many replies, which follow. */
  void replyArray(int size) {
    replyLine('*', Integer.toString(size));
  }

  /**
   * Replies with a string; null: with none.
   *
   * @return false if there is no memory for it, and this connection is closed
   */
  boolean replyBulk(byte[] value) {
    if (value == null) {
      return replyLine('$', "-1");
    }
    if (!replyLine('$', Integer.toString(value.length)) || !takeReply(value.length + 2)) {
      return false;
    }
    replies.writeBytes(value);
    ByteBufUtil.writeShortBE(replies, CR_LF);
    return true;
  }

  private boolean replyLine(char type, String text) {
    if (!takeReply(text.length() + 3)) {
      return false;
    }
    replies.writeByte(type);
    replies.writeCharSequence(text, StandardCharsets.ISO_8859_1);
    ByteBufUtil.writeShortBE(replies, CR_LF);
    return true;
  }

  /** Makes room for so many bytes of a reply. */
  private boolean takeReply(int bytes) {
    if (!account.take(bytes)) {
      return false;
    }
    repliesCost += bytes;
    if (replies == null) {
      // First: replies of which the turn does not know would wait for ever.
      server.turn().atEnd(this);
      replies = context.alloc().ioBuffer(Math.max(bytes, MIN_BUFFER));
    }
    if (replies.capacity() > MAX_COPIED && !(replies instanceof CompositeByteBuf)) {
      // This one grows by more buffers.
      replies =
          context.alloc().compositeDirectBuffer(Integer.MAX_VALUE).addComponent(true, replies);
    }
    replies.ensureWritable(bytes);
    return true;
  }

  @Override
  public void turnEnds(Throwable failure) {
    if (failure != null && replies != null) {
      // What was not made durable is not acknowledged.
      replies.clear();
      int requests = answered;
      for (int i = 0; i < requests; i++) {
        replyFailure(failure);
      }
    }
    if (replies == null) {
      // Closed, before or by that.
      return;
    }
    // Before they are sent, since that may make room for more, which belong to the next turn.
    ByteBuf ready = replies;
    long cost = repliesCost;
    replies = null;
    answered = 0;
    repliesCost = 0;
    context.writeAndFlush(ready).addListener(sent -> account.give(cost));
    runWaiting();
  }

  @Override
  public void giveUp(Throwable cause) {
    exceptionCaught(context, cause);
  }

  /** Gives up what cannot be run or sent any more. */
  private void drop() {
    waiting.clear();
    if (replies != null) {
      replies.release();
      replies = null;
    }
  }
}
