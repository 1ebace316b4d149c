/*
 * WHAT THIS FILE IS
 *
 * Mapping files into memory. A map is more than a call: an interrupt must not harm it, and there
 * must not be too many.
 *
 * INTERRUPTS
 *
 * Only FileChannel maps files, and a FileChannel closes itself when the thread that uses it is
 * interrupted. Nothing has happened to the file then, so the file is mapped again, through another
 * channel.
 *
 * HOW MANY
 *
 * Linux limits the maps of a process (vm.max_map_count, 65,530 unless changed), and a JVM that
 * reaches the limit ends. A dropped segment stays mapped until the garbage collector finds that no
 * reader has it any longer, so the maps of all stores of this process are counted, dropped ones
 * included. At the limit the garbage collector is called, and a file that is one too many is an
 * IOException.
 *
 * NOT HERE, AND WHY
 *
 * Unmapping. Up to Java 21 only the garbage collector can do that safely: a reader may be in the
 * middle of a copy, and would end the process. (From Java 22 on, a shared Arena unmaps at once, and
 * a reader that comes late gets an exception.)
 */
package kv.engine;

import java.io.IOException;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Maps files, and counts the maps of this process. */
final class MappedFiles {
  /** Maximum number of maps that all stores of this process have at a time. */
  static final int MAX_MAPS = 30_000;

  /** How often the garbage collector is called before a map is refused. */
  private static final int ATTEMPTS = 5;

  /** How long a collected map may take to be noticed, in milliseconds. */
  private static final long PAUSE_MILLIS = 100;

  /** One reference for each map; a reference is in the queue once its map was collected. */
  private static final Set<PhantomReference<MappedByteBuffer>> MAPS = ConcurrentHashMap.newKeySet();

  private static final ReferenceQueue<MappedByteBuffer> COLLECTED = new ReferenceQueue<>();

  private MappedFiles() {}

  /**
   * Maps the first bytes of a file. A file that is to be written is made as long as the map; the
   * file may become shorter again as long as the bytes past its end are not touched.
   *
   * @throws IOException if the file cannot be mapped, or if this process has too many maps
   */
  static MappedByteBuffer map(Path file, MapMode mode, long size) throws IOException {
    awaitRoom(file);
    Set<StandardOpenOption> options =
        mode == MapMode.READ_ONLY
            ? Set.of(StandardOpenOption.READ)
            : Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
    boolean interrupted = false;
    try {
      while (true) {
        // Cleared: a channel closes itself under a thread that was interrupted before, too.
        interrupted |= Thread.interrupted();
        try (FileChannel channel = FileChannel.open(file, options)) {
          MappedByteBuffer map = channel.map(mode, 0, size);
          MAPS.add(new PhantomReference<>(map, COLLECTED));
          return map;
        } catch (ClosedByInterruptException e) {
          // Once more.
        } catch (IOException e) {
          throw new IOException(
              "could not map "
                  + file
                  + (mode == MapMode.READ_ONLY ? " to read it: " : " to write to it: ")
                  + e.getMessage()
                  + " (a store needs a file system with shared maps, as all local ones have)",
              e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Waits until this process has few enough maps, and has unused ones collected for that. */
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

  /** Number of maps that were made and not collected yet. */
  static int count() {
    for (Object map = COLLECTED.poll(); map != null; map = COLLECTED.poll()) {
      MAPS.remove(map);
    }
    return MAPS.size();
  }
}
