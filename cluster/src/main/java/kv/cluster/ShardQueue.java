/*
 * WHAT THIS FILE IS
 *
 * The commands of this node's clients for one shard: those that write, or those that read. One
 * request is under way at a time. Commands that arrive before its reply travel together in the next.
 *
 *     commands   a   b c d     e f
 *     requests   [ a     ][ b c d   ][ e f   ]
 *
 * This is group commit: a request costs a round of the network, and a write also an fsync on each
 * node, for any number of commands. With one client each command is a request. The more clients
 * there are, the more commands share one.
 *
 * WAITING FOR COMPANY
 *
 * A client that got its reply usually sends its next command soon. So after a request the queue
 * waits until as many commands are there as were answered just now and were waiting then, but at
 * most LINGER_MICROS. Without it the first command to come back would travel alone, and the others
 * with the request after it. A single client never waits.
 *
 * A request is sent after all of its commands have arrived. So a read in it shows each write that
 * was acknowledged before the read began.
 */
package kv.cluster;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Commands for one shard, sent in the order of their arrival. Thread-safe. */
final class ShardQueue {
  /** The most commands of a request: ShardStore can tell 65,536 of one entry apart. */
  static final int MOST_COMMANDS = 10_000;

  /** The most bytes of the commands of a request: Ratis sends an entry in one message. */
  static final int MOST_BYTES = 20 << 20;

  /** The longest wait for company. */
  private static final int LINGER_MICROS = 3000;

  private final Function<Batch, CompletableFuture<List<byte[]>>> sender;
  private final Executor later;
  private final Deque<Item> waiting = new ArrayDeque<>();
  private State state = State.IDLE;

  /** The number of commands that the queue waits for. */
  private int expected;

  /** The number of the wait, so that an earlier one that ends late is ignored. */
  private int wait;

  private enum State {
    IDLE,
    WAITING,
    SENDING
  }

  /**
   * A command and the place of its reply.
   *
   * @param alone whether no other command may be in the same request
   * @param reply if it is completed before the command is sent, the command is not sent
   */
  record Item(Batch.Command command, boolean alone, CompletableFuture<byte[]> reply) {
    Item(Batch.Command command, boolean alone) {
      this(command, alone, new CompletableFuture<>());
    }
  }

  /**
   * An empty queue.
   *
   * @param sender sends a request; its future must complete at some time, with a reply for each
   *     command, or for some of the first ones: the others are then sent again
   */
  ShardQueue(Function<Batch, CompletableFuture<List<byte[]>>> sender) {
    this(sender, CompletableFuture.delayedExecutor(LINGER_MICROS, TimeUnit.MICROSECONDS));
  }

  /**
   * An empty queue with a clock of its own.
   *
   * @param later runs a task when the longest wait is over
   */
  ShardQueue(Function<Batch, CompletableFuture<List<byte[]>>> sender, Executor later) {
    this.sender = sender;
    this.later = later;
  }

  /** Adds commands. They are in one request if they fit, and if none is under way. */
  void add(List<Item> items) {
    synchronized (this) {
      waiting.addAll(items);
      if (state == State.SENDING || state == State.WAITING && waiting.size() < expected) {
        return;
      }
      state = State.SENDING;
    }
    sendNext();
  }

  /** Sends request after request, until one is under way or no command waits. */
  private void sendNext() {
    List<Item> items = take();
    while (!items.isEmpty()) {
      List<Item> sent = items;
      CompletableFuture<List<byte[]>> replies = send(sent);
      if (!replies.isDone()) {
        replies.whenComplete(
            (list, failure) -> {
              complete(sent, list, failure);
              waitOrSend(sent.size());
            });
        return;
      }
      replies.whenComplete((list, failure) -> complete(sent, list, failure));
      items = take();
    }
  }

  private void waitOrSend(int answered) {
    int its;
    synchronized (this) {
      expected = answered + waiting.size();
      if (waiting.size() < expected && expected > 1) {
        state = State.WAITING;
        wait++;
      }
      its = state == State.WAITING ? wait : 0;
    }
    if (its == 0) {
      sendNext();
    } else {
      later.execute(() -> waitedFor(its));
    }
  }

  private void waitedFor(int its) {
    synchronized (this) {
      if (state != State.WAITING || wait != its) {
        return;
      }
      state = State.SENDING;
    }
    sendNext();
  }

  /** Takes the commands of the next request. */
  private synchronized List<Item> take() {
    List<Item> items = new ArrayList<>();
    int bytes = 0;
    while (!waiting.isEmpty() && items.size() < MOST_COMMANDS) {
      Item next = waiting.element();
      int size = next.command().size();
      if (size > MOST_BYTES) {
        next.reply().completeExceptionally(new TooLarge(size));
      }
      if (next.reply().isDone()) {
        waiting.remove();
        continue;
      }
      if (!items.isEmpty() && (next.alone() || bytes + size > MOST_BYTES)) {
        break;
      }
      items.add(waiting.remove());
      bytes += size;
      if (next.alone()) {
        break;
      }
    }
    state = items.isEmpty() ? State.IDLE : State.SENDING;
    return items;
  }

  private CompletableFuture<List<byte[]>> send(List<Item> items) {
    try {
      return sender.apply(new Batch(items.stream().map(Item::command).toList()));
    } catch (RuntimeException | Error e) {
      // Out of memory, for example. The next request may be smaller.
      return CompletableFuture.failedFuture(e);
    }
  }

  private void complete(List<Item> items, List<byte[]> replies, Throwable failure) {
    if (failure != null) {
      items.forEach(item -> item.reply().completeExceptionally(failure));
      return;
    }
    for (int i = 0; i < replies.size(); i++) {
      items.get(i).reply().complete(replies.get(i));
    }
    synchronized (this) {
      for (int i = items.size() - 1; i >= replies.size(); i--) {
        waiting.addFirst(items.get(i));
      }
    }
  }

  /** A command that Ratis would not send. */
  static final class TooLarge extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooLarge(int size) {
      super("the command has " + size + " bytes for a shard; the limit is " + MOST_BYTES);
    }
  }
}
