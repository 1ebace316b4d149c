/*
 * WHAT THIS FILE IS
 *
 * The engine of one shard, as the state of a Raft group. A crash can come between the puts of an
 * entry, and the restarted node applies the entry again. So an entry must have the same effect on
 * a state that has a part of it already.
 *
 *     key                    value
 *     00                     term, index: the last entry that was applied (8 bytes each)
 *     01 then the key        version (8 bytes) then the value
 *
 * The version says which command wrote the value: the entry's index, shifted by 16 bits, plus the
 * command's number in the entry. In the first entry after an open, a command that finds its own
 * version, or a later one, does not write. And it takes a value of its own version for absent: it
 * was, when the command ran first. Later entries need no such look.
 *
 * WHY THIS IS ENOUGH
 *
 * The store recovers a prefix of its history. The record of an entry is put after the entry's
 * effects. So after any crash the store has the effects of all entries up to its record, and
 * perhaps some of the next one. Applied again, that entry finds each key in one of three states:
 *
 *     not changed yet by the entry   the command runs as at the first time
 *     put by it                      the versions keep it as it is
 *     deleted by it                  earlier commands may put it once more, and the same command
 *                                    deletes it once more
 *
 * A command must not decide about one key by looking at another, unless it is the only one of its
 * entry: see Plan.
 */
package kv.cluster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Predicate;
import kv.engine.Store;
import kv.server.core.EngineStore;
import org.apache.ratis.server.protocol.TermIndex;

/** The keys of one shard. Reads are thread-safe; one thread at a time writes. */
final class ShardStore extends EngineStore {
  /** The longest key of a client, in bytes. */
  static final int MAX_KEY = 65_534;

  private static final byte[] APPLIED = {0};
  private static final byte PREFIX = 1;

  /** The bits of a version for the number of the command. */
  private static final int POSITION_BITS = 16;

  /** The version of the command that runs. */
  private long version;

  /** Whether the entry may have run in part, before a crash: the first one after an open. */
  private boolean again = true;

  ShardStore(Store store) {
    super(store);
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

  /** Begins a command of an entry: what is put from now on has its version. */
  void begin(long index, int position) {
    version = index << POSITION_BITS | position;
  }

  /** Ends an entry: all of its effects are in the store. */
  void end(TermIndex entry) throws IOException {
    note(entry);
    again = false;
  }

  /** Notes that all entries up to this one have been applied, as those of Raft's own have no effect. */
  void note(TermIndex entry) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(2 * Long.BYTES);
    super.put(APPLIED, bytes.putLong(entry.getTerm()).putLong(entry.getIndex()).array());
  }

  private static byte[] own(byte[] key) {
    byte[] own = new byte[key.length + 1];
    own[0] = PREFIX;
    System.arraycopy(key, 0, own, 1, key.length);
    return own;
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

  @Override
  public long size() throws IOException {
    return super.size() - (super.containsKey(APPLIED) ? 1 : 0);
  }

  @Override
  public boolean forEachKey(Predicate<byte[]> consumer) throws IOException {
    return super.forEachKey(
        key -> key[0] != PREFIX || consumer.test(Arrays.copyOfRange(key, 1, key.length)));
  }
}
