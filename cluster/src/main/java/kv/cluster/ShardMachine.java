/*
 * WHAT THIS FILE IS
 *
 * One shard on one node: the state machine of a Raft group. Raft decides which entries all nodes
 * have, and in which order; this class runs their commands on the engine.
 *
 *     client --> leader: entry 17 --> on the disks of a majority --> every node: apply 17
 *                                                            leader: apply 17, reply to the client
 *
 * WHY THE ENGINE FITS
 *
 * A store that recovers a prefix of its history is all that Raft asks of a state machine. The log of
 * Raft has every entry after the prefix, and the record of the last entry says where to go on (see
 * ShardStore). So the engine needs no fsync of its own for an entry. Before Raft deletes the begin of
 * its log, it asks for a snapshot: that is one sync() of the engine, whose files are the snapshot.
 *
 * READS
 *
 * A read of several keys takes the lock that an entry holds while it is applied. ShardReads finds out
 * whether this node may answer.
 *
 * INVARIANTS
 *
 * The commands of an entry have the same effect on every node: they depend on the keys of the shard
 * only, and on no clock, random number or setting. If the engine fails, this node can no longer
 * follow: the process ends, and goes on from the last record when it is started again.
 */
package kv.cluster;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import kv.engine.Options;
import kv.engine.Store;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.exceptions.StateMachineException;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.LifeCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The keys of one shard on one node. */
final class ShardMachine extends BaseStateMachine implements ShardReads.Reader {
  /** Size of a segment: small, since a node has many shards. */
  private static final int SEGMENT_SIZE = 16 << 20;

  /** Bytes of entries after which a snapshot is taken, so that Raft can shorten its log. */
  private static final long SNAPSHOT_BYTES = 32 << 20;

  private static final Logger LOGGER = LoggerFactory.getLogger(ShardMachine.class);

  private final Consumer<String> broken;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

  /** Whether the lock is held for long, so that a thread that must not wait must not read. */
  private volatile boolean slow;

  private final LogTruncations truncations = new LogTruncations();

  private volatile ShardFiles files;
  private volatile ShardStore store;
  private volatile ShardCommands commands;

  /** The way to the other nodes, or null before the first request. */
  private ShardConnection connection;

  /** Bytes of the entries since the last snapshot. */
  private long sinceSnapshot;

  /** The last snapshot: the engine was synced then. */
  private volatile TermIndex snapshot;

  /**
   * A shard that is not open yet.
   *
   * @param broken called with the fault if the engine fails
   */
  ShardMachine(Consumer<String> broken) {
    this.broken = broken;
  }

  // ======== Opening and closing ========

  @Override
  public void initialize(RaftServer server, RaftGroupId group, RaftStorage storage)
      throws IOException {
    super.initialize(server, group, storage);
    getLifeCycle()
        .startAndTransition(
            () -> {
              open(new ShardFiles(storage));
              if (snapshot != null) {
                ShardFiles.deleteOldLog(storage, snapshot.getIndex());
              }
            },
            IOException.class);
  }

  private void open(ShardFiles its) throws IOException {
    files = its;
    files.finishInstall();
    Options options =
        Options.DEFAULT.withSegmentSize(SEGMENT_SIZE).withSync(Options.SyncPolicy.NEVER);
    ShardStore opened = new ShardStore(Store.open(files.engine(), options));
    TermIndex applied = opened.applied();
    if (applied != null) {
      // Ratis may drop its log up to this entry.
      opened.sync();
      setLastAppliedTermIndex(applied);
    }
    snapshot = applied;
    store = opened;
    commands = new ShardCommands(opened);
  }

  @Override
  public void pause() {
    getLifeCycle().transition(LifeCycle.State.PAUSING);
    getLifeCycle().transition(LifeCycle.State.PAUSED);
  }

