/*
 * WHAT THIS FILE IS
 *
 * The engine of one shard, as the state of a Raft group. A crash can come between the puts of an
 * entry, and the restarted node applies the entry again. So an entry must have the same effect on
 * a state that has a part of it already.
 *
 *     key                    value
 *     00                     term, index: the last entry that was applied (8 bytes each); then
 *                            the names of the nodes that have a record 02, with spaces between
 *     01 then the key        version (8 bytes) then the value
 *     02 then a node's name  session, number: its last request (8 bytes each); then the replies
 *
 * The version says which command wrote the value: the entry's index, shifted by 16 bits, plus the
 * command's number in the entry. In the first entry after an open, a command that finds its own
 * version, or a later one, does not write. And it takes a value of its own version for absent: it
 * was, when the command ran first. Later entries need no such look.
 *
 * WHY THIS IS ENOUGH
 *
 * The store recovers a prefix of its history. The record 00 of an entry is put after the entry's
 * effects. So after any crash the store has the effects of all entries up to its record, and
 * perhaps some of the next one. Applied again, that entry finds each key in one of three states:
 *
 *     not changed yet by the entry   the command runs as at the first time
 *     put by it                      the versions keep it as it is
 *     deleted by it                  earlier commands may put it once more, and the same command
 *                                    deletes it once more
 *
 * So a command must be the only one of its entry (see Plan) if it decides about one key by looking
 * at another, or if it deletes a key on a condition, which need not hold once more.
 *
 * A REQUEST THAT IS SENT AGAIN
 *
 * A node that gets no reply sends its request again, and then the log has it twice. A node has one
 * request under way, and numbers them. So the number of its last one, put after that one's effects,
 * tells a new request from one that was done, and its replies are the replies to the same request.
 * The one exception: the replies of an entry that is applied again can be wrong, as that of a DEL
 * that finds nothing left. They are not kept.
 */
package kv.cluster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.Predicate;
import kv.engine.Store;
import kv.server.core.EngineStore;
import kv.server.core.StoreStats;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;

/** The keys of one shard. Reads are thread-safe; one thread at a time writes. */
final class ShardStore extends EngineStore {
  /** The longest key of a client, in bytes. */
  static final int MAX_KEY = 65_534;

  private static final byte[] APPLIED = {0};
  private static final byte KEY = 1;
  private static final byte NODE = 2;

  /** Longer replies are not kept, in bytes: few requests are sent again. */
  private static final int MOST_REPLIES = 1 << 20;

  /** The bits of a version for the number of the command. */
  private static final int POSITION_BITS = 16;

  /** The version of the command that runs. */
  private long version;

  /** Whether the entry may have run in part, before a crash: the first one after an open. */
  private boolean again = true;

  /** The nodes that have sent a request. */
  private final Set<String> nodes = new ConcurrentSkipListSet<>();

  /** Whether there is a record of the last entry. */
  private volatile boolean noted;

  ShardStore(Store store) throws IOException {
    super(store);
    byte[] value = super.get(APPLIED);
    noted = value != null;
    if (noted) {
      int names = 2 * Long.BYTES;
      String all = new String(value, names, value.length - names, StandardCharsets.UTF_8);
      nodes.addAll(all.isEmpty() ? List.of() : List.of(all.split(" ")));
    }
  }

  // ======== Entries ========

  /** Returns the last entry whose effects are all in the store, or null if there is none. */
  TermIndex applied() throws IOException {
    byte[] value = super.get(APPLIED);
    if (value == null) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.wrap(value);
    return TermIndex.valueOf(bytes.getLong(), bytes.getLong());
  }

  /** Returns the index of the last entry whose effects are all in the store; 0 if there is none. */
  long appliedIndex() throws IOException {
    TermIndex applied = applied();
    return applied == null ? 0 : applied.getIndex();
  }

  /** Begins a command of an entry: what is put from now on has its version. */
  void begin(long index, int position) {
    version = index << POSITION_BITS | position;
  }

  /** Ends an entry: all of its effects are in the store. */
  void end(TermIndex entry, Entry.Sender sender, ByteString replies) throws IOException {
    ByteString kept = again || replies.size() > MOST_REPLIES ? ByteString.EMPTY : replies;
    ByteBuffer bytes = ByteBuffer.allocate(2 * Long.BYTES + kept.size());
    bytes.putLong(sender.session()).putLong(sender.number());
    kept.copyTo(bytes);
    super.put(node(sender.node()), bytes.array());
    end(entry, sender);
  }

