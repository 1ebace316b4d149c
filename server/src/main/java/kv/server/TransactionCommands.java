package kv.server;

import java.util.List;
import kv.server.Command.Keys;

/** MULTI, EXEC, DISCARD, WATCH, UNWATCH: see {@link Transaction}. */
final class TransactionCommands {
  private final Commands commands;

  TransactionCommands(Commands commands) {
    this.commands = commands;
  }

  void addTo(Commands all) {
    all.add(command("multi", 1, "Begins a transaction.", Keys.NONE, "", this::multi));
    all.add(command("exec", 1, "Runs the commands of a transaction.", Keys.NONE, "", this::exec));
    all.add(command("discard", 1, "Drops a transaction.", Keys.NONE, "", this::discard));
    all.add(
        command(
            "watch",
            -2,
            "Has EXEC run nothing if a key changes before.",
            Keys.ALL,
            "<key> [<key> ...]",
            this::watch));
    all.add(command("unwatch", 1, "Ends all watches.", Keys.NONE, "", this::unwatch));
  }

  private static Command command(
      String name, int arity, String summary, Keys keys, String synopsis, Command.Action action) {
    String flags = "noscript loading stale fast allow_busy";
    return Command.of(name, arity, "transactions", flags, keys, synopsis, summary, action);
  }

  private void multi(RespConnection client, byte[][] arguments) throws RespException {
    if (client.session().transaction().isOpen()) {
      throw new RespException("ERR MULTI calls can not be nested");
    }
    client.session().transaction().open();
    client.replies().ok();
  }

  private void exec(RespConnection client, byte[][] arguments) throws RespException {
    Transaction transaction = client.session().transaction();
    if (!transaction.isOpen()) {
      throw new RespException("ERR EXEC without MULTI");
    }
    boolean refused = transaction.isRefused();
    boolean touched = transaction.isTouched();
    // Before the commands run: a transaction's own writes do not touch it.
    List<Transaction.Queued> queue = transaction.end();
    if (refused) {
      throw new RespException("EXECABORT Transaction discarded because of previous errors.");
    }
    if (touched) {
      client.replies().noArray();
      return;
    }
    client.replies().array(queue.size());
    for (Transaction.Queued queued : queue) {
      // A client that took too much memory, and is gone, still gets all of its writes.
      if (!client.isGone() || queued.command().is("write")) {
        commands.perform(client, queued.command(), queued.arguments());
      }
    }
  }

  private void discard(RespConnection client, byte[][] arguments) throws RespException {
    if (!client.session().transaction().isOpen()) {
      throw new RespException("ERR DISCARD without MULTI");
    }
    client.session().transaction().end();
    client.replies().ok();
  }

  private void watch(RespConnection client, byte[][] arguments) throws RespException {
    Transaction transaction = client.session().transaction();
    if (transaction.isOpen()) {
      throw new RespException("ERR WATCH inside MULTI is not allowed");
    }
    // Once a watched key has changed, EXEC runs nothing whatever else is watched.
    for (int i = 1; i < arguments.length && !transaction.isTouched(); i++) {
      if (!transaction.watch(arguments[i])) {
        return;
      }
    }
    client.replies().ok();
  }

  private void unwatch(RespConnection client, byte[][] arguments) {
    client.session().transaction().unwatch();
    client.replies().ok();
  }
}
