package kv.step5;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A file on a disk that fills up, fails or is slow, as a test requires. Counts the calls. */
class FaultyChannel extends FileChannel {
  private final FileChannel file;

  /** Number of bytes that can still be written before the disk is full. */
  long space = Long.MAX_VALUE;

  /** The largest number of bytes that one write call writes. */
  int longestWrite = Integer.MAX_VALUE;

  /** Number of reads that succeed; the last of them is short. */
  int readsLeft = Integer.MAX_VALUE;

  boolean forceFails;
  boolean truncateFails;

  /** Thrown when the disk is full and when a truncate fails: the same object both times. */
  private final IOException failure = new IOException("No space left on device");

  /** The calls in order: "read", "write", "force", "truncate". */
  final List<String> calls = new ArrayList<>();

  /** The offset at which each write ended. */
  final List<Long> writeEnds = new ArrayList<>();

  /** Number of bytes read. */
  long bytesRead;

  FaultyChannel(FileChannel file) {
    this.file = file;
  }

  /** Returns how often a method was called. */
  int count(String call) {
    return Collections.frequency(calls, call);
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    calls.add("read");
    if (readsLeft == 0) {
      throw new IOException("Input/output error");
    }
    readsLeft--;
    int limit = target.limit();
    target.limit(readsLeft > 0 ? limit : target.position() + 1);
    int read = file.read(target, position);
    target.limit(limit);
    bytesRead += Math.max(0, read);
    return read;
  }

  @Override
  public int write(ByteBuffer source, long position) throws IOException {
    calls.add("write");
    if (space == 0) {
      throw failure;
    }
    int limit = source.limit();
    int length = (int) Math.min(Math.min(source.remaining(), longestWrite), space);
    source.limit(source.position() + length);
    int written = file.write(source, position);
    source.limit(limit);
    space -= written;
    writeEnds.add(position + written);
    return written;
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    return file.write(source);
  }

  @Override
  public FileLock tryLock(long position, long size, boolean shared) throws IOException {
    return file.tryLock(position, size, shared);
  }

  @Override
  public void force(boolean metaData) throws IOException {
    calls.add("force");
    if (forceFails) {
      throw new IOException("Input/output error");
    }
    file.force(metaData);
  }

  @Override
  public FileChannel truncate(long size) throws IOException {
    calls.add("truncate");
    if (truncateFails) {
      throw failure;
    }
    file.truncate(size);
    return this;
  }

  @Override
  public long size() throws IOException {
    return file.size();
  }

  @Override
  protected void implCloseChannel() throws IOException {
    file.close();
  }

  // The methods of a FileChannel that a log does not use.

  @Override
  public int read(ByteBuffer target) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long read(ByteBuffer[] targets, int offset, int length) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long write(ByteBuffer[] sources, int offset, int length) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long position() {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileChannel position(long position) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long transferTo(long position, long count, WritableByteChannel target) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long position, long count) {
    throw new UnsupportedOperationException();
  }

  @Override
  public MappedByteBuffer map(MapMode mode, long position, long size) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileLock lock(long position, long size, boolean shared) {
    throw new UnsupportedOperationException();
  }
}
