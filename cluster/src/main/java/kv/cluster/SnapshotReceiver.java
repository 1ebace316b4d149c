package kv.cluster;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.proto.RaftProtos.RaftPeerProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Receives a copy of the leader's store: see {@link SnapshotSender}. */
final class SnapshotReceiver {
  private static final Logger LOGGER = LoggerFactory.getLogger(SnapshotReceiver.class);

  /** Time between a failure and the next attempt. */
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Time in which the next leader says that it needs a copy too. */
  private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Attempts of a question while its node leads: of at most three seconds each. */
  private static final int ATTEMPTS = 20;

  private static final String REPLACED = "another node was elected during the transfer";

  private SnapshotReceiver() {}

  /**
   * Receives a copy, on a thread of its own, and makes it durable.
   *
   * @param broken called if Ratis does not put the copy in the store's place
   * @return the last entry in the copy, when the copy is whole
   */
  static CompletableFuture<TermIndex> receive(
      RaftServer server,
      RaftGroupId group,
      RaftPeerProto leader,
      ShardFiles files,
      Consumer<String> broken) {
    CompletableFuture<TermIndex> received = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                DivisionInfo info = server.getDivision(group).getInfo();
                long term = info.getCurrentTerm();
                BooleanSupplier leads = () -> info.getCurrentTerm() == term;
                received.complete(receiveNow(server, group, leader, files, leads));
                if (!isTaken(files, leads, info::isAlive)) {
                  broken.accept(
                      "the store of a shard was received from a leader that was replaced: start the"
                          + " node again");
                }
              } catch (IOException | RuntimeException | Error e) {
                LOGGER.warn("could not receive the store of {} from its leader", group, e);
                // Ratis asks again at once, and each attempt makes a copy on the leader.
                LockSupport.parkNanos(PAUSE_NANOS);
                received.completeExceptionally(e);
              }
            },
            "kv-receive");
    thread.setDaemon(true);
    thread.start();
    return received;
  }

  /**
   * Waits until a copy has replaced the store. If its leader was replaced just before that, Ratis never
   * does it, and takes no entries either.
   *
   * @param leads whether the leader still leads
   * @param alive whether the shard is open
   */
  static boolean isTaken(ShardFiles files, BooleanSupplier leads, BooleanSupplier alive) {
    long replaced = System.nanoTime();
    while (files.hasReceived() && alive.getAsBoolean()) {
      LockSupport.parkNanos(POLL_NANOS);
      if (leads.getAsBoolean()) {
        replaced = System.nanoTime();
      } else if (System.nanoTime() - replaced > MOST_NANOS) {
        return false;
      }
    }
    return true;
  }

  private static TermIndex receiveNow(
      RaftServer server,
      RaftGroupId group,
      RaftPeerProto leader,
      ShardFiles files,
      BooleanSupplier leads)
      throws IOException {
    RaftPeer peer =
        RaftPeer.newBuilder()
            .setId(RaftPeerId.valueOf(leader.getId()))
            .setAddress(leader.getAddress())
            .build();
    try (RaftClient client = Clients.once(RaftGroup.valueOf(group, peer), server.getProperties())) {
      Leader from = new Leader(client, peer.getId(), new SecureRandom().nextLong(), leads);
      try {
        Copy copy = receiveAll(from, files);
        if (!leads.getAsBoolean()) {
          // The next leader may have all entries that this node needs. Ratis would refuse them
          // until that leader asks for this copy, which it never does.
          throw new IOException(REPLACED);
        }
        files.endReceiving();
        LOGGER.info(
            "received the store of {} as of {}: {} files", group, copy.last(), copy.files());
        return copy.last();
      } finally {
        files.abandonReceiving();
        from.end();
      }
    }
  }

  /**
   * A copy that was received.
   *
   * @param last the last entry in it
   * @param files the number of its files
   */
  private record Copy(TermIndex last, int files) {}

  private static Copy receiveAll(Leader from, ShardFiles files) throws IOException {
    DataInputStream begin = new DataInputStream(from.ask(SnapshotSender.BEGIN, null, 0).newInput());
    TermIndex last = TermIndex.valueOf(begin.readLong(), begin.readLong());
    Map<String, Long> lengths = new LinkedHashMap<>();
    while (begin.available() > 0) {
      lengths.put(begin.readUTF(), begin.readLong());
    }
    Path folder = files.beginReceiving();
    for (Map.Entry<String, Long> file : lengths.entrySet()) {
      receiveFile(from, file.getKey(), file.getValue(), folder);
    }
    return new Copy(last, lengths.size());
  }

  private static void receiveFile(Leader from, String name, long length, Path folder)
      throws IOException {
    if (!name.matches("[\\w.-]+") || name.startsWith(".")) {
      throw new IOException("not the name of a store's file: " + name);
    }
    try (FileChannel out =
        FileChannel.open(
            folder.resolve(name), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (long offset = 0; offset < length; ) {
        ByteString piece = from.ask(SnapshotSender.READ, name, offset);
        if (piece.isEmpty()) {
          throw new IOException("the file " + name + " ended at " + offset + " of " + length);
        }
        ByteBuffer bytes = piece.asReadOnlyByteBuffer();
        while (bytes.hasRemaining()) {
          offset += out.write(bytes);
        }
      }
    }
  }

  /**
   * The node that is asked.
   *
   * @param id names the copy
   * @param leads whether it still leads
   */
  record Leader(RaftClient client, RaftPeerId node, long id, BooleanSupplier leads) {
    /** Asks until there is an answer: a copy can take longer than Ratis waits. */
    ByteString ask(char kind, String name, long offset) throws IOException {
      for (int attempt = 1; ; attempt++) {
        try {
          return askOnce(kind, name, offset);
        } catch (IOException e) {
          // A node that lost its power does not refuse connections.
          if (!leads.getAsBoolean()) {
            throw new IOException(REPLACED, e);
          }
          if (attempt == ATTEMPTS) {
            throw e;
          }
          LockSupport.parkNanos(POLL_NANOS);
        }
      }
    }

    private ByteString askOnce(char kind, String name, long offset) throws IOException {
      Message question = Message.valueOf(SnapshotSender.question(kind, id, name, offset));
      RaftClientReply reply = client.io().sendStaleRead(question, 0, node);
      if (!reply.isSuccess()) {
        throw new IOException("the leader does not send its files", reply.getException());
      }
      return reply.getMessage().getContent();
    }

    /** Tells the node that the copy is no longer needed. Otherwise the node deletes it later. */
    void end() {
      try {
        if (leads.getAsBoolean()) {
          askOnce(SnapshotSender.END, null, 0);
        }
      } catch (IOException e) {
        LOGGER.debug("could not tell {} that its copy is no longer needed", node, e);
      }
    }
  }
}
