/*
 * WHAT THIS FILE IS
 *
 * Errors that come late. When a page of a mapped file is not available, because the disk cannot
 * read it or has no space for it (see SegmentWriter), the JVM throws an InternalError. JDK 17 does
 * so some time after the access: the access returns (a read with zeros or nothing, a store without
 * effect), and the error comes out of a later call of the thread, in this store or in its caller's
 * code.
 *
 * So after an access that may have failed, the store asks for the error where it can catch it.
 *
 * HOW
 *
 * JDK 17 throws a late error when the thread returns from a call into the JVM's own runtime, but
 * only from some calls: not from sleeping, yielding, writing a file, locking or collecting garbage.
 * It does so from the creation of an array of arrays whose sizes the compiler cannot know (tried
 * over thousands of faults, interpreted and compiled). JDK 21 and newer throw the error at the
 * access.
 */
package kv.engine;

/** Throws the errors of earlier accesses to mapped files. */
final class LateFaults {
  /** Not final, so that the compiler cannot know the value. */
  private static int one = 1;

  /** Written so that the array is created. */
  @SuppressWarnings("unused")
  private static int[][] created;

  private LateFaults() {}

  /**
   * Throws the InternalError of an earlier access, if one is pending. Takes less than a
   * microsecond.
   */
  static void surface() {
    created = new int[one][one];
  }
}
