package kv.server.core;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The checksum SHA-256. */
public final class Sha256 {
  private Sha256() {}

  /** Returns the digest of some bytes, which has 32 bytes. */
  public static byte[] of(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
