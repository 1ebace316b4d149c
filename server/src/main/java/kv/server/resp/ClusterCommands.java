package kv.server.resp;

/** The commands that only a node of a cluster has: how old a client's reads may be. */
final class ClusterCommands {
  private ClusterCommands() {}

  static void addTo(Commands all) {
    all.add(
        command("readonly")
            .summary("Lets reads show an older state: they ask this node only.")
            .runs((client, arguments) -> set(client, true)));
    all.add(
        command("readwrite")
            .summary("Lets reads show every write that was acknowledged before: the default.")
            .runs((client, arguments) -> set(client, false)));
  }

  private static Command.Builder command(String name) {
    return Command.named(name).group("cluster").arity(1).flags("loading", "stale", "fast");
  }

  private static void set(RespConnection client, boolean stale) {
    client.session().setStale(stale);
    client.replies().ok();
  }
}
