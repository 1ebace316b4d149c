package kv.server;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** A password that can be compared and not shown. */
final class Secret {
  private final byte[] digest;

  /** The password that is the UTF-8 bytes of a text. */
  Secret(String text) {
    this.digest = sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Returns whether this is the password. Takes the same time for all guesses of a length, so that
   * time does not tell how much of a guess is right: the digests are compared, which have one
   * length, and whole.
   */
  boolean matches(byte[] guess) {
    return MessageDigest.isEqual(digest, sha256(guess));
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /** Says nothing, so that no log shows the password. */
  @Override
  public String toString() {
    return "(not shown)";
  }
}
