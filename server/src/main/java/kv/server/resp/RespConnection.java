/*
 * WHAT THIS FILE IS
 *
 * One client of the RESP port: its requests run one after the other, and are answered in that
 * order.
 *
 * PICTURE
 *
 *     Request --> waiting --> a command --> Replies --> (the end of the turn: sync) --> client
 *                    ^
 *                    '--- for a job of the worker, for the client to read its replies, or for
 *                         the end of the turn
 *
 * Replies are held back until the turn of the event loop ends (see Turn). So no client sees a write
 * that is not as durable as the policy demands, and all replies to a pipeline of requests are sent
 * at once.
 *
 * A CLIENT THAT DOES NOT READ
 *
 * Such a client sends requests, but does not read the replies. When about 64 KiB of replies wait
 * for it, the server runs no more of its requests, and reads nothing more from it. TCP does the
 * rest: the client's further requests stay on the client's side. Unanswered requests and unsent
 * replies are charged to the budget.
 */
package kv.server.resp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import kv.server.core.Budget;
import kv.server.core.Remote;
import kv.server.core.ServerContext;
import kv.server.core.Turn;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the requests of one client. Used on the event loop only. */
final class RespConnection extends ChannelInboundHandlerAdapter implements Turn.Waiter {
  /** The error when the worker's queue is full. */
  static final String BUSY = "ERR busy: too many slow commands are waiting; try again later";

  /** The bytes of replies after which no further request runs in a turn. */
  private static final int MAX_REPLIES = 64 << 10;

  /** The most requests that run elsewhere at a time, and the bytes after which no other is added. */
  private static final int MAX_ELSEWHERE = 1000;

  private static final long MAX_ELSEWHERE_COST = 1 << 20;

  private static final Logger LOGGER = LoggerFactory.getLogger(RespConnection.class);

  private final ServerContext server;
  private final Commands commands;
  private final Budget.Account account;
  private final Session session;
  private ChannelHandlerContext context;
  private Replies replies;

  /** The requests that were read but did not run. */
  private final Queue<Request> waiting = new ArrayDeque<>(2);

  /** The number of requests that were answered in this turn. */
  private int answered;

  /** Whether the worker has a job of this connection. */
  private boolean busy;

  /** Whether the client sends no more, or the server is closing. */
  private boolean ended;

  /** Whether no further request may run. */
  private boolean quit;

  RespConnection(ServerContext server, Commands commands, Budget.Account account, Session session) {
    this.server = server;
    this.commands = commands;
    this.account = account;
    this.session = session;
  }

  Session session() {
    return session;
  }

