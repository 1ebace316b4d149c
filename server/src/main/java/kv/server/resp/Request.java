package kv.server.resp;

/**
 * A request: a command and its arguments. Or an error in the protocol, which is the last thing that
 * is read from its connection.
 *
 * @param arguments the command's name, and its arguments; null after an error
 * @param cost the bytes that the connection's account was charged for the request
 * @param error the text of the reply; null if the request follows the protocol
 */
record Request(byte[][] arguments, long cost, String error) {
  /** Estimated bytes of a request in addition to its arguments. */
  static final int COST = 64;

  /** A request that breaks a rule of the protocol. */
  static Request broken(String rule) {
    return new Request(null, 0, "ERR Protocol error: " + rule);
  }
}
