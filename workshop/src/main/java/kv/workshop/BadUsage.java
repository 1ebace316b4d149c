package kv.workshop;

/** A command was called wrongly. The message says what is wrong and what to do. */
public final class BadUsage extends Exception {
  private static final long serialVersionUID = 1;

  public BadUsage(String message) {
    super(message);
  }
}
