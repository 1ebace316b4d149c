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
}
