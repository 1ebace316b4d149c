package kv.workshop;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Bytes of a file, field by field: each field has a name, and its bytes in hex. */
final class Fields {
  /**
   * A field.
   *
   * @param gap the spaces before it in a line of text
   */
  record Field(String gap, String name, String hex) {}

  private final List<Field> fields = new ArrayList<>();

  /** Returns bytes that are not divided into fields. */
  static Fields unknown(String hex) {
    return new Fields().add("bytes", hex);
  }

  Fields add(String name, String hex) {
    return add(fields.isEmpty() ? "" : " ", name, hex);
  }

  Fields add(String name, byte[] bytes, int from, int to) {
    return add(name, HexFormat.of().formatHex(bytes, from, to));
  }

  /**
   * Divides bytes into fields, as many as there are bytes for.
   *
   * @param offsets the offsets of the fields, and of their end
   */
  static Fields of(byte[] bytes, List<String> names, List<Integer> offsets) {
    Fields fields = new Fields();
    for (int i = 0; i < names.size() && offsets.get(i) < bytes.length; i++) {
      fields.add(names.get(i), bytes, offsets.get(i), Math.min(offsets.get(i + 1), bytes.length));
    }
    return fields;
  }

  /** Adds the first field of a body, which a wider gap separates from the header. */
  Fields addBody(String name, String hex) {
    return add("  ", name, hex);
  }

  private Fields add(String gap, String name, String hex) {
    fields.add(new Field(gap, name, hex));
    return this;
  }

  List<Field> list() {
    return fields;
  }

  /** Returns the fields as a line of text. */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder();
    fields.forEach(field -> line.append(field.gap()).append(field.hex()));
    return line.toString().strip();
  }
}
