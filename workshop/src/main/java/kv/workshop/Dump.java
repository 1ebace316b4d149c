/*
 * WHAT THIS FILE IS
 *
 * The microscope: it shows a file of a store, byte for byte. It is written from the description of
 * the format alone (docs/FORMAT.md), and shares no code with the steps. So it
 * is also a second opinion: if a step wrote other bytes than it describes, a dump would show it.
 *
 * PICTURE: two lines for each record, its bytes and their meaning
 *
 *          8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163
 *          |  |  |  |    |        |        |         |    value
 *          |  |  |  |    |        |        |         key
 *          |  |  |  |    |        |        header checksum
 *          |  |  |  |    |        body checksum
 *          |  |  |  |    value length
 *          |  |  |  key length
 *          |  |  flags
 *          |  type
 *          offset in the file
 *
 *             put "os" = "mac"   sync mark, checksums match
 *
 * A store stops at a fault, since it must not guess. A dump reports the fault, and continues at the
 * next record that it finds.
 *
 * NOT HERE, AND WHY
 *
 * The other files of a store. Each file is read by itself, so a dump cannot say whether it is the
 * file that its store needs.
 */
package kv.workshop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/** Shows the contents of a log, a segment or a hint file. */
final class Dump {
  /** The first bytes of a log, and of a segment except for its version. */
  static final byte[] LOG_HEADER = {'K', 'V', 'S', 'T', 'E', 'P', 'S', 1};

  /** The first bytes of a hint file. */
  static final byte[] HINT_HEADER = {'K', 'V', 'H', 'I', 'N', 'T', 'S', 2};

  /** Length of the longest line. */
  private static final int COLUMNS = 80;

  private final Path file;
  private final FileBytes bytes;
  private final Appendable out;

  /** Number of columns for an offset. */
  private final int offsetWidth;

  private Dump(Path file, FileBytes bytes, Appendable out) {
    this.file = file;
    this.bytes = bytes;
    this.out = out;
    this.offsetWidth = Math.max(6, Long.toString(bytes.size()).length());
  }

  /**
   * Shows a file. Takes O(bytes in the file) time and O(1) memory.
   *
   * @return 0, or 1 if the file is damaged; an end that a crash tore is not damage
   * @throws BadUsage if there is no such file, if it is not a regular file, or if it is not a file of a
   *     store
   */
  static int run(Path file, Appendable out) throws IOException, BadUsage {
    if (Files.isDirectory(file)) {
      throw new BadUsage(
          file + " is a directory; name a file in it that ends in .data or .hint: " + files(file));
    }
    if (!Files.exists(file)) {
      throw new BadUsage("there is no file " + file);
    }
    if (!Files.isRegularFile(file)) {
      // To open a pipe would be to wait for another program to write to it.
      throw new BadUsage(file + " is not a regular file, and a store has no others");
    }
    if (Files.size(file) == 0 && !file.getFileName().toString().contains(".data")) {
      throw new BadUsage(file + " is empty");
    }
    try (FileBytes bytes = new FileBytes(file)) {
      return new Dump(file, bytes, out).run();
    }
  }

  private static String files(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      String names =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".data") || name.endsWith(".hint"))
              .sorted()
              .limit(10)
              .reduce((a, b) -> a + " " + b)
              .orElse("there is none");
      return names;
    }
  }

  private int run() throws IOException, BadUsage {
    byte[] start = bytes.copy(0, (int) Math.min(LOG_HEADER.length, bytes.size()));
    boolean hints = startsAs(HINT_HEADER, start) || name().endsWith(".hint");
    LogDump log = new LogDump(this, bytes, name());
    if (!hints && !startsAs(LOG_HEADER, start) && !log.mayBeLog()) {
      throw new BadUsage(
          file
              + " is not a file of a store: it starts with "
              + HexFormat.ofDelimiter(" ").formatHex(start)
              + ", and contains no record");
    }
    out.append(name() + ", " + count(bytes.size(), "byte") + "\n");
    return hints ? new HintDump(this, bytes).run() : log.run();
  }

  private String name() {
    return file.getFileName().toString();
  }

  /** Returns whether a file starts with a header, of any version. */
  private static boolean startsAs(byte[] header, byte[] start) {
    return start.length == header.length
        && Arrays.equals(header, 0, header.length - 1, start, 0, header.length - 1);
  }

  // ======== Lines ========

  /** Prints a line with bytes of the file. */
  void line(long offset, String hex) throws IOException {
    out.append(String.format(Locale.ROOT, "%" + offsetWidth + "d  %s\n", offset, hex));
  }

  /** Returns the number of columns after the offset. */
  int columns() {
    return COLUMNS - offsetWidth - 2;
  }

  /** Prints an explanation of the bytes above, in as many lines as it needs. */
  void note(String text) throws IOException {
    String rest = text;
    while (rest.length() > columns()) {
      int cut = rest.lastIndexOf(' ', columns());
      out.append(" ".repeat(offsetWidth + 2) + rest.substring(0, cut) + "\n");
      rest = rest.substring(cut + 1);
    }
    out.append(" ".repeat(offsetWidth + 2) + rest + "\n");
  }

  /** Prints the last line. */
  void summary(String text) throws IOException {
    out.append(text + "\n");
  }

  /** Returns a number with a noun: {@code 1 put}, {@code 2,048 puts}. */
  static String count(long number, String noun) {
    return String.format(Locale.ROOT, "%,d %s%s", number, noun, number == 1 ? "" : "s");
  }

  /** Returns whether these bytes are the file header of version 1. */
  static boolean isVersion1(byte[] start) {
    return startsAs(LOG_HEADER, start) && start[7] == 1;
  }

  /** Returns whether bytes start with the letters of a file header and version 2. */
  static boolean isVersion2(byte[] start) {
    return start.length > 7 && startsAs(LOG_HEADER, Arrays.copyOf(start, 8)) && start[7] == 2;
  }

  /** Returns the file header of a version, for a message. */
  static String expectedHeader(int version) {
    return version == 1 ? fileHeader(LOG_HEADER) : "4b565354455053 02, the salt, and a checksum";
  }

  /** Returns a file header in hex: letters, version, and in version 2 the salt and the checksum. */
  static String fileHeader(byte[] header) {
    StringBuilder fields = new StringBuilder();
    for (int at = 0; at < header.length; at++) {
      boolean first = at == 7 || at == 8 || at == 12;
      fields.append(first ? " " : "").append(HexFormat.of().toHexDigits(header[at]));
    }
    return fields.toString();
  }
}
