/*
 * WHAT THIS FILE IS
 *
 * One client of the RESP port: its requests are run one after the other, and answered in that
 * order.
 *
 * PICTURE
 *
 *     Request --> waiting --> a command --> Replies --> (the end of the turn: sync) --> client
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
 * sends stays with the client. What was read, and what waits to be sent, is in the budget.
 */
package kv.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
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

  /** The bytes of replies after which no more requests are run in a turn. */
  private static final int MAX_REPLIES = 64 << 10;

  private static final Logger LOGGER = LoggerFactory.getLogger(RespConnection.class);

  private final Server server;
  private final Commands commands;
  private final Budget.Account account;
  private final Session session;
  private ChannelHandlerContext context;
  private Replies replies;

  /** The requests that were read and not run. */
  private final Queue<Request> waiting = new ArrayDeque<>(2);

  /** The number of requests that were answered in this turn. */
  private int answered;

  /** Whether the worker has a job of this connection. */
  private boolean busy;

  /** Whether the client sends no more, or the server is being closed. */
  private boolean ended;

  /** Whether no further request may be run. */
  private boolean quit;

  RespConnection(Server server, Commands commands, Budget.Account account, Session session) {
    this.server = server;
    this.commands = commands;
    this.account = account;
    this.session = session;
  }

  /** What is known of the client. */
  Session session() {
    return session;
  }

  /** Where commands write their replies. */
  Replies replies() {
    return replies;
  }

  /** Describes the client as a line of CLIENT LIST. */
  String describe() {
    return session.describe(replies.version());
  }

  // ======== Reading ========

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
    replies =
        new Replies(context.alloc(), account, server.counters(), () -> server.turn().atEnd(this));
    // At once, and not when this turn ends: its memory may be needed for another client.
    context.channel().closeFuture().addListener(closed -> drop());
  }

  @Override
  public void channelRead(ChannelHandlerContext ignored, Object message) {
    waiting.add((Request) message);
    runWaiting();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ignored) {
    session.requestArrived();
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
    if (isGone()) {
      return;
    }
    while (mayRun()) {
      run(waiting.remove());
    }
    boolean reads = waiting.isEmpty() && !busy && !ended && !quit;
    if (context.channel().config().isAutoRead() != reads) {
      context.channel().config().setAutoRead(reads);
    }
    if (!busy && replies.isEmpty() && (quit || ended && waiting.isEmpty())) {
      // When all that was written before has been sent.
      context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  private boolean mayRun() {
    return !waiting.isEmpty()
        && !busy
        && !quit
        && replies.cost() < MAX_REPLIES
        && context.channel().isWritable();
  }

  private void run(Request request) {
    if (request.error() != null) {
      replies.error(request.error());
      quit();
    } else {
      int mark = replies.mark();
      boolean kept = false;
      try {
        kept = commands.run(this, request);
      } catch (Error e) {
        // Anywhere, so perhaps in the midst of a change to this connection: it is the last request.
        LOGGER.error("a request has failed, and its connection is closed", e);
        replies.takeBack(mark);
        replies.error(Commands.failure(e));
        quit();
      }
      if (!kept) {
        account.give(request.cost());
      }
    }
    if (!busy) {
      answered++;
    }
  }

  /**
   * Has the worker do a job, while this connection's next requests wait.
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
                      replies.error(Commands.failure(failure));
                    }
                  } catch (RuntimeException | Error e) {
                    // No memory, for example. After half a reply, nothing more may be sent.
                    giveUp(e);
                  }
                  answered++;
                  runWaiting();
                });
    if (!busy) {
      replies.error(BUSY);
    }
  }

  /** The continuation of a job. */
  interface Result<T> {
    /** Replies. */
    void use(T result);
  }

  /** Returns whether the connection is closed: there is no reader for any reply. */
  boolean isGone() {
    return !context.channel().isActive();
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

  // ======== The end of a turn ========

  @Override
  public void turnEnds(Throwable failure) {
    if (failure != null && !replies.isEmpty()) {
      // What was not made durable is not acknowledged, and nor is the MULTI of a client that may
      // take its error for "no transaction".
      session.transaction().end();
      replies.takeBack(0);
      int requests = answered;
      for (int i = 0; i < requests; i++) {
        replies.error(Commands.writeFailure(failure));
      }
    }
    if (replies.isEmpty()) {
      // Closed, before or by that.
      return;
    }
    // Before they are sent, since that may make room for more, which belong to the next turn.
    long cost = replies.cost();
    ByteBuf ready = replies.take();
    answered = 0;
    context.writeAndFlush(ready).addListener(sent -> account.give(cost));
    runWaiting();
  }

  @Override
  public void giveUp(Throwable cause) {
    exceptionCaught(context, cause);
  }

  /** Gives up what cannot be run or sent. */
  private void drop() {
    waiting.clear();
    session.transaction().end();
    ByteBuf unsent = replies.take();
    if (unsent != null) {
      unsent.release();
    }
  }
}
