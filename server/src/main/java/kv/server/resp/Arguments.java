package kv.server.resp;

/** Parses the arguments of commands. */
final class Arguments {
  private Arguments() {}

  /**
   * Returns an argument, or a value, as an integer of 64 bits.
   *
   * @throws RespException if it is not: see {@link Ascii#parseLong}
   */
  static long integer(byte[] text) throws RespException {
    return integer(text, "ERR value is not an integer or out of range");
  }

  /** As above, with another error. */
  static long integer(byte[] text, String error) throws RespException {
    try {
      return Ascii.parseLong(text, 0, text.length);
    } catch (NumberFormatException e) {
      throw new RespException(error);
    }
  }
}
