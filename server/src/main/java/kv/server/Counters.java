package kv.server;

/** What the server has done since it was started. Used on the event loop only. */
final class Counters {
  /** Connections that were accepted, over both ports. */
  long connections;

  /** Values asked for: one for each key of a command. */
  long gets;

  /** Values put. */
  long puts;

  /** Keys asked to be deleted. */
  long deletes;

  /** Requests that were answered with an error, over both ports. */
  long errors;

  /** Commands run on the RESP port, those of transactions included. */
  long commands;

  /** Commands run in the last whole second. */
  long commandsPerSecond;

  /** The number of commands at the last call of {@link #secondPassed}. */
  private long counted;

  /** To be called each second. */
  void secondPassed() {
    commandsPerSecond = commands - counted;
    counted = commands;
  }
}