  /** Ends an entry whose request was done before. */
  void end(TermIndex entry, Entry.Sender sender) throws IOException {
    nodes.add(sender.node());
    note(entry);
    again = false;
  }

  /** Notes that all entries up to this one have been applied, as those of Raft's own have no effect. */
  void note(TermIndex entry) throws IOException {
    byte[] names = String.join(" ", nodes).getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(2 * Long.BYTES + names.length);
    bytes.putLong(entry.getTerm()).putLong(entry.getIndex()).put(names);
    super.put(APPLIED, bytes.array());
    noted = true;
  }

  /**
   * The last request of a node that was done.
   *
   * @param replies as Batch writes them; empty if they were not kept
   */
  record Done(long session, long number, ByteString replies) {
    /** Returns whether a request is this one, or an earlier one that comes late. */
    boolean covers(Entry.Sender sender) {
      return session == sender.session() && sender.number() <= number;
    }
  }

  /** Returns the last request of a node that was done, or null if there is none. */
  Done lastOf(String node) throws IOException {
    byte[] value = super.get(node(node));
    if (value == null) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.wrap(value);
    return new Done(bytes.getLong(), bytes.getLong(), ByteString.copyFrom(bytes));
  }

  private static byte[] node(String name) {
    return prefixed(NODE, name.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] own(byte[] key) {
    return prefixed(KEY, key);
  }

  private static byte[] prefixed(byte prefix, byte[] key) {
    byte[] prefixed = new byte[key.length + 1];
    prefixed[0] = prefix;
    System.arraycopy(key, 0, prefixed, 1, key.length);
    return prefixed;
  }

  private static long version(byte[] stored) {
    return ByteBuffer.wrap(stored).getLong();
  }

  // ======== Commands ========

  @Override
  public byte[] get(byte[] key) throws IOException {
    byte[] stored = super.get(own(key));
    return stored == null ? null : Arrays.copyOfRange(stored, Long.BYTES, stored.length);
  }

  @Override
  public boolean containsKey(byte[] key) throws IOException {
    if (!again) {
      return super.containsKey(own(key));
    }
    byte[] stored = super.get(own(key));
    return stored != null && version(stored) != version;
  }

  @Override
  public void put(byte[] key, byte[] value) throws IOException {
    byte[] own = own(key);
    if (again && isDone(own)) {
      return;
    }
    ByteBuffer stored = ByteBuffer.allocate(Long.BYTES + value.length);
    super.put(own, stored.putLong(version).put(value).array());
  }

  @Override
  public boolean delete(byte[] key) throws IOException {
    byte[] own = own(key);
    return !(again && isDone(own)) && super.delete(own);
  }

  /** Returns whether this command, or a later one, has written a key. */
  private boolean isDone(byte[] own) throws IOException {
    byte[] stored = super.get(own);
    return stored != null && version(stored) >= version;
  }

  /** Deletes all keys, one after the other: the record of the last entry stays. */
  @Override
  public void clear() throws IOException {
    IOException[] failure = new IOException[1];
    forEachKey(
        key -> {
          try {
            delete(key);
            return true;
          } catch (IOException e) {
            failure[0] = e;
            return false;
          }
        });
    if (failure[0] != null) {
      throw failure[0];
    }
  }

  // ======== All keys ========

  /** Returns whether a client sees a key. For any thread, also while an entry is applied. */
  boolean has(byte[] key) throws IOException {
    return super.containsKey(own(key));
  }

  @Override
  public long size() throws IOException {
    return super.size() - ownRecords();
  }

  @Override
  public StoreStats stats() {
    StoreStats all = super.stats();
    return new StoreStats(
        all.keys() - ownRecords(),
        all.files(),
        all.liveBytes(),
        all.deadBytes(),
        all.merges(),
        all.mergedBytes(),
        all.segments(),
        all.merging());
  }

  private int ownRecords() {
    return nodes.size() + (noted ? 1 : 0);
  }

  @Override
  public boolean forEachKey(Predicate<byte[]> consumer) throws IOException {
    return super.forEachKey(
        key -> key[0] != KEY || consumer.test(Arrays.copyOfRange(key, 1, key.length)));
  }
}
