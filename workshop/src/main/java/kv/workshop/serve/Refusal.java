package kv.workshop.serve;

/** A request that is not served. The message says why, and is the text of the reply. */
public final class Refusal extends Exception {
  private static final long serialVersionUID = 1;

  private final int status;

  /** Creates a refusal with a status of HTTP. */
  public Refusal(int status, String message) {
    super(message);
    this.status = status;
  }

  /** Returns a refusal for a path or a name that does not exist: status 404. */
  public static Refusal notFound(String message) {
    return new Refusal(404, message);
  }

  /** Returns a refusal of a malformed request: status 400. */
  public static Refusal bad(String message) {
    return new Refusal(400, message);
  }

  int status() {
    return status;
  }
}
