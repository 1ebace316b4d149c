/*
 * WHAT THIS FILE IS
 *
 * A decoder keeps the bytes of a message that is not complete: some of a line, up to 64 KiB. That
 * is little for one connection, and much for ten thousand. So what a decoder keeps is in the
 * budget, and this handler stands before the decoder to find out how much it is.
 *
 * How, since the decoders are Netty's, and do not tell: what they decode from is put together by a
 * cumulator, which can be replaced. This one does what Netty's does, and remembers the result. When
 * the decoder has done all it can, what is still readable there is what it keeps.
 */
package kv.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.ByteToMessageDecoder;

/** Charges what the decoder behind it keeps to the connection's account. */
final class PendingBytes extends ChannelInboundHandlerAdapter
    implements ByteToMessageDecoder.Cumulator {
  private final Budget.Account account;
  private ByteBuf buffer;
  private long charged;

  PendingBytes(ByteToMessageDecoder decoder, Budget.Account account) {
    this.account = account;
    decoder.setCumulator(this);
  }

  @Override
  public ByteBuf cumulate(ByteBufAllocator allocator, ByteBuf kept, ByteBuf read) {
    ByteBuf all = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(allocator, kept, read);
    // Else it would be used for something else as soon as the decoder has read it all.
    buffer = all.retain();
    return all;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    context.fireChannelRead(message);
    if (buffer != null) {
      // All of it: a buffer is as large for its last byte as for all.
      long keeps = buffer.isReadable() ? buffer.capacity() : 0;
      buffer.release();
      buffer = null;
      account.change(charged, keeps);
      charged = keeps;
    }
  }
}
