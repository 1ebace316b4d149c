/*
 * WHAT THIS FILE IS
 *
 * The replies to one client, as bytes. They are collected until the turn of the event loop ends
 * (see Turn), and sent together.
 *
 *     +OK CR LF                          a status
 *     -ERR syntax error CR LF            an error
 *     :3 CR LF                           an integer
 *     $5 CR LF linux CR LF               a string, with its length in bytes
 *     *2 CR LF  ... two replies          an array
 *
 * There are two versions of the protocol. A client gets RESP2 unless it asks for RESP3 by HELLO 3.
 * RESP3 has types that RESP2 lacks:
 *
 *                     RESP3                  RESP2
 *     no value        _                      $-1, or *-1 where an array is missing
 *     a map of n      %n  key value ...      *2n key value ...
 *     a set of n      ~n  ...                *n  ...
 *     text            =9  txt:linux          $5  linux
 *
 * MEMORY
 *
 * Each reply is charged to the connection's account when it is written (see Budget), and released
 * when the operating system has accepted its bytes. A large buffer grows by further buffers and is
 * not copied.
 */
package kv.server.resp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import kv.server.core.Budget;
import kv.server.core.Counters;

/** Writes the replies to one client. Used on the event loop only. */
final class Replies {
  /** Initial size of the buffer for the replies of a turn, in bytes. */
  private static final int MIN_BUFFER = 256;

  /**
   * The largest buffer that is copied into a larger one when it is full, in bytes. Copying hundreds
   * of megabytes repeatedly would stop all clients for seconds.
   */
  private static final int MAX_COPIED = 1 << 20;

  static final short CR_LF = '\r' << 8 | '\n';

  static final int CR_LF_LENGTH = 2;

  /** The most bytes of a type, the digits of a long with its sign, and CR LF. */
  static final int MAX_HEADER = 23;

  private final ByteBufAllocator allocator;
  private final Budget.Account account;
  private final Counters counters;
  private final Runnable onFirst;

  /** Space for a number before it is copied to the buffer. */
  private final byte[] header = new byte[MAX_HEADER];

  private boolean resp3;

  /** The replies that were not taken, or null. */
  private ByteBuf buffer;

  /** The bytes that the account was charged for them. */
  private long cost;

  /**
   * Replies to one client.
   *
   * @param onFirst run before the first reply is written, and before the first after each {@link
   *     #take}
   */
  Replies(ByteBufAllocator allocator, Budget.Account account, Counters counters, Runnable onFirst) {
    this.allocator = allocator;
    this.account = account;
    this.counters = counters;
    this.onFirst = onFirst;
  }

  // ======== The buffer ========

  /** Returns the version of the protocol, 2 or 3. */
  int version() {
    return resp3 ? 3 : 2;
  }

  /** Sets the version of the protocol, 2 or 3, for all later replies. */
  void setVersion(int version) {
    resp3 = version == 3;
  }

  /** Returns whether there are no replies. */
  boolean isEmpty() {
    return buffer == null;
  }

  /** Returns the bytes that the account was charged for the replies that were not taken. */
  long cost() {
    return cost;
  }

  /** Returns the position of the next reply: see {@link #takeBack}. */
  int mark() {
    return buffer == null ? 0 : buffer.writerIndex();
  }

  /** Removes all replies after a mark, for example those of an incomplete array. */
  void takeBack(int mark) {
    if (buffer != null) {
      buffer.writerIndex(mark);
    }
  }

  /** Returns all replies, or null if there are none. The caller releases them and their cost. */
  ByteBuf take() {
    ByteBuf all = buffer;
    buffer = null;
    cost = 0;
    return all;
  }

  /** Makes room for a reply; returns false if there is no memory, and the connection is closed. */
  private boolean makeRoom(int bytes) {
    if (!account.charge(bytes)) {
      return false;
    }
    cost += bytes;
    if (buffer == null) {
      // First: without a call at the end of the turn, the replies would never be sent.
      onFirst.run();
      buffer = allocator.ioBuffer(Math.max(bytes, MIN_BUFFER));
    }
    if (buffer.capacity() > MAX_COPIED && !(buffer instanceof CompositeByteBuf)) {
      buffer = allocator.compositeDirectBuffer(Integer.MAX_VALUE).addComponent(true, buffer);
    }
    buffer.ensureWritable(bytes);
    return true;
  }

