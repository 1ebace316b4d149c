package kv.workshop.model;

/** Something for each of the model's two keys. Null means that there is nothing for a key. */
record PerKey<T>(T a, T b) {
  /** The names of the keys. */
  static final String KEYS = "ab";

  T get(char key) {
    return key == 'a' ? a : b;
  }

  PerKey<T> with(char key, T value) {
    return key == 'a' ? new PerKey<>(value, b) : new PerKey<>(a, value);
  }
}