  /** Returns the replies, which commands write. */
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
    // At once, and not when this turn ends: other clients may need the memory.
    context.channel().closeFuture().addListener(closed -> drop());
  }

  @Override
  public void channelRead(ChannelHandlerContext ignored, Object message) {
    waiting.add((Request) message);
    if (server.remote() == null) {
      runWaiting();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ignored) {
    session.requestArrived();
    if (server.remote() != null) {
      // Together: many commands that write are one entry of the cluster's log.
      runWaiting();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ignored) {
    runWaiting();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ignored, Object event) {
    if (event instanceof ChannelInputShutdownEvent || event == ServerContext.STOPPING) {
      ended = true;
      runWaiting();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ignored, Throwable cause) {
    context.close();
    if (!(cause instanceof IOException)) {
      LOGGER.error("closing a connection whose handler failed", cause);
    }
  }

  // ======== Running requests ========

  /** Runs the waiting requests, until one has to wait longer. */
  private void runWaiting() {
    if (isGone()) {
      return;
    }
    while (mayRun()) {
      if (server.remote() == null || !runElsewhere()) {
        run(waiting.remove());
      }
    }
    boolean reads = waiting.isEmpty() && !busy && !ended && !quit;
    if (context.channel().config().isAutoRead() != reads) {
      context.channel().config().setAutoRead(reads);
    }
    if (!busy && replies.isEmpty() && (quit || ended && waiting.isEmpty())) {
      // Closes when all earlier replies have been sent.
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
        // Thrown anywhere, so perhaps during a change of this connection: this request is its last.
        LOGGER.error("closing a connection whose request failed", e);
        replies.takeBack(mark);
        replies.error(Commands.failure(e));
        quit();
      }
      if (!kept) {
        account.release(request.cost());
      }
    }
    if (!busy) {
      answered++;
    }
  }

  /**
   * Has the worker run a job, while this connection's next requests wait.
   *
   * @param then the continuation, which replies, on the event loop
   */
  <T> void later(Callable<T> job, Result<T> then) {
    busy =
        server
            .worker()
            .run(
                job,
                (result, failure) ->
                    goOn(
                        1,
                        () -> {
                          if (failure == null) {
                            then.use(result);
                          } else {
                            replies.error(Commands.failure(failure));
                          }
                        }));
    if (!busy) {
      replies.error(BUSY);
    }
  }

  /** Answers requests that ran somewhere else, and runs the next ones. */
  private void goOn(int requests, Runnable answer) {
    busy = false;
    try {
      answer.run();
    } catch (RuntimeException | Error e) {
      // Out of memory, for example. After half a reply, nothing more may be sent.
      giveUp(e);
    }
    answered += requests;
    runWaiting();
  }

  // ======== Running requests elsewhere ========

  /**
   * Has the remote run the next requests, if they are for it, while this connection's other requests
   * wait. They all read or all write: a read must not overtake a write that the client sent before
   * it.
   *
   * @return false, and nothing happens, if the next request runs here
   */
  private boolean runElsewhere() {
    List<Remote.Request> requests = new ArrayList<>();
    boolean writes = false;
    long cost = 0;
    while (!waiting.isEmpty() && requests.size() < MAX_ELSEWHERE && cost < MAX_ELSEWHERE_COST) {
      Request next = waiting.element();
      Command command = commands.elsewhere(this, next);
      if (command == null || !requests.isEmpty() && command.is("write") != writes) {
        break;
      }
      waiting.remove();
      writes = command.is("write");
      cost += next.cost();
      session.setLastCommand(command.name());
      server.counters().countCommand();
      requests.add(command.remote(next.arguments()));
    }
    if (requests.isEmpty()) {
      return false;
    }
    busy = true;
    long held = cost;
    server
        .remote()
        .run(requests, new Remote.Mode(writes, session.isStale(), replies.version()))
        .whenComplete(
            (answers, failure) ->
                context
                    .executor()
                    .execute(() -> answered(requests.size(), answers, failure, held)));
    return true;
  }

  private void answered(int requests, List<byte[]> answers, Throwable failure, long held) {
    account.release(held);
    goOn(
        requests,
        () -> {
          for (int i = 0; i < requests; i++) {
            if (failure == null) {
              replies.reply(answers.get(i));
            } else {
              replies.error(failure.getMessage());
            }
          }
        });
  }

  /** The continuation of a job. */
  interface Result<T> {
    void use(T result);
  }

  /** Returns whether the connection is closed, so that no reply can be sent. */
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
      // No write of this turn is acknowledged. Neither is a MULTI: its client takes the error for
      // "no transaction", so the transaction ends.
      session.transaction().end();
      replies.takeBack(0);
      int requests = answered;
      for (int i = 0; i < requests; i++) {
        replies.error(Commands.writeFailure(failure));
      }
    }
    if (replies.isEmpty()) {
      // The connection was closed, before this call or by it.
      return;
    }
    // Before sending, which may make room for further replies: those belong to the next turn.
    long cost = replies.cost();
    ByteBuf ready = replies.take();
    answered = 0;
    context.writeAndFlush(ready).addListener(sent -> account.release(cost));
    runWaiting();
  }

  @Override
  public void giveUp(Throwable cause) {
    exceptionCaught(context, cause);
  }

  /** Drops the requests and replies of a closed connection. */
  private void drop() {
    waiting.clear();
    session.transaction().end();
    ByteBuf unsent = replies.take();
    if (unsent != null) {
      unsent.release();
    }
  }
}
