/*
 * WHAT THIS FILE IS
 *
 * MULTI, EXEC, DISCARD, WATCH, UNWATCH: one client's transaction.
 *
 *     WATCH a          from now on, EXEC runs nothing if any client changes a; this client's own
 *                      changes count until MULTI
 *     GET a
 *     MULTI            from now on, commands are queued
 *     SET a 2          +QUEUED
 *     EXEC             runs all queued commands; none if a watched key changed, or a command could
 *                      not be queued
 *
 * WHY IT IS EASY HERE
 *
 * One thread runs all commands of all clients. So a transaction is a list, and EXEC runs the list
 * with no other command in between: no lock, no version of a key, nothing to roll back. With --sync
 * always, one fsync covers the whole list (see Turn).
 *
 * NOT HERE, AND WHY
 *
 * All or nothing. As in Redis, a command that fails does not stop the later ones, and nothing is
 * rolled back. A process that is killed in the middle of EXEC leaves a prefix of its writes, in
 * their order, and no client got a reply.
 */
package kv.server.resp;

import java.util.ArrayList;
import java.util.List;
import kv.server.core.Budget;
import kv.server.core.WatchedKeys;

/** The transaction of one client. Used on the event loop only. */
final class Transaction implements WatchedKeys.Watcher {
  /** Estimated overhead of a watched key, in bytes. */
  private static final int WATCH_COST = 300;

  private final WatchedKeys watchedKeys;
  private final Budget.Account account;
  private final List<Queued> queue = new ArrayList<>();
  private final List<byte[]> watched = new ArrayList<>();

  /** The bytes that the account was charged for the queue. */
  private long queueCost;

  /** The bytes that the account was charged for the watched keys. */
  private long watchCost;

  /** Whether MULTI was sent and the transaction has not ended. */
  private boolean open;

  /** Whether a command could not be queued. */
  private boolean refused;

  /** Whether a watched key changed. */
  private boolean touched;

  /** A command that waits for EXEC. */
  record Queued(Command command, byte[][] arguments) {}

  Transaction(WatchedKeys watchedKeys, Budget.Account account) {
    this.watchedKeys = watchedKeys;
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

  /** Starts to queue commands. */
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
    if (!account.charge(bytes)) {
      return false;
    }
    if (watchedKeys.add(this, key)) {
      watchCost += bytes;
      watched.add(key);
    } else {
      account.release(bytes);
    }
    return true;
  }

  @Override
  public void touch() {
    touched = true;
  }

  /** Returns whether a watched key changed. */
  boolean isTouched() {
    return touched;
  }

  /** Ends all watches. */
  void unwatch() {
    watched.forEach(key -> watchedKeys.remove(this, key));
    watched.clear();
    account.release(watchCost);
    watchCost = 0;
    touched = false;
  }

  /** Ends the transaction and all watches; returns the queued commands. */
  List<Queued> end() {
    List<Queued> all = List.copyOf(queue);
    queue.clear();
    account.release(queueCost);
    queueCost = 0;
    open = false;
    refused = false;
    unwatch();
    return all;
  }
}
