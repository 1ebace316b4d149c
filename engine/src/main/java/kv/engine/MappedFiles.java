/*
 * WHAT THIS FILE IS
 *
 * Mapping files into memory. Two problems have to be solved: an interrupt must not prevent a map,
 * and a process must not have too many maps.
 *
 * INTERRUPTS
 *
 * Only FileChannel maps files, and a FileChannel closes itself when the thread that uses it is
 * interrupted. That does not affect the file, so the file is mapped again, through another
 * channel.
 *
 * LIMIT
 *
 * Linux limits the maps of a process (vm.max_map_count, by default 65,530), and a JVM that reaches
 * the limit dies. A dropped segment stays mapped until the garbage collector finds that no reader
 * uses it. So the maps of all stores of this process are counted, dropped ones included. At the
 * limit the garbage collector is called. If that frees no map, mapping fails with an IOException.
 *
 * UNMAPPING
 *
 * Up to Java 21 only the garbage collector can unmap what readers use: if one is in the middle of a
 * copy, unmapping would kill the process. (From Java 22 on, a shared Arena unmaps at once, and a
 * late reader gets an exception.) The map through which a segment is written is another one, which
 * no reader has, and is unmapped as soon as the segment is full: see WriterMap.
 */
package kv.engine;

import java.io.IOException;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Maps files, and counts the maps of this process. */
final class MappedFiles {
  /** Maximum number of maps of all stores of this process. */
  static final int MAX_MAPS = 30_000;

  /** Number of calls of the garbage collector before a map is refused. */
  private static final int ATTEMPTS = 5;

  /** Pause after each of these calls, for collected maps to be noticed. */
  private static final long PAUSE_MILLIS = 100;

  /** One reference for each map. A reference enters the queue when its map was collected. */
  private static final Set<PhantomReference<MappedByteBuffer>> MAPS = ConcurrentHashMap.newKeySet();

  private static final ReferenceQueue<MappedByteBuffer> COLLECTED = new ReferenceQueue<>();

  private MappedFiles() {}

  /**
   * Maps the first bytes of a file. If the mode allows writes, extends the file to the size of the
   * map. The file may be shortened again as long as the bytes past its end are not accessed.
   *
   * @throws IOException if the file cannot be mapped, or if this process has too many maps
   */
  static MappedByteBuffer map(Path file, MapMode mode, long size) throws IOException {
    return map(file, mode, channel -> channel.map(mode, 0, size));
  }

  /** Maps a file through a channel. */
  interface Mapping {
    MappedByteBuffer map(FileChannel channel) throws IOException;
  }

  /**
   * Maps a file.
   *
   * @param mode how the file is opened
   * @throws IOException as {@link #map(Path, MapMode, long)}
   */
  static MappedByteBuffer map(Path file, MapMode mode, Mapping mapping) throws IOException {
    awaitRoom(file);
    Set<StandardOpenOption> options =
        mode == MapMode.READ_ONLY
            ? Set.of(StandardOpenOption.READ)
            : Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
    boolean interrupted = false;
    try {
      while (true) {
        // Cleared, because a channel also closes itself if the thread was interrupted before.
        interrupted |= Thread.interrupted();
        try (FileChannel channel = FileChannel.open(file, options)) {
          MappedByteBuffer map = mapping.map(channel);
          MAPS.add(new PhantomReference<>(map, COLLECTED));
          return map;
        } catch (ClosedByInterruptException e) {
          // Again, with the interrupt cleared.
        } catch (IOException e) {
          throw new IOException(
              "could not map "
                  + file
                  + (mode == MapMode.READ_ONLY ? " to read it: " : " to write to it: ")
                  + e.getMessage()
                  + (e instanceof FileSystemException
                      // The open of the file failed, for lack of a descriptor for example.
                      ? ""
                      : " (a store needs a file system with shared maps, as all local ones have)"),
              e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Waits until this process may have another map. Has unused maps collected if necessary. */
  private static void awaitRoom(Path file) throws IOException {
    for (int attempt = 0; count() >= MAX_MAPS; attempt++) {
      if (attempt == ATTEMPTS) {
        throw new IOException(
            "cannot map "
                + file
                + ": the stores of this process have "
                + MAX_MAPS
                + " segments mapped, which is the limit; merge them, or open them with a larger"
                + " segment size");
      }
      System.gc();
      Uninterruptible.sleep(PAUSE_MILLIS);
    }
  }

  /** Returns the number of maps that are not collected yet. */
  static int count() {
    for (Object map = COLLECTED.poll(); map != null; map = COLLECTED.poll()) {
      MAPS.remove(map);
    }
    return MAPS.size();
  }
}
