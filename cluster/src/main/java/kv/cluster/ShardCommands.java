package kv.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import kv.server.core.Counters;
import kv.server.core.Database;
import kv.server.core.Settings;
import kv.server.core.WatchedKeys;
import kv.server.http.KeyWrites;
import kv.server.resp.KeyCommandRunner;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;

/**
 * Runs commands on the store of a shard. Any number of threads may read at a time, or one may apply
 * entries: the caller sees to that.
 */
final class ShardCommands {
  /** The most bytes of the replies of a request, and of one more read: Ratis sends them at once. */
  static final int MOST_REPLY_BYTES = 32 << 20;

  private static final byte[] CLEAR = Plan.CLEAR.getBytes(StandardCharsets.US_ASCII);

  private final ShardStore store;
  private final KeyCommandRunner writer;
  private final KeyWrites httpWriter;

  /** Those that no thread uses now. A thread must not keep one: it would keep the store. */
  private final Queue<KeyCommandRunner> readers = new ConcurrentLinkedQueue<>();

  ShardCommands(ShardStore store) {
    this.store = store;
    Counters counters = new Counters();
    Database database = database(store, counters);
    this.writer = new KeyCommandRunner(database, counters);
    this.httpWriter = new KeyWrites(store, database);
  }

  private static KeyCommandRunner runner(ShardStore store) {
    Counters counters = new Counters();
    return new KeyCommandRunner(database(store, counters), counters);
  }

  private static Database database(ShardStore store, Counters counters) {
    return new Database(store, counters, new WatchedKeys(), Settings.DEFAULT_MAX_VALUE);
  }

  /**
   * Applies an entry, unless its request was done already. On return the store has all of its effects,
   * and the entry's index.
   *
   * @return the replies, as Batch writes them
   * @throws IOException if the engine failed
   */
  ByteString apply(Entry entry, TermIndex its) throws IOException {
    List<Batch.Command> commands = entry.batch().commands();
    ShardStore.Done done = store.lastOf(entry.sender().node());
    if (done != null && done.covers(entry.sender())) {
      store.end(its, entry.sender());
      return done.number() == entry.sender().number() && !done.replies().isEmpty()
          ? done.replies()
          : Batch.replies(Collections.nCopies(commands.size(), Plan.LOST));
    }
    List<byte[]> list = new ArrayList<>(commands.size());
    int position = 0;
    long bytes = 0;
    for (Batch.Command command : commands) {
      store.begin(its.getIndex(), position);
      byte[] reply = run(writer, command);
      // A reply that could not be sent would end in the same place on every node.
      if (bytes + reply.length > MOST_REPLY_BYTES && reply.length > Plan.TOO_LARGE.length) {
        reply = Plan.TOO_LARGE;
      }
      list.add(reply);
      bytes += reply.length;
      position++;
    }
    ByteString replies = Batch.replies(list);
    store.end(its, entry.sender(), replies);
    return replies;
  }

  /**
   * Runs commands that only read, on the state as it is.
   *
   * @return the replies, of the first commands only if the others' have no room in a message
   */
  List<byte[]> read(Batch batch) throws IOException {
    KeyCommandRunner idle = readers.poll();
    KeyCommandRunner reader = idle == null ? runner(store) : idle;
    List<byte[]> replies = new ArrayList<>(batch.commands().size());
    long bytes = 0;
    for (Batch.Command command : batch.commands()) {
      if (bytes > MOST_REPLY_BYTES) {
        break;
      }
      byte[] reply = run(reader, command);
      replies.add(reply);
      bytes += reply.length;
    }
    readers.add(reader);
    return replies;
  }

  /** Returns whether a command takes long, as many records are written. */
  static boolean isSlow(Batch.Command command) {
    return Arrays.equals(command.arguments()[0], CLEAR);
  }

  private byte[] run(KeyCommandRunner runner, Batch.Command command) throws IOException {
    String name = new String(command.arguments()[0], StandardCharsets.US_ASCII);
    if (name.equals(Plan.CLEAR)) {
      store.clear();
      return Plan.OK;
    }
    if (name.equals(Plan.SIZE)) {
      return Plan.integer(store.size());
    }
    if (name.equals(Plan.APPLIED)) {
      return Plan.integer(store.appliedIndex());
    }
    if (KeyWrites.isCommand(name)) {
      return httpWriter.run(command.arguments());
    }
    return runner.run(command.arguments(), command.respVersion());
  }
}
