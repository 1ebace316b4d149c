/*
 * WHAT THIS FILE IS
 *
 * The decoder tells of a request in parts: a header that says how many strings come, and for each
 * string a header that says how long it is, and its bytes in pieces, as they arrive. Here they are
 * put together again.
 *
 *     *2                $3        GET          $5        li          nux
 *     array header 2    header 3  last piece   header 5  a piece     last piece
 *
 * WHY NOT NETTY'S OWN
 *
 * Netty has handlers that do this, and allocate what a header claims. To claim costs a client
 * nothing: "*1000000000", and the next one. Here a length is checked before anything is done with
 * it, memory is taken as bytes arrive, and all of it is in the budget (see Budget).
 */
package kv.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.redis.ArrayHeaderRedisMessage;
import io.netty.handler.codec.redis.BulkStringHeaderRedisMessage;
import io.netty.handler.codec.redis.BulkStringRedisContent;
import io.netty.handler.codec.redis.ErrorRedisMessage;
import io.netty.handler.codec.redis.FullBulkStringRedisMessage;
import io.netty.handler.codec.redis.InlineCommandRedisMessage;
import io.netty.handler.codec.redis.IntegerRedisMessage;
import io.netty.handler.codec.redis.LastBulkStringRedisContent;
import io.netty.handler.codec.redis.SimpleStringRedisMessage;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Makes {@link Request}s of the parts that come from the decoder for RESP. */
final class RequestAssembler extends ChannelInboundHandlerAdapter {
  /** The most strings in a request, as in Redis. */
  static final int MAX_ARGUMENTS = 1 << 20;

  /** The longest string in a request, in bytes. */
  static final int MAX_ARGUMENT = 16 << 20;

  /** What is allocated for a string before its bytes are there, at most. */
  private static final int FIRST_PIECE = 16 << 10;

  private static final byte[] NOTHING = {};

  private final Budget.Account account;

  /** How many strings of this request are still to come; 0 between requests. */
  private int missing;

  private List<byte[]> arguments;

  /** How many bytes the account was charged for this request. */
  private long cost;

  /** How long the string will be that is being read, as the client claims. */
  private int length;

  /** What there is of it, or null; the array may be longer. */
  private byte[] argument;

  /** How many bytes of it are there. */
  private int filled;

  /** Whether something was wrong, or the connection is closed: what follows is not looked at. */
  private boolean broken;

  RequestAssembler(Budget.Account account) {
    this.account = account;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      if (!broken) {
        if (missing == 0) {
          begin(context, message);
        } else {
          goOn(context, message);
        }
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  /** Reads how many strings come. */
  private void begin(ChannelHandlerContext context, Object message) {
    if (!(message instanceof ArrayHeaderRedisMessage header)) {
      fail(context, "expected '*', got '" + firstCharacter(message) + "'");
    } else if (header.length() > MAX_ARGUMENTS) {
      fail(context, "invalid multibulk length");
    } else if (header.length() > 0) {
      missing = (int) header.length();
      arguments = new ArrayList<>(Math.min(missing, 8));
      cost = Request.COST;
      broken = !account.take(cost);
    }
    // An empty request is no request.
  }

  /** Reads a string, or some of it. */
  private void goOn(ChannelHandlerContext context, Object message) {
    if (message instanceof BulkStringHeaderRedisMessage header) {
      length = header.bulkStringLength();
      if (length > MAX_ARGUMENT) {
        fail(context, "invalid bulk length");
      }
    } else if (message instanceof BulkStringRedisContent piece
        && message != FullBulkStringRedisMessage.NULL_INSTANCE) {
      add(piece.content());
      if (message instanceof LastBulkStringRedisContent && !broken) {
        endArgument(context);
      }
    } else if (message == FullBulkStringRedisMessage.NULL_INSTANCE) {
      fail(context, "invalid bulk length");
    } else {
      fail(context, "expected '$', got '" + firstCharacter(message) + "'");
    }
  }

  /** Adds a piece to the string. Most come in one piece, and get an array of their length. */
  private void add(ByteBuf piece) {
    if (argument == null) {
      argument = NOTHING;
      cost += Request.ARRAY_COST;
      broken = !account.take(Request.ARRAY_COST);
    }
    int bytes = piece.readableBytes();
    if (!broken && makeRoom(filled + bytes)) {
      piece.readBytes(argument, filled, bytes);
      filled += bytes;
    }
  }

  /** Makes room for so many bytes of the string; if there is no memory for them, returns false. */
  private boolean makeRoom(int bytes) {
    if (bytes > argument.length) {
      int atLeast = Math.max(FIRST_PIECE, 2 * argument.length);
      int capacity = Math.min(length, Math.max(bytes, atLeast));
      int more = capacity - argument.length;
      cost += more;
      broken = !account.take(more);
      if (!broken) {
        argument = Arrays.copyOf(argument, capacity);
      }
    }
    return !broken;
  }

  private void endArgument(ChannelHandlerContext context) {
    arguments.add(argument);
    argument = null;
    filled = 0;
    length = 0;
    missing--;
    if (missing == 0) {
      Request request = new Request(arguments.toArray(new byte[0][]), cost, null);
      arguments = null;
      context.fireChannelRead(request);
    }
  }

  /** The decoder could not go on: what it found is where a length has to be, or a string's end. */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof DecoderException)) {
      context.fireExceptionCaught(cause);
    } else if (!broken) {
      fail(context, missing == 0 ? "invalid multibulk length" : "invalid bulk length");
    }
  }

  private void fail(ChannelHandlerContext context, String rule) {
    broken = true;
    context.fireChannelRead(Request.broken(rule));
  }

  /** The first character of what a message was decoded from. */
  private static char firstCharacter(Object message) {
    if (message instanceof InlineCommandRedisMessage line) {
      return line.content().isEmpty() ? ' ' : line.content().charAt(0);
    }
    if (message instanceof SimpleStringRedisMessage) {
      return '+';
    }
    if (message instanceof ErrorRedisMessage) {
      return '-';
    }
    if (message instanceof IntegerRedisMessage) {
      return ':';
    }
    return message instanceof ArrayHeaderRedisMessage ? '*' : '$';
  }
}
