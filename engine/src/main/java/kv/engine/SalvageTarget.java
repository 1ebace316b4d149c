/*
 * WHAT THIS FILE IS
 *
 * The new store of a salvage, of the same kind as the damaged one:
 *
 *     SOURCE                       NEW STORE
 *     segments                     segments of version 2: the records are put again
 *     store.data of steps 1 to 4   store.data, with the same bytes for each record
 */
package kv.engine;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The new store that a salvage writes. */
abstract class SalvageTarget implements Closeable {
  /** Adds a record, in log order. */
  abstract void add(RecordMatcher.Found record) throws IOException;

  /** Makes the new store durable. */
  abstract void finish() throws IOException;

  /** Creates a new store of the engine. */
  static SalvageTarget newStore(Path directory) throws IOException {
    return new NewStore(directory);
  }

  /** Creates a new store of steps 1 to 4. */
  static SalvageTarget newLog(Path directory) throws IOException {
    return new NewLog(directory);
  }

  /**
   * A store of the engine. The records get other places and other header checksums, so they are put
   * again. A delete of a key whose put was left out writes nothing, and is not needed.
   */
  private static final class NewStore extends SalvageTarget {
    private final Store store;

    NewStore(Path directory) throws IOException {
      Options options = Options.DEFAULT.withSync(Options.SyncPolicy.NEVER);
      store = Store.open(directory, options.withAutomaticMerge(false));
    }

    @Override
    void add(RecordMatcher.Found record) throws IOException {
      if (record.type() == Record.PUT) {
        store.put(record.key(), record.value());
      } else {
        store.delete(record.key());
      }
    }

    @Override
    void finish() throws IOException {
      store.sync();
    }

    @Override
    public void close() throws IOException {
      store.close();
    }
  }

  /**
   * A log of steps 1 to 4, with the records' own bytes. It gets its name when it is durable, so its
   * sync marks are true.
   */
  private static final class NewLog extends SalvageTarget {
    private final Path directory;
    private final Path unfinished;
    private final RandomAccessFile writer;

    NewLog(Path directory) throws IOException {
      Directories.create(directory);
      this.directory = directory;
      this.unfinished = directory.resolve(OldLog.FILE_NAME + ".tmp");
      this.writer = new RandomAccessFile(unfinished.toFile(), "rw");
      writer.write(OldLog.FILE_HEADER);
    }

    @Override
    void add(RecordMatcher.Found record) throws IOException {
      writer.write(record.bytes());
    }

    @Override
    void finish() throws IOException {
      // Closed before the rename: Windows does not rename an open file.
      writer.close();
      Disk.sync(unfinished);
      Path log = directory.resolve(OldLog.FILE_NAME);
      Files.move(unfinished, log, StandardCopyOption.ATOMIC_MOVE);
      Directories.sync(directory);
    }

    @Override
    public void close() throws IOException {
      writer.close();
    }
  }
}
