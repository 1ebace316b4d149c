package kv.workshop;

import java.io.IOException;
import java.util.Locale;
import java.util.Map;

/**
 * A dump as lines of text of at most 80 columns. A terminal shows the fields and the verdicts in
 * colour. In a pipe or a file there are no colours: escape sequences would be garbage there.
 */
final class TextView implements View {
  static final int COLUMNS = 80;

  /** The fields of a record, each in its colour. Their names fit in a line. */
  private static final String LEGEND =
      "type flags key-length value-length body-checksum header-checksum key value";

  /** Colours as parameters of the escape sequence ESC [ .. m (ECMA-48, SGR). */
  private static final Map<String, String> FIELD_COLOURS =
      Map.of(
          "type", "1",
          "flags", "36",
          "key length", "33",
          "value length", "33",
          "body checksum", "34",
          "header checksum", "34",
          "key", "35",
          "value", "32");

  private static final Map<Tone, String> TONE_COLOURS =
      Map.of(
          Tone.LIVE, "32",
          Tone.DEAD, "2",
          Tone.TOMBSTONE, "35",
          Tone.TORN, "33",
          Tone.DAMAGED, "1;31");

  private final Appendable out;
  private final boolean colour;

  /** Number of columns for an offset. */
  private int offsetWidth = 6;

  private boolean first = true;
  private boolean legendShown;

  TextView(Appendable out, boolean colour) {
    this.out = out;
    this.colour = colour;
  }

  @Override
  public void file(String name, long size) throws IOException {
    out.append(first ? "" : "\n").append(name + ", " + Dump.count(size, "byte") + "\n");
    first = false;
    offsetWidth = Math.max(6, Long.toString(size).length());
  }

  @Override
  public void bytes(long offset, Fields fields) throws IOException {
    if (colour && !legendShown && fields.list().get(0).name().equals("type")) {
      legend();
    }
    out.append(String.format(Locale.ROOT, "%" + offsetWidth + "d  ", offset));
    out.append(colour ? coloured(fields) : fields.toString()).append("\n");
  }

  private static String coloured(Fields fields) {
    StringBuilder line = new StringBuilder();
    for (Fields.Field field : fields.list()) {
      line.append(field.gap()).append(coloured(FIELD_COLOURS.get(field.name()), field.hex()));
    }
    return line.toString().strip();
  }

  /** Names the fields of a record, in their colours. */
  private void legend() throws IOException {
    legendShown = true;
    String gap = "";
    for (String name : LEGEND.split(" ")) {
      out.append(gap).append(coloured(FIELD_COLOURS.get(name.replace('-', ' ')), name));
      gap = " ";
    }
    out.append("\n");
  }

  @Override
  public void note(Tone tone, String text) throws IOException {
    String rest = text;
    while (rest.length() > columns()) {
      int cut = rest.lastIndexOf(' ', columns());
      noteLine(tone, rest.substring(0, cut));
      rest = rest.substring(cut + 1);
    }
    noteLine(tone, rest);
  }

  private void noteLine(Tone tone, String text) throws IOException {
    String shown = colour ? coloured(TONE_COLOURS.get(tone), text) : text;
    out.append(" ".repeat(offsetWidth + 2)).append(shown).append("\n");
  }

  private static String coloured(String colour, String text) {
    return colour == null || text.isEmpty() ? text : "\u001b[" + colour + "m" + text + "\u001b[0m";
  }

  @Override
  public void summary(String text) throws IOException {
    out.append(text + "\n");
  }

  @Override
  public int columns() {
    return COLUMNS - offsetWidth - 2;
  }

  @Override
  public boolean tellsLife() {
    return colour;
  }
}
