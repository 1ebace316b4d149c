/*
 * WHAT THIS FILE IS
 *
 * Errors that come late. When a page of a mapped file cannot be had, because the disk cannot read
 * it, or because it cannot be written (see Segment), the JVM throws an InternalError. JDK 17 does
 * so some time after the access: the access returns, a read has given zeros or nothing, a store has
 * done nothing, and the error comes out of whatever the thread does next, in this store or in the
 * code of its caller.
 *
 * So after an access that may have failed the store asks for the error, where it can be caught.
 *
 * HOW
 *
 * JDK 17 throws a late error when the thread returns from a call into the JVM's own runtime, but
 * only from calls of a certain kind: to sleep or to yield, to write a file, to lock or to collect
 * garbage are not of it. To create an array of arrays is, if the compiler cannot know the sizes
 * (tried over thousands of faults, interpreted and compiled). JDK 21 and newer throw the error at
 * the access.
 */
package kv.engine;

/** Brings out the errors of earlier accesses to mapped files. */
final class LateFaults {
  /** Not final, so that no compiler takes it for a constant. */
  private static int one = 1;

  /** Written so that the array is created. */
  @SuppressWarnings("unused")
  private static int[][] created;

  private LateFaults() {}

  /**
   * Throws the InternalError of an access before this call, if one is still to come. Takes less
   * than a microsecond.
   */
  static void surface() {
    created = new int[one][one];
  }
}
