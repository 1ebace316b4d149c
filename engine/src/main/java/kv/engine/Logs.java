package kv.engine;

/** The logger of all stores. */
final class Logs {
  static final System.Logger LOGGER = System.getLogger("kv.engine.Store");

  private Logs() {}
}
