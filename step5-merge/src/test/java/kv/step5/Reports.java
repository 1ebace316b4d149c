package kv.step5;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * The log messages of stores, collected for the test whose directory they name: tests run in
 * parallel, and all stores share one logger.
 */
final class Reports {
  private static final Logger LOGGER = Logger.getLogger(Store.class.getName());

  private static final Map<Path, List<LogRecord>> BY_DIRECTORY = new ConcurrentHashMap<>();

  static {
    LOGGER.setFilter(entry -> !isKept(entry));
  }

  private Reports() {}

  /**
   * Collects the messages that name a directory, until the end of the test run. The list grows
   * with each.
   */
  static List<LogRecord> of(Path directory) {
    return BY_DIRECTORY.computeIfAbsent(
        directory.getFileName(), name -> new CopyOnWriteArrayList<>());
  }

  private static boolean isKept(LogRecord entry) {
    boolean kept = false;
    for (Map.Entry<Path, List<LogRecord>> one : BY_DIRECTORY.entrySet()) {
      if (entry.getMessage().contains(one.getKey().toString())) {
        one.getValue().add(entry);
        kept = true;
      }
    }
    return kept;
  }
}
