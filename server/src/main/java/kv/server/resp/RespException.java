package kv.server.resp;

/** A command that cannot run, with the error for its client. */
final class RespException extends Exception {
  private static final long serialVersionUID = 1;

  /**
   * An error.
   *
   * @param reply a code in capitals, for programs, and a text
   */
  RespException(String reply) {
    super(reply, null, false, false);
  }

  /** Returns the error for malformed arguments. */
  static RespException syntax() {
    return new RespException("ERR syntax error");
  }

  /** Returns the error for a number of arguments that a command does not accept. */
  static RespException wrongNumber(String command) {
    return new RespException("ERR wrong number of arguments for '" + command + "' command");
  }
}
