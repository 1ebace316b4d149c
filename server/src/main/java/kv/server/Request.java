package kv.server;

/**
 * A request as it came: a command and its arguments; or what is wrong with it, which is the last
 * that is read from its connection.
 *
 * @param arguments the command's name, and what follows; null if something is wrong
 * @param cost the bytes that were taken from the connection's account for it
 * @param error the text of the reply; null if nothing is wrong
 */
record Request(byte[][] arguments, long cost, String error) {
  /** What the JVM takes for a request besides its arguments, about. */
  static final int COST = 64;

  /** What the JVM takes for an array besides its bytes, and for a reference to it, about. */
  static final int ARRAY_COST = 32;

  /** A request that breaks the rules of the protocol. */
  static Request broken(String rule) {
    return new Request(null, 0, "ERR Protocol error: " + rule);
  }
}
