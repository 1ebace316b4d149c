package kv.workshop;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** Writes JSON, each call a part of it; and reads flat objects. */
public final class Json {
  private final StringWriter text = new StringWriter();
  private final JsonWriter writer = new JsonWriter(text);

  // ======== Writing ========

  /** A part of a text. */
  private interface Part {
    void write() throws IOException;
  }

  private Json add(Part part) {
    try {
      part.write();
    } catch (IOException e) {
      // A StringWriter throws none.
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** Begins an object. */
  public Json object() {
    return add(writer::beginObject);
  }

  /** Ends an object. */
  public Json end() {
    return add(writer::endObject);
  }

  /** Begins an array. */
  public Json array() {
    return add(writer::beginArray);
  }

  /** Ends an array. */
  public Json endArray() {
    return add(writer::endArray);
  }

  /** Writes the name of a field, whose value follows. */
  public Json name(String name) {
    return add(() -> writer.name(name));
  }

  /** Writes a field that is a string, or null. */
  public Json field(String name, String value) {
    return name(name).string(value);
  }

  /** Writes a field that is a number. */
  public Json field(String name, long value) {
    return name(name).add(() -> writer.value(value));
  }

  /** Writes a field that is true or false. */
  public Json field(String name, boolean value) {
    return name(name).add(() -> writer.value(value));
  }

  /** Writes a field that is a number, or null if the number is negative. */
  public Json offset(String name, long value) {
    return value < 0 ? raw(name, "null") : field(name, value);
  }

  /** Writes a field whose value is JSON already. */
  public Json raw(String name, String json) {
    return name(name).element(json);
  }

  /** Writes a field that is an array, each element by a method. */
  public <T> Json array(String name, Collection<T> elements, BiConsumer<Json, T> write) {
    name(name).array();
    elements.forEach(element -> write.accept(this, element));
    return endArray();
  }

  /** Writes an element of an array, or the value of a field, that is JSON already. */
  public Json element(String json) {
    return add(() -> writer.jsonValue(json));
  }

  /** Writes an element of an array that is a string. */
  public Json string(String value) {
    return add(() -> writer.value(value));
  }

  @Override
  public String toString() {
    return text.toString();
  }

  // ======== Reading ========

  /**
   * Reads an object whose values are strings, numbers, booleans or null.
   *
   * @return the values as texts, by name; null values are left out
   * @throws IllegalArgumentException if the text is not such an object
   */
  public static Map<String, String> read(String json) {
    JsonReader reader = new JsonReader(new StringReader(json));
    reader.setStrictness(Strictness.STRICT);
    Map<String, String> fields = new TreeMap<>();
    try {
      for (var field : JsonParser.parseReader(reader).getAsJsonObject().entrySet()) {
        JsonElement value = field.getValue();
        if (!value.isJsonNull()) {
          fields.put(field.getKey(), value.getAsJsonPrimitive().getAsString());
        }
      }
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw new IllegalStateException("more than one value");
      }
    } catch (IOException | JsonParseException | IllegalStateException e) {
      throw new IllegalArgumentException("not the JSON of a request: " + e.getMessage(), e);
    }
    return fields;
  }
}
