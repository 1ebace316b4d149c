/*
 * WHAT THIS FILE IS
 *
 * The microscope: what is in a file of a store, byte for byte. It knows the format from its
 * description alone (Record and HintFile of step 5 have it), and uses nothing of the steps' code.
 * So it is also a second opinion: if a step wrote what it does not describe, a dump would tell.
 *
 * PICTURE: two lines for each record, its bytes and what they mean
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
 * It does not stop where something is wrong, as a store does, which must not guess: it says what it
 * found, and goes on where it finds the next record.
 *
 * NOT HERE, AND WHY
 *
 * The other files of a store. Each file is looked at by itself, so whether it is the one that its
 * store needs is not known.
 */
package kv.workshop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/** Shows what is in a log, a segment or a hint file. */
final class Dump {
  /** The first bytes of a log, and of a segment except for its version. */
  static final byte[] LOG_HEADER = {'K', 'V', 'S', 'T', 'E', 'P', 'S', 1};

  /** What a hint file starts with. */
  static final byte[] HINT_HEADER = {'K', 'V', 'H', 'I', 'N', 'T', 'S', 1};

  /** The widest line. */
  private static final int COLUMNS = 80;

  private final Path file;
  private final FileBytes bytes;
  private final Appendable out;

  /** How many columns the offsets take. */
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
   * @return 0, or 1 if the file is damaged; an end that a crash has torn is no damage
   * @throws BadUsage if there is no such file, if it is not a regular file, or if it is not a file of a
   *     store
   */
  static int run(Path file, Appendable out) throws IOException, BadUsage {
    if (Files.isDirectory(file)) {
      throw new BadUsage(
          file + " is a directory. Name a file in it that ends in .data or .hint: " + files(file));
    }
    if (!Files.exists(file)) {
      throw new BadUsage("There is no file " + file + ".");
    }
    if (!Files.isRegularFile(file)) {
      // To open a pipe would be to wait for another program to write to it.
      throw new BadUsage(file + " is not a regular file: a store has no others.");
    }
    if (Files.size(file) == 0 && !file.getFileName().toString().contains(".data")) {
      throw new BadUsage(file + " is empty.");
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
      return names + ".";
    }
  }

  private int run() throws IOException, BadUsage {
    byte[] start = bytes.copy(0, (int) Math.min(LOG_HEADER.length, bytes.size()));
    boolean hints = startsAs(HINT_HEADER, start) || name().endsWith(".hint");
    LogDump log = new LogDump(this, bytes, name());
    if (!hints && !startsAs(LOG_HEADER, start) && !log.mayBeLog()) {
      throw new BadUsage(
          file
              + " is no file of a store: it starts with "
              + HexFormat.ofDelimiter(" ").formatHex(start)
              + ", and there is no record in it.");
    }
    out.append(name() + ", " + count(bytes.size(), "byte") + "\n");
    return hints ? new HintDump(this, bytes).run() : log.run();
  }

  private String name() {
    return file.getFileName().toString();
  }

  /** Whether a file that starts so has a header, of whatever version. */
  private static boolean startsAs(byte[] header, byte[] start) {
    return start.length == header.length
        && Arrays.equals(header, 0, header.length - 1, start, 0, header.length - 1);
  }

  // ======== Lines ========

  /** A line with bytes of the file. */
  void line(long offset, String hex) throws IOException {
    out.append(String.format(Locale.ROOT, "%" + offsetWidth + "d  %s\n", offset, hex));
  }

  /** How many columns there are behind the offset. */
  int columns() {
    return COLUMNS - offsetWidth - 2;
  }

  /** A line, or as many as it takes, that says what the bytes above are. */
  void note(String text) throws IOException {
    String rest = text;
    while (rest.length() > columns()) {
      int cut = rest.lastIndexOf(' ', columns());
      out.append(" ".repeat(offsetWidth + 2) + rest.substring(0, cut) + "\n");
      rest = rest.substring(cut + 1);
    }
    out.append(" ".repeat(offsetWidth + 2) + rest + "\n");
  }

  /** The last line. */
  void summary(String text) throws IOException {
    out.append(text + "\n");
  }

  /** How many of something there are: {@code 1 put}, {@code 2,048 puts}. */
  static String count(long number, String what) {
    return String.format(Locale.ROOT, "%,d %s%s", number, what, number == 1 ? "" : "s");
  }

  /** Whether a file that starts so has the file header of version 1. */
  static boolean isVersion1(byte[] start) {
    return startsAs(LOG_HEADER, start) && start[7] == 1;
  }

  /** Whether a file that starts so has the letters of a file header and version 2. */
  static boolean isVersion2(byte[] start) {
    return start.length > 7 && startsAs(LOG_HEADER, Arrays.copyOf(start, 8)) && start[7] == 2;
  }

  /** The file header that a version demands. */
  static String expectedHeader(int version) {
    return version == 1 ? fileHeader(LOG_HEADER) : "4b565354455053 02, the salt, and a checksum";
  }

  /** The file header, in hex: letters, version, and in version 2 the salt and the checksum. */
  static String fileHeader(byte[] header) {
    StringBuilder fields = new StringBuilder();
    for (int at = 0; at < header.length; at++) {
      boolean first = at == 7 || at == 8 || at == 12;
      fields.append(first ? " " : "").append(HexFormat.of().toHexDigits(header[at]));
    }
    return fields.toString();
  }
}
