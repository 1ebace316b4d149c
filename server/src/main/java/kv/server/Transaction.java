/*
 * WHAT THIS FILE IS
 *
 * MULTI, EXEC, DISCARD, WATCH, UNWATCH: one client's transaction.
 *
 *     WATCH a          a change of a, from now on and before MULTI by this client as well, has
 *                      EXEC run nothing
 *     GET a
 *     MULTI            from now on, commands are queued
 *     SET a 2          +QUEUED
 *     EXEC             runs all commands of the queue; none if a watched key has changed, or a
 *                      command could not be queued
 *
 * WHY IT IS EASY HERE
 *
 * All commands of all clients run on one thread. So a transaction is a list, and EXEC runs it
 * without letting another command in between: no lock, no version of a key, nothing to roll back.
 * With --sync always, one fsync covers the whole list (see Turn).
 *
 * WHAT IT IS NOT
 *
 * All or nothing. A command that fails does not stop those after it, and nothing is rolled back. A
 * process that is killed in the middle of EXEC leaves a prefix of its writes, in their order, and no
 * client got an answer.
 */
package kv.server;

import java.util.ArrayList;
import java.util.List;

/** The transaction of one client. Used on the event loop only. */
final class Transaction {
  /** What a watched key occupies besides its bytes, about. */
  private static final int WATCH_COST = 300;

  private final Watches watches;
  private final Budget.Account account;
  private final List<Queued> queue = new ArrayList<>();
  private final List<byte[]> watched = new ArrayList<>();

  /** The bytes that the account was charged for the queue and for the watched keys. */
  private long queueCost;

  private long watchCost;

  /** Whether MULTI was sent, and neither EXEC nor DISCARD. */
  private boolean open;

  /** Whether a command could not be queued. */
  private boolean refused;

  /** Whether a watched key has changed. */
  private boolean touched;

  /** A command that waits for EXEC. */
  record Queued(Command command, byte[][] arguments) {}

  Transaction(Watches watches, Budget.Account account) {
    this.watches = watches;
    this.account = account;
  }

  /** Returns whether commands are being queued. */
  boolean isOpen() {
    return open;
  }

  /** Returns the number of commands in the queue. */
  int size() {
    return queue.size();
  }

  /** Begins to queue commands. */
  void open() {
    open = true;
  }

  /** Queues a command, and takes over the cost of its request. */
  void queue(Command command, Request request) {
    queue.add(new Queued(command, request.arguments()));
    queueCost += request.cost();
  }

  /** Makes EXEC fail, since a command could not be queued. Without MULTI, does nothing. */
  void refuse() {
    refused |= open;
  }

  /** Returns whether a command could not be queued. */
  boolean isRefused() {
    return refused;
  }

  /** Watches a key; returns false if there is no memory for it, and the connection is closed. */
  boolean watch(byte[] key) {
    long bytes = WATCH_COST + key.length;
    if (!account.take(bytes)) {
      return false;
    }
    if (watches.add(this, key)) {
      watchCost += bytes;
      watched.add(key);
    } else {
      account.give(bytes);
    }
    return true;
  }

  /** Notes that a watched key has changed. */
  void touch() {
    touched = true;
  }

  /** Returns whether a watched key has changed. */
  boolean isTouched() {
    return touched;
  }

  /** Ends all watches. */
  void unwatch() {
    watched.forEach(key -> watches.remove(this, key));
    watched.clear();
    account.give(watchCost);
    watchCost = 0;
    touched = false;
  }

  /** Ends the transaction and all watches; returns the commands that were queued. */
  List<Queued> end() {
    List<Queued> all = List.copyOf(queue);
    queue.clear();
    account.give(queueCost);
    queueCost = 0;
    open = false;
    refused = false;
    unwatch();
    return all;
  }
}
