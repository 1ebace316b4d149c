package kv.workshop.scope;

/**
 * A damaged or torn part of a file.
 *
 * @param kind {@code torn} or {@code corrupt}
 */
record Damage(long at, long length, String kind, String message) {
  static final String TORN = "torn";
  static final String CORRUPT = "corrupt";
}
