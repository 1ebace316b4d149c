package kv.server.core;

/** Counts since the server started. Used on the event loop only. */
public final class Counters {
  private long connections;
  private long gets;
  private long puts;
  private long deletes;
  private long errors;
  private long commands;
  private long commandsPerSecond;

  /** Number of commands at the last call of {@link #secondPassed}. */
  private long commandsBefore;

  /** Counts a connection to either port. */
  void countConnection() {
    connections++;
  }

  /** Counts a read of one key. */
  void countGet() {
    gets++;
  }

  /** Counts a write of one key. */
  void countPut() {
    puts++;
  }

  /** Counts a delete of one key. */
  void countDelete() {
    deletes++;
  }

  /** Counts an error reply on either port. */
  public void countError() {
    errors++;
  }

  /** Counts a command that runs on the RESP port, alone or in a transaction. */
  public void countCommand() {
    commands++;
  }

  /** Computes the commands per second. Called once a second. */
  void secondPassed() {
    commandsPerSecond = commands - commandsBefore;
    commandsBefore = commands;
  }

  /** Returns the number of accepted connections, over both ports. */
  public long connections() {
    return connections;
  }

  /** Returns the number of reads: one for each key of a command. */
  public long gets() {
    return gets;
  }

  /** Returns the number of puts: one for each key of a command. */
  public long puts() {
    return puts;
  }

  /** Returns the number of deletes: one for each key of a command. */
  public long deletes() {
    return deletes;
  }

  /** Returns the number of error replies, over both ports. */
  public long errors() {
    return errors;
  }

  /** Returns the number of commands that ran on the RESP port. */
  public long commands() {
    return commands;
  }

  /** Returns the number of commands that ran in the last full second. */
  public long commandsPerSecond() {
    return commandsPerSecond;
  }
}