  // ======== Replies ========

  void ok() {
    status("OK");
  }

  /** Replies with a status: one line of ASCII. */
  void status(String text) {
    line('+', text);
  }

  /** Replies with an error: a code in capitals, and a text whose characters are bytes. */
  void error(String text) {
    counters.countError();
    line('-', text.replace('\r', ' ').replace('\n', ' '));
  }

  void integer(long value) {
    number(':', value);
  }

  /**
   * Replies with a string; with "no value" if it is null.
   *
   * @return false if there is no memory for it, and the connection is closed
   */
  boolean bulk(byte[] value) {
    return value == null ? none() : string('$', value);
  }

  /** Replies with a string whose characters are bytes. */
  void bulk(String text) {
    string('$', Ascii.bytes(text));
  }

  /** Replies with text for people to read. */
  void text(String text) {
    if (resp3) {
      string('=', Ascii.bytes("txt:" + text));
    } else {
      bulk(text);
    }
  }

  private boolean none() {
    return resp3 ? line('_', "") : number('$', -1);
  }

  /** Replies with "no array". */
  void noArray() {
    if (resp3) {
      line('_', "");
    } else {
      number('*', -1);
    }
  }

  /**
   * Replies with bytes that are a reply already.
   *
   * @return false if there is no memory for it, and the connection is closed
   */
  boolean reply(byte[] bytes) {
    if (!makeRoom(bytes.length)) {
      return false;
    }
    buffer.writeBytes(bytes);
    return true;
  }

  /** Starts an array of {@code size} replies, which follow. */
  void array(int size) {
    number('*', size);
  }

  /**
   * Replies with an array of strings; with a part of it if there is no memory, and the connection
   * is closed.
   */
  void array(StringArray strings) {
    array(strings.size());
    for (ByteBuffer piece : strings.pieces()) {
      if (!makeRoom(piece.remaining())) {
        return;
      }
      buffer.writeBytes(piece);
    }
  }

  /** Starts a set of {@code size} replies, which follow. */
  void set(int size) {
    number(resp3 ? '~' : '*', size);
  }

  /** Starts a map of {@code size} entries: twice as many replies follow. */
  void map(int size) {
    if (resp3) {
      number('%', size);
    } else {
      number('*', 2L * size);
    }
  }

  private boolean line(char type, String text) {
    if (!makeRoom(text.length() + 3)) {
      return false;
    }
    buffer.writeByte(type);
    buffer.writeCharSequence(text, StandardCharsets.ISO_8859_1);
    ByteBufUtil.writeShortBE(buffer, CR_LF);
    return true;
  }

  private boolean string(char type, byte[] bytes) {
    if (!makeRoom(MAX_HEADER + bytes.length + CR_LF_LENGTH)) {
      return false;
    }
    writeNumber(type, bytes.length);
    buffer.writeBytes(bytes);
    ByteBufUtil.writeShortBE(buffer, CR_LF);
    return true;
  }

  private boolean number(char type, long value) {
    if (!makeRoom(MAX_HEADER)) {
      return false;
    }
    writeNumber(type, value);
    return true;
  }

  /** Writes a type, a number, and the end of the line. The buffer has room for them. */
  private void writeNumber(char type, long value) {
    int start = format(header, type, value);
    buffer.writeBytes(header, start, MAX_HEADER - start);
  }

  /**
   * Formats a type, a number, and the end of the line at the end of an array of {@link #MAX_HEADER}
   * bytes. Returns the index at which they start.
   */
  static int format(byte[] header, char type, long value) {
    int i = MAX_HEADER;
    header[--i] = '\n';
    header[--i] = '\r';
    // The remainders of a negative number are negative, and Long.MIN_VALUE has no opposite.
    long rest = value;
    do {
      header[--i] = (byte) ('0' + Math.abs(rest % 10));
      rest /= 10;
    } while (rest != 0);
    if (value < 0) {
      header[--i] = '-';
    }
    header[--i] = (byte) type;
    return i;
  }
}
