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

/** A file on a disk that fills up, breaks, or takes its time, as the test wants it; and counts. */
class FaultyChannel extends FileChannel {
  private final FileChannel file;

  /** How many bytes can still be written before the disk is full. */
  long space = Long.MAX_VALUE;

  /** The most that one write call takes. */
  int longestWrite = Integer.MAX_VALUE;

  /** How many reads there are before they fail; the last of them is short. */
  int readsLeft = Integer.MAX_VALUE;

  boolean forceFails;
  boolean truncateFails;

  /** What is thrown when the disk is full or a truncate fails, the same both times. */
  private final IOException failure = new IOException("No space left on device");

  /** What was called, in order: "read", "write", "force", "truncate". */
  final List<String> calls = new ArrayList<>();

  /** Where each write ended. */
  final List<Long> writeEnds = new ArrayList<>();

  /** How much was read. */
  long bytesRead;

  FaultyChannel(FileChannel file) {
    this.file = file;
  }

  /** How often a method was called. */
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

  // The rest of a FileChannel, which a log has no use for.

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
