package kv.workshop.scope;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;

/** A store's folder, and its reports in short words. */
abstract class ScopeFixture {
  private static final Pattern FILE =
      Pattern.compile("\\{\"name\":\"([^\"]+)\",\"role\":\"(\\w+)\".*?\"marks\":\\[(.*?)\\]\\}");
  private static final Pattern MARK =
      Pattern.compile("\\{\"at\":(\\d+),\"length\":(\\d+),\"kind\":\"(\\w+)\"([^}]*)");
  private static final Pattern KEY = Pattern.compile("\"text\":\"([^\"]*)\"");
  private static final Pattern STATE = Pattern.compile("\"state\":\"?(\\w+)");
  private static final Pattern COUNTS = Pattern.compile("\"counts\":(.*)");

  @TempDir Path folder;

  StoreFiles store;
  private long now = 1;

  static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** Looks at the folder for the first time, as a store of a step. */
  void look(int step) throws IOException {
    store = new StoreFiles(folder, step);
    store.update(now);
  }

  /** Looks again, late enough that a fault is believed. Returns the texts of the changes. */
  List<String> lookAgain() throws IOException {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      now += FileScan.PATIENCE_NANOS;
      if (store.update(now)) {
        store.changes().forEach(change -> texts.add(change.kind() + ": " + change.text()));
      }
    }
    return texts;
  }

  String report() {
    return Report.of(store, 0);
  }

  /** The marks of each file, one file a line. */
  String marks() {
    StringBuilder lines = new StringBuilder();
    Matcher files = FILE.matcher(report());
    while (files.find()) {
      lines.append(files.group(1)).append(':');
      Matcher marks = MARK.matcher(files.group(3));
      while (marks.find()) {
        lines.append(' ').append(marks.group(1)).append('+').append(marks.group(2));
        String kind = marks.group(3);
        lines.append(kind.equals("record") ? "" : kind);
        find(STATE, marks.group(4)).ifPresent(state -> lines.append(state));
        find(KEY, marks.group(4)).ifPresent(key -> lines.append('(').append(key).append(')'));
        find(COUNTS, marks.group(4)).ifPresent(lines::append);
      }
      lines.append('\n');
    }
    return lines.toString();
  }

  private static Optional<String> find(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  String totals() {
    return report().replaceAll(".*\"totals\":\\{(.*?)\\}.*", "$1").replace("\"", "");
  }

  void assertReports(String part) {
    assertTrue(report().contains(part), part + "\nis not in\n" + report());
  }

  void flip(String file, long at, int bit) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(folder.resolve(file).toFile(), "rw")) {
      open.seek(at);
      int old = open.read();
      open.seek(at);
      open.write(old ^ 1 << bit);
    }
  }

  void cut(String file, long size) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(folder.resolve(file).toFile(), "rw")) {
      open.setLength(size);
    }
  }

  List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
