package kv.server;

/** A command that cannot be run, with the error that its client gets. */
final class RespException extends Exception {
  private static final long serialVersionUID = 1;

  /**
   * An error.
   *
   * @param reply a word in capitals, which programs look at, and a text
   */
  RespException(String reply) {
    super(reply, null, false, false);
  }

  /** The error for arguments whose form is wrong. */
  static RespException syntax() {
    return new RespException("ERR syntax error");
  }

  /** The error for a number of arguments that a command cannot have. */
  static RespException wrongNumber(String command) {
    return new RespException("ERR wrong number of arguments for '" + command + "' command");
  }
}
