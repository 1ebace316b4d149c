package kv.cluster;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import kv.server.core.Remote;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way from this node's clients to one shard. For writes, the client of Ratis finds the leader,
 * and numbers its requests, so that one which it sends twice runs once. Thread-safe.
 */
final class ShardClient implements Closeable {
  private static final Logger LOGGER = LoggerFactory.getLogger(ShardClient.class);

  private final int shard;
  private final int seconds;
  private final Supplier<RaftClient> connect;
  private final Supplier<ShardMachine> local;
  private final ShardQueue writes = new ShardQueue(this::write);
  private final ShardQueue reads = new ShardQueue(this::read);

  /** The client of Ratis, or null before the first request and after a failed one. */
  private RaftClient client;

  private boolean closed;

  /**
   * A client of a shard.
   *
   * @param seconds time after which a request has failed
   * @param connect makes a client of Ratis
   * @param local this node's part of the shard; it can be null
   */
  ShardClient(int shard, int seconds, Supplier<RaftClient> connect, Supplier<ShardMachine> local) {
    this.shard = shard;
    this.seconds = seconds;
    this.connect = connect;
    this.local = local;
  }

  /** Sends commands, and completes their replies. Does not wait. */
  void send(List<ShardQueue.Item> items, Remote.Mode mode) {
    (mode.writes() ? writes : reads).add(items);
  }

  private CompletableFuture<List<byte[]>> read(Batch batch) {
    try {
      return local.get().reads().read(batch).orTimeout(seconds, TimeUnit.SECONDS);
    } catch (IOException | RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private CompletableFuture<List<byte[]>> write(Batch batch) {
    RaftClient its = client();
    CompletableFuture<RaftClientReply> reply = its.async().send(Message.valueOf(batch.toBytes()));
    reply.whenComplete(
        (answer, failure) -> {
          if (failure != null) {
            // After a write whose attempts all failed, the client refuses all further ones.
            renew(its);
          }
        });
    // A late reply is for no one: the next request must not wait for it.
    return reply.thenApply(ShardClient::replies).copy().orTimeout(seconds, TimeUnit.SECONDS);
  }

  private static List<byte[]> replies(RaftClientReply reply) {
    if (!reply.isSuccess()) {
      throw new IllegalStateException(reply.getException());
    }
    return Batch.readReplies(reply.getMessage().getContent());
  }

  private synchronized RaftClient client() {
    if (closed) {
      throw new IllegalStateException("the node is closed");
    }
    if (client == null) {
      client = connect.get();
    }
    return client;
  }

  private void renew(RaftClient broken) {
    synchronized (this) {
      if (client != broken) {
        return;
      }
      client = null;
    }
    // On a thread of its own: this one can be the client's.
    CompletableFuture.runAsync(
        () -> {
          try {
            broken.close();
          } catch (IOException e) {
            LOGGER.debug("could not close a client of shard {}", shard, e);
          }
        });
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    if (client != null) {
      client.close();
    }
  }
}
