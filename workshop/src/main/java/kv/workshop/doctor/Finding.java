package kv.workshop.doctor;

/**
 * The result of a check.
 *
 * @param ok whether the course can begin as far as this check is concerned
 * @param text the value that was found, or the problem and its remedy
 */
record Finding(boolean ok, String text) {
  static Finding ok(String text) {
    return new Finding(true, text);
  }

  static Finding wrong(String text) {
    return new Finding(false, text);
  }
}