  /** Opens the files that were received from the leader. */
  @Override
  public void reinitialize() throws IOException {
    lock.writeLock().lock();
    try {
      slow = true;
      ShardStore old = store;
      store = null;
      commands = null;
      old.close();
      setLastAppliedTermIndex(TermIndex.INITIAL_VALUE);
      open(files);
    } catch (IOException | RuntimeException | Error e) {
      LOGGER.error("cannot open the received store of {}", getGroupId(), e);
      broken.accept("the received store of a shard cannot be opened: " + e);
      throw e;
    } finally {
      slow = false;
      lock.writeLock().unlock();
    }
    if (getLifeCycleState() == LifeCycle.State.PAUSED) {
      getLifeCycle().transition(LifeCycle.State.STARTING);
      getLifeCycle().transition(LifeCycle.State.RUNNING);
    }
  }

  @Override
  public void close() throws IOException {
    getLifeCycle()
        .checkStateAndClose(
            () -> {
              closeConnection();
              lock.writeLock().lock();
              try {
                ShardStore its = store;
                store = null;
                commands = null;
                if (its != null) {
                  its.close();
                }
              } catch (IOException e) {
                LOGGER.error("could not close the store of {}", getGroupId(), e);
              } finally {
                lock.writeLock().unlock();
              }
              if (isMember()) {
                // Ratis closes a shard after a fault of its own, and goes on without it.
                broken.accept(
                    "Raft has closed a shard: if the node was removed from the cluster, delete its"
                        + " folder; otherwise start it again");
              }
            });
  }

  /** Returns whether this node has the shard, as far as it has heard. */
  private boolean isMember() {
    RaftServer server = getServer().getNow(null);
    if (server == null) {
      return false;
    }
    try {
      return server.getDivision(getGroupId()).getRaftConf().getPeer(server.getId()) != null;
    } catch (IOException e) {
      LOGGER.debug("{} was removed", getGroupId(), e);
      return false;
    }
  }

  private synchronized void closeConnection() throws IOException {
    if (connection != null) {
      connection.close();
    }
  }

  // ======== Entries ========

