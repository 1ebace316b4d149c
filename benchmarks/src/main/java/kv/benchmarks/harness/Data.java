package kv.benchmarks.harness;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Keys and values: real ones that are part of every JDK, and any number of generated ones. */
public final class Data {
  /** The length of a generated key, in bytes. */
  public static final int KEY_LENGTH = 16;

  /** The length of a generated value, in bytes. */
  public static final int VALUE_LENGTH = 100;

  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private Data() {}

  /** A key and its value. */
  public record Pair(byte[] key, byte[] value) {}

  /**
   * Returns the characters of Unicode that have a name of their own: key {@code U+1F37A}, value
   * {@code BEER MUG}. JDK 17 knows 33,762 of them, and newer ones know more. The names of the other
   * characters, such as ideographs, are only their block and number.
   */
  public static List<Pair> unicodeNames() {
    List<Pair> pairs = new ArrayList<>();
    for (int character = 0; character <= Character.MAX_CODE_POINT; character++) {
      String name = Character.getName(character);
      if (name != null
          && !name.endsWith(" " + Integer.toHexString(character).toUpperCase(Locale.ROOT))) {
        pairs.add(new Pair(bytes(String.format(Locale.ROOT, "U+%04X", character)), bytes(name)));
      }
    }
    return pairs;
  }

  /**
   * Returns a generated key. The first half looks random, so that neighbours in the log are far
   * apart in the index; the second half is the number, so that all keys differ.
   */
  public static byte[] key(long number) {
    // The finalizer of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
    // Generators, 2014).
    long mixed = (number + 1) * GOLDEN_GAMMA;
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    mixed ^= mixed >>> 31;
    return ByteBuffer.allocate(KEY_LENGTH).putLong(mixed).putLong(number).array();
  }

  /** Returns a generated value: the number, and zeros. */
  public static byte[] value(long number) {
    return ByteBuffer.allocate(VALUE_LENGTH).putLong(number).array();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
