package kv.workshop;

/** Finds the single flipped bit that explains a wrong CRC32C. */
public final class FlippedBit {
  /**
   * Longest part that is searched, in bytes. In a much longer one, some bit would explain any
   * damage.
   */
  public static final int MAX_SEARCH = 4096;

  /** The polynomial of CRC32C, with its highest power in the lowest bit. */
  private static final int POLYNOMIAL = 0x82f63b78;

  private FlippedBit() {}

  /**
   * Returns the bit that changes the CRC32C of some bytes by a difference when it is flipped, or
   * -1. Bits are counted from the start of the bytes. A CRC is linear: the change depends only on
   * the distance of the bit from the end, and a distance one greater is one more step of the CRC.
   */
  public static int find(int difference, int length) {
    int change = POLYNOMIAL;
    for (int bit = 8 * length - 1; bit >= 0; bit--) {
      if (change == difference) {
        return bit;
      }
      change = change >>> 1 ^ ((change & 1) == 0 ? 0 : POLYNOMIAL);
    }
    return -1;
  }
}