  /** Refuses what is not an entry, before it is in the log: no node could apply it there. */
  @Override
  public TransactionContext startTransaction(RaftClientRequest request) throws IOException {
    TransactionContext transaction = super.startTransaction(request);
    try {
      // For applyTransaction, if this node still leads then.
      transaction.setStateMachineContext(Entry.of(request.getMessage().getContent()));
    } catch (RuntimeException e) {
      transaction.setException(new StateMachineException("not an entry: " + e));
    }
    return transaction;
  }

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
    var logEntry = transaction.getLogEntry();
    TermIndex its = TermIndex.valueOf(logEntry);
    var data = logEntry.getStateMachineLogEntry().getLogData();
    Message replies;
    lock.writeLock().lock();
    try {
      Entry entry =
          transaction.getStateMachineContext() instanceof Entry read ? read : Entry.of(data);
      slow = entry.batch().commands().stream().anyMatch(ShardCommands::isSlow);
      replies = Message.valueOf(commands.apply(entry, its));
      // Before a copy can be made: its record of the last entry must not be older than the entry.
      updateLastAppliedTermIndex(its);
    } catch (IOException | RuntimeException | Error e) {
      // Whether this entry has run on this node is unknown, so no later one may run.
      LOGGER.error("cannot apply {} to {}", its, getGroupId(), e);
      broken.accept("the store of a shard failed: " + e);
      throw new IllegalStateException(e);
    } finally {
      slow = false;
      lock.writeLock().unlock();
    }
    sinceSnapshot += data.size();
    if (sinceSnapshot >= SNAPSHOT_BYTES) {
      sinceSnapshot = 0;
      SnapshotRequests.send(getServer().join(), getGroupId());
    }
    return CompletableFuture.completedFuture(replies);
  }

  /** Returns what hears of the log's truncations. */
  @Override
  public DataApi data() {
    return truncations;
  }

  LogTruncations truncations() {
    return truncations;
  }

  @Override
  public void notifyLogFailed(Throwable cause, LogEntryProto entry) {
    // On a full disk, for example. Ratis has closed this shard.
    LOGGER.error("the log of {} failed", getGroupId(), cause);
    broken.accept("the log of a shard failed: " + cause);
  }

  // ======== Reads ========

  /** Answers a question of another node. */
  @Override
  public CompletableFuture<Message> query(Message request) {
    ByteString question = request.getContent();
    try {
      return CompletableFuture.completedFuture(
          Message.valueOf(
              ShardReads.isFor(question)
                  ? reads().answer(question)
                  : files.sender().answer(question, this::takeCopy)));
    } catch (IOException | RuntimeException e) {
      return CompletableFuture.failedFuture(new StateMachineException(e.getMessage()));
    }
  }

  /** Returns the linearizable reads of this shard. */
  ShardReads reads() throws IOException {
    return new ShardReads(connection(), this);
  }

  /** Returns the writes of this shard. */
  ShardWrites writes() throws IOException {
    return new ShardWrites(connection());
  }

  /** Asks for the news that lets this node apply all entries that are committed now. */
  void catchUp() throws IOException {
    connection().askForCommitIndex();
  }

  private synchronized ShardConnection connection() throws IOException {
    if (connection == null) {
      connection = new ShardConnection(getServer().join(), getGroupId());
    }
    return connection;
  }

  @Override
  public void runReader(Runnable task) {
    if (slow) {
      // The caller may be the event loop.
      CompletableFuture.runAsync(task);
    } else {
      task.run();
    }
  }

  /** Runs commands that only read, on the state as it is. */
  @Override
  public List<byte[]> read(Batch batch) throws IOException {
    lock.readLock().lock();
    try {
      ShardCommands its = commands;
      if (its == null) {
        throw new IOException("the shard is closed");
      }
      return its.read(batch);
    } finally {
      lock.readLock().unlock();
    }
  }

  // ======== Snapshots ========

  @Override
  public long takeSnapshot() throws IOException {
    // No entry is applied during this call.
    TermIndex last = getLastAppliedTermIndex();
    lock.writeLock().lock();
    try {
      // Entries of Raft's own leave no record, and Raft may now delete its log up to this one.
      store.note(last);
    } finally {
      lock.writeLock().unlock();
    }
    store.sync();
    sinceSnapshot = 0;
    snapshot = last;
    return last.getIndex();
  }

  /** Makes a copy of the engine's files, with the effects of whole entries, in a new directory. */
  private TermIndex takeCopy(Path directory) throws IOException {
    lock.writeLock().lock();
    try {
      slow = true;
      TermIndex last = getLastAppliedTermIndex();
      // Entries of Raft's own leave no record in the engine.
      store.note(last);
      store.snapshot(directory);
      return last;
    } finally {
      slow = false;
      lock.writeLock().unlock();
    }
  }

  @Override
  public CompletableFuture<TermIndex> notifyInstallSnapshotFromLeader(
      RoleInfoProto role, TermIndex firstInLog) {
    return SnapshotReceiver.receive(
        getServer().join(),
        getGroupId(),
        role.getFollowerInfo().getLeaderInfo().getId(),
        files,
        broken);
  }

  @Override
  public SnapshotInfo getLatestSnapshot() {
    TermIndex last = snapshot;
    return last == null
        ? null
        : new SnapshotInfo() {
          @Override
          public TermIndex getTermIndex() {
            return last;
          }

          @Override
          public List<FileInfo> getFiles() {
            return List.of();
          }
        };
  }

  // ======== Numbers ========

  /**
   * Returns the index of the last entry in the store, which can be one of Raft's own; 0 if there is
   * none, and -1 if the store is not open.
   */
  long applied() {
    return store == null ? -1 : Math.max(0, getLastAppliedTermIndex().getIndex());
  }

  /** Returns the store, or null if it is not open. */
  ShardStore store() {
    return store;
  }
}
