/*
 * WHAT THIS FILE IS
 *
 * Writes of one key with conditions. Where the keys are elsewhere, such a write is a command, which
 * runs where its key is: only there nothing comes between the condition and the write.
 *
 *     kv.put     key  If-Match  If-None-Match  value
 *     kv.delete  key  If-Match  If-None-Match
 *
 * A condition that the request has not is an empty argument. The reply is the number of an outcome.
 * No client can send these commands by RESP.
 */
package kv.server.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import kv.server.core.Database;
import kv.server.core.ServedStore;

/** Writes keys if their conditions hold. */
public final class KeyWrites {
  private static final String PUT = "kv.put";
  private static final String DELETE = "kv.delete";

  private final ServedStore store;
  private final Database database;

  /**
   * Writes in a store.
   *
   * @param database counts the writes, and puts them in the store
   */
  public KeyWrites(ServedStore store, Database database) {
    this.store = store;
    this.database = database;
  }

  /** The outcomes of a write. */
  enum Outcome {
    /** The condition did not hold; nothing was changed. */
    REFUSED,
    /** The key was put, and was absent before. */
    CREATED,
    /** The key was put, and had a value before. */
    REPLACED,
    /** The key was deleted. */
    DELETED,
    /** The key to delete was absent. */
    ABSENT
  }

  Outcome put(byte[] key, byte[] value, Preconditions conditions) throws IOException {
    // Not through the database, which would count a read: the client does not read.
    boolean isNew = !store.containsKey(key);
    if (!holds(conditions, key)) {
      return Outcome.REFUSED;
    }
    database.put(key, value);
    return isNew ? Outcome.CREATED : Outcome.REPLACED;
  }

  Outcome delete(byte[] key, Preconditions conditions) throws IOException {
    // RFC 9110, section 13.2.1: without the condition this would be 404, so it is ignored.
    if (store.containsKey(key) && !holds(conditions, key)) {
      return Outcome.REFUSED;
    }
    return database.delete(key) ? Outcome.DELETED : Outcome.ABSENT;
  }

  private boolean holds(Preconditions conditions, byte[] key) throws IOException {
    if (conditions.isEmpty()) {
      return true;
    }
    byte[] value = store.get(key);
    String etag = value == null ? null : EntityTag.of(value);
    return conditions.isMatched(etag) && conditions.isNoneMatched(etag);
  }

  // ======== As commands ========

  static byte[][] putCommand(byte[] key, byte[] value, Preconditions conditions) {
    return new byte[][] {
      bytes(PUT), key, bytes(conditions.match()), bytes(conditions.noneMatch()), value
    };
  }

  static byte[][] deleteCommand(byte[] key, Preconditions conditions) {
    return new byte[][] {
      bytes(DELETE), key, bytes(conditions.match()), bytes(conditions.noneMatch())
    };
  }

  /** Returns whether a command is one of this class. */
  public static boolean isCommand(String name) {
    return name.equals(PUT) || name.equals(DELETE);
  }

  /**
   * Returns whether the outcome of a command could differ if commands before it on the same key had
   * run twice: a delete with a condition. A put leaves a trace of itself.
   */
  public static boolean isConditionalDelete(byte[][] command) {
    return text(command[0]).equals(DELETE) && command[2].length + command[3].length > 0;
  }

  /**
   * Runs a command.
   *
   * @return the reply in RESP
   */
  public byte[] run(byte[][] command) throws IOException {
    Preconditions conditions = Preconditions.of(text(command[2]), text(command[3]));
    Outcome outcome =
        text(command[0]).equals(PUT)
            ? put(command[1], command[4], conditions)
            : delete(command[1], conditions);
    return bytes(":" + outcome.ordinal() + "\r\n");
  }

  /** Returns the outcome in a reply that is not an error. */
  static Outcome outcome(byte[] reply) {
    return Outcome.values()[reply[1] - '0'];
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
