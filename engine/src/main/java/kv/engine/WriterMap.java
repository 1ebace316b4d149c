/*
 * WHAT THIS FILE IS
 *
 * A map of a file that one thread uses, and that can be unmapped at once. Java 17 has no public
 * method for that; Java 22 and later have one in the package java.lang.foreign. This code is
 * compiled for Java 17, so it looks for either while it runs:
 *
 *     Java 22 and later   FileChannel.map with an Arena; closing the arena unmaps
 *     Java 17 to 21       sun.misc.Unsafe.invokeCleaner, which Java 22 and later warn about
 *     otherwise           the garbage collector unmaps, as it does for readers (see MappedFiles)
 *
 * An access after that would end the process on Java 17. So the owner forgets the buffer first.
 */
package kv.engine;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;

/** A map for stores. Only one thread at a time may use it, or close it. */
final class WriterMap implements AutoCloseable {
  /** Unmaps a buffer. */
  private interface Unmapper {
    void run() throws ReflectiveOperationException;
  }

  private final MappedByteBuffer buffer;
  private final Unmapper unmapper;

  private WriterMap(MappedByteBuffer buffer, Unmapper unmapper) {
    this.buffer = buffer;
    this.unmapper = unmapper;
  }

  /**
   * Maps the first bytes of a file, and extends it to that length.
   *
   * @throws IOException as {@link MappedFiles#map}
   */
  static WriterMap open(Path file, long size) throws IOException {
    if (!Disk.LINUX) {
      return new WriterMap(MappedFiles.map(file, MapMode.READ_WRITE, size), () -> {});
    }
    if (Runtime.version().feature() >= 22) {
      AutoCloseable[] arena = new AutoCloseable[1];
      MappedByteBuffer buffer =
          MappedFiles.map(file, MapMode.READ_WRITE, channel -> mapInArena(channel, size, arena));
      return new WriterMap(buffer, () -> close(arena[0]));
    }
    MappedByteBuffer buffer = MappedFiles.map(file, MapMode.READ_WRITE, size);
    return new WriterMap(buffer, () -> invokeCleaner(buffer));
  }

  private static MappedByteBuffer mapInArena(FileChannel channel, long size, AutoCloseable[] arena)
      throws IOException {
    try {
      Class<?> type = Class.forName("java.lang.foreign.Arena");
      arena[0] = (AutoCloseable) type.getMethod("ofShared").invoke(null);
      Method map = FileChannel.class.getMethod("map", MapMode.class, long.class, long.class, type);
      Object segment = map.invoke(channel, MapMode.READ_WRITE, 0L, size, arena[0]);
      Class<?> segmentType = Class.forName("java.lang.foreign.MemorySegment");
      return (MappedByteBuffer) segmentType.getMethod("asByteBuffer").invoke(segment);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IOException("could not map a file", e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IOException("could not map a file", e);
    }
  }

  private static void close(AutoCloseable arena) throws ReflectiveOperationException {
    try {
      arena.close();
    } catch (Exception e) {
      throw new ReflectiveOperationException(e);
    }
  }

  private static void invokeCleaner(ByteBuffer buffer) throws ReflectiveOperationException {
    Class<?> unsafe = Class.forName("sun.misc.Unsafe");
    Field instance = unsafe.getDeclaredField("theUnsafe");
    instance.setAccessible(true);
    unsafe.getMethod("invokeCleaner", ByteBuffer.class).invoke(instance.get(null), buffer);
  }

  /** Returns the map. */
  MappedByteBuffer buffer() {
    return buffer;
  }

  /** Unmaps the file. Where that is not possible, the garbage collector does it later. */
  @Override
  public void close() {
    try {
      unmapper.run();
    } catch (ReflectiveOperationException | RuntimeException e) {
      Logs.LOGGER.log(System.Logger.Level.DEBUG, "could not unmap a file", e);
    }
  }
}
