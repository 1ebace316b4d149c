package kv.server;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import kv.engine.CorruptStoreException;

/** A store that could not be opened. The message has one line: the path, the fault, and advice. */
final class StartFailure extends IOException {
  private static final long serialVersionUID = 1;

  StartFailure(Path directory, Exception cause) {
    super(
        "cannot open the store in " + directory + ": " + reason(cause) + ". " + advice(cause),
        cause);
  }

  private static String reason(Exception cause) {
    if (cause instanceof FileSystemException e) {
      return e.getFile() + ": " + reason(e);
    }
    String message = cause.getMessage();
    return message == null
        ? cause.getClass().getSimpleName()
        : message.lines().findFirst().orElse("").replaceFirst("\\.$", "");
  }

  /** Returns the fault. Many of these exceptions have only the file's name as their message. */
  private static String reason(FileSystemException cause) {
    if (cause.getReason() != null) {
      return cause.getReason();
    }
    if (cause instanceof AccessDeniedException) {
      return "access is denied";
    }
    if (cause instanceof NoSuchFileException) {
      return "there is no such file";
    }
    if (cause instanceof NotDirectoryException) {
      return "it is not a directory";
    }
    return cause.getClass().getSimpleName();
  }

  private static String advice(Exception cause) {
    return cause instanceof CorruptStoreException
        ? "Salvage copies all intact records into a new store: java -jar server/target/server.jar"
            + " salvage FROM TO"
        : "Correct that, or choose another directory with --dir";
  }
}
