package kv.workshop.scope;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kv.workshop.Folders;

/**
 * A folder that is created when it is first needed, and deleted when it is closed or when the JVM
 * ends: a server ends by Ctrl+C, which closes nothing.
 */
final class TemporaryFolder implements AutoCloseable {
  /** Attempts at the end of the JVM, while its threads still create files in the folder. */
  private static final int MOST_ATTEMPTS = 20;

  private static final int PAUSE_MILLIS = 20;

  private final String prefix;
  private Path folder;

  /** Creates none yet. The name of the folder begins with the prefix. */
  TemporaryFolder(String prefix) {
    this.prefix = prefix;
  }

  /** Returns the folder, which exists. */
  synchronized Path path() throws IOException {
    if (folder == null) {
      folder = Files.createTempDirectory(prefix).toRealPath();
      Path created = folder;
      Runtime.getRuntime().addShutdownHook(new Thread(() -> deleteAtLast(created)));
    }
    return folder;
  }

  private static void deleteAtLast(Path folder) {
    for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      try {
        Folders.delete(folder);
        return;
      } catch (IOException | UncheckedIOException e) {
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (folder != null) {
      Folders.delete(folder);
      folder = null;
    }
  }
}
