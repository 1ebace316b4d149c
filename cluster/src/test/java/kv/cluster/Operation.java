package kv.cluster;

/**
 * One operation of a client. Times are those of {@link System#nanoTime}.
 *
 * @param client the number of the client
 * @param node the node that the client was connected to
 * @param value the value that SET writes, the result of GET (null if the key is absent), or the
 *     reply of INCR
 * @param invoked the time before the request was sent
 * @param completed the time after the reply was read, or the attempt was given up
 */
record Operation(
    int client,
    String node,
    Kind kind,
    String key,
    String value,
    long invoked,
    long completed,
    Outcome outcome) {
  /** The command. */
  enum Kind {
    SET,
    GET,
    INCR
  }

  /** The result of an operation, as far as its client knows. */
  enum Outcome {
    /** It was acknowledged. */
    OK,
    /** It had no effect. */
    FAILED,
    /** It had its effect, will have it later, or will never have it. */
    UNKNOWN
  }

  boolean is(Kind wanted, Outcome result) {
    return kind == wanted && outcome == result;
  }

  @Override
  public String toString() {
    return kind + " " + key + " " + value + " by client " + client + " through " + node;
  }
}
