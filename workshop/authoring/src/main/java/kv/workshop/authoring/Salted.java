/*
 * WHAT THIS FILE IS
 *
 * The fields of a dump that differ from run to run. A segment has a salt, a random number. Its header
 * checksums depend on the salt, and so do the checksum in its seal and the hint file of the segment.
 * All other bytes of a dump are the same in every run, and are compared.
 *
 * PICTURE: a dump, and the same with its salted fields masked
 *
 *     0  4b565354455053 02 5a17ed00 f938fe29
 *        file header: KVSTEPS, version 2, salt 5a17ed00, checksum matches
 *    16  50 01 0002 00000003 371871fa 65ef28c8  6f73 6d6163
 *
 *     0  4b565354455053 02 <salted> <salted>
 *        file header: KVSTEPS, version 2, salt <salted>, checksum matches
 *    16  50 01 0002 00000003 371871fa <salted>  6f73 6d6163
 *
 * A log of steps 1 to 4 has version 1 and no salt, and nothing in its dump is masked.
 *
 * A hint file has a secret, another random number. The hashes of its entries depend on it, and so
 * does the order of the entries. They are sorted here, and their offsets in the file are masked.
 *
 *    36  b536abb842bf526d 00000010 00000015 50 0002  6f73
 *        put "os" at offset 16, 21 bytes
 *
 *    <salted>  <salted> 00000010 00000015 50 0002  6f73
 *        put "os" at offset 16, 21 bytes
 */
package kv.workshop.authoring;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Masks the salted fields in dumps. */
final class Salted {
  /** The first line of a dump: the name and the size of a file. */
  private static final Pattern START = Pattern.compile("\\S+, [0-9,]+ bytes?");

  private static final String NUMBER = "[0-9a-f]{8}";
  private static final String LONG_NUMBER = "[0-9a-f]{16}";
  private static final String MASK = "<salted>";

  /** Salted fields in the dump of a segment of version 2. */
  private static final Map<Pattern, String> IN_SEGMENT =
      Map.of(
          Pattern.compile("^( *0  4b565354455053 02) " + NUMBER + " " + NUMBER + "$"),
          "$1 " + MASK + " " + MASK,
          Pattern.compile("^( +file header: .*, salt) " + NUMBER),
          "$1 " + MASK,
          Pattern.compile("^( *[0-9]+  (50|44) .. .{4} " + NUMBER + " " + NUMBER + ") " + NUMBER),
          "$1 " + MASK,
          Pattern.compile(
              String.format(
                  Locale.ROOT, "^( *[0-9]+  53 .. .{4} %1$s) %1$s %1$s  (%1$s) %1$s$", NUMBER)),
          "$1 " + MASK + " " + MASK + "  $2 " + MASK,
          Pattern.compile("^( +seal of .*, seal checksum) " + NUMBER),
          "$1 " + MASK);

  /** The start of an entry of a hint file, masked. */
  private static final String ENTRY = "    " + MASK + "  " + MASK;

  /** Salted fields in the dump of a hint file. */
  private static final Map<Pattern, String> IN_HINTS =
      Map.of(
          Pattern.compile(
              String.format(Locale.ROOT, "^( *0  4b5648494e5453 02 %1$s %1$s) %1$s$", NUMBER)),
          "$1 " + MASK,
          Pattern.compile("^( *20 ) " + LONG_NUMBER + " " + LONG_NUMBER + "$"),
          "$1 " + MASK + " " + MASK,
          Pattern.compile("^ *[0-9]+  " + LONG_NUMBER + "(?= " + NUMBER + " " + NUMBER + " )"),
          ENTRY,
          Pattern.compile("^( +KVHINTS, .*, seal checksum) " + NUMBER),
          "$1 " + MASK,
          Pattern.compile("^( *[0-9]+ ) " + NUMBER + "$"),
          "$1 " + MASK);

  private Salted() {}

  /** Masks the salted fields of an output, which can contain dumps. */
  static List<String> mask(List<String> lines) {
    Map<Pattern, String> masks = Map.of();
    List<String> masked = new ArrayList<>();
    for (String line : lines) {
      if (START.matcher(line).matches()) {
        masks = Map.of();
      } else if (line.contains("  4b565354455053 02 ")) {
        masks = IN_SEGMENT;
      } else if (line.contains("  4b5648494e5453 02 ")) {
        masks = IN_HINTS;
      }
      String rest = line;
      for (Map.Entry<Pattern, String> mask : masks.entrySet()) {
        rest = mask.getKey().matcher(rest).replaceFirst(mask.getValue());
      }
      masked.add(rest);
    }
    return sorted(masked);
  }

  /** Sorts the entries of hint files, of two lines each. */
  private static List<String> sorted(List<String> lines) {
    List<String> sorted = new ArrayList<>();
    List<List<String>> entries = new ArrayList<>();
    for (int i = 0; i <= lines.size(); i++) {
      boolean entry = i < lines.size() - 1 && lines.get(i).startsWith(ENTRY);
      if (entry) {
        entries.add(lines.subList(i, i + 2));
        i++;
      } else {
        entries.sort(Comparator.comparing(List::toString));
        entries.forEach(sorted::addAll);
        entries.clear();
        sorted.addAll(lines.subList(i, Math.min(i + 1, lines.size())));
      }
    }
    return sorted;
  }
}
