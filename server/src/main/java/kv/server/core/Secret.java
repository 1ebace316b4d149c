package kv.server.core;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** A password that can be compared but not read. */
public final class Secret {
  private final byte[] digest;

  /** The password that consists of the UTF-8 bytes of a text. */
  public Secret(String text) {
    this.digest = Sha256.of(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Returns whether a guess is the password. Takes the same time for all guesses of one length, so
   * that the time does not reveal how many bytes of the guess are right: it compares the whole
   * digests, which all have one length.
   */
  public boolean matches(byte[] guess) {
    return MessageDigest.isEqual(digest, Sha256.of(guess));
  }

  /** Returns a fixed text, so that no log shows the password. */
  @Override
  public String toString() {
    return "(not shown)";
  }
}
