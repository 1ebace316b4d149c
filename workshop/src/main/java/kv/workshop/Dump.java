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
 * A dump is a series of bytes and notes, which a View turns into text or into a page.
 *
 * NOT HERE, AND WHY
 *
 * The other files of a store. Each file is read by itself, so its dump cannot say whether it is the
 * file that its store needs. DirectoryDump puts the files together.
 */
package kv.workshop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/** Shows the contents of a log, a segment or a hint file. */
public final class Dump {
  /** The first bytes of a log, and of a segment except for its version. */
  static final byte[] LOG_HEADER = {'K', 'V', 'S', 'T', 'E', 'P', 'S', 1};

  /** The first bytes of a hint file. */
  static final byte[] HINT_HEADER = {'K', 'V', 'H', 'I', 'N', 'T', 'S', 2};

  private static final List<String> NAMES = List.of("letters", "version", "salt", "checksum");

  /** The offsets of a file header's fields, and of its end. */
  private static final List<Integer> OFFSETS = List.of(0, 7, 8, 12, 16);

  private final Path file;
  private final FileBytes bytes;
  private final View view;
  private final Liveness liveness;

  /** Offset of the file in its log. */
  private final long start;

  private Dump(Path file, FileBytes bytes, View view, Liveness liveness, long start) {
    this.file = file;
    this.bytes = bytes;
    this.view = view;
    this.liveness = liveness;
    this.start = start;
  }

  /**
   * Shows a file, or all files of a directory. Takes O(bytes in the files) time. Memory is bounded:
   * a window of one file, and {@link Liveness}.
   *
   * @return 0, or 1 if something is damaged; an end that a crash tore is not damage
   * @throws BadUsage if there is no such file, if it is not a regular file, or if it is not a file
   *     of a store
   */
  static int run(Path path, View view) throws IOException, BadUsage {
    if (Files.isDirectory(path)) {
      return new DirectoryDump(path, view).run();
    }
    if (!Files.exists(path)) {
      throw new BadUsage("there is no file " + path);
    }
    long size = Files.size(path);
    if (!view.tellsLife() || path.toString().endsWith(".hint")) {
      return file(path, size, view, new Liveness(0), 0);
    }
    Liveness liveness = new Liveness();
    file(path, size, View.NONE, liveness, 0);
    liveness.tell();
    int code = file(path, size, view, liveness, 0);
    boolean part = SegmentName.parse(path.getFileName().toString()) != null;
    view.summary(liveness.summary() + (part ? "; other segments were not read" : ""));
    return code;
  }

  /**
   * Shows one file, as far as a size.
   *
   * @param start offset of the file in its log
   */
  static int file(Path file, long size, View view, Liveness liveness, long start)
      throws IOException, BadUsage {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      // To open a pipe would be to wait for another program to write to it.
      throw new BadUsage(file + " is not a regular file, and a store has no others");
    }
    if (size == 0 && !file.getFileName().toString().contains(".data")) {
      throw new BadUsage(file + " is empty");
    }
    try (FileBytes bytes = new FileBytes(file, size)) {
      return new Dump(file, bytes, view, liveness, start).run();
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
    view.file(name(), bytes.size());
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

  /** Shows bytes of the file. */
  void line(long offset, Fields fields) throws IOException {
    view.bytes(offset, fields);
  }

  /** Returns the number of columns after the offset. */
  int columns() {
    return view.columns();
  }

  /** Explains the bytes above. */
  void note(String text) throws IOException {
    note(Tone.PLAIN, text);
  }

  void note(Tone tone, String text) throws IOException {
    view.note(tone, text);
  }

  /** Shows the last line. */
  void summary(String text) throws IOException {
    view.summary(text);
  }

  /** Judges a put or a delete, or remembers it for that: see {@link Liveness#see}. */
  Tone life(long at, RecordHeader header) throws IOException {
    byte[] key = bytes.copy(at + RecordHeader.SIZE, header.keyLength());
    return liveness.see(start + at, header.type() == 'P', key);
  }

  /** Returns a number with a noun: {@code 1 put}, {@code 2,048 puts}. */
  public static String count(long number, String noun) {
    return String.format(Locale.ROOT, "%,d %s%s", number, noun, number == 1 ? "" : "s");
  }

  /** Returns whether these bytes are the file header of version 1. */
  static boolean isVersion1(byte[] start) {
    return startsAs(LOG_HEADER, start) && start[7] == 1;
  }

  /** Returns whether bytes start with the letters of a file header and version 2. */
  public static boolean isVersion2(byte[] start) {
    return start.length > 7 && startsAs(LOG_HEADER, Arrays.copyOf(start, 8)) && start[7] == 2;
  }

  /** Returns the file header of a version, for a message. */
  static String expectedHeader(int version) {
    return version == 1
        ? fileHeader(LOG_HEADER).toString()
        : "4b565354455053 02, the salt, and a checksum";
  }

  /** Returns the fields of a file header: letters, version, and in version 2 salt and checksum. */
  static Fields fileHeader(byte[] header) {
    return Fields.of(header, NAMES, OFFSETS);
  }
}
