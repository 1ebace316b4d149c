package kv.server.resp;

import java.util.List;
import kv.server.resp.Command.Keys;

/** MULTI, EXEC, DISCARD, WATCH, UNWATCH: see {@link Transaction}. */
final class TransactionCommands {
  private final Commands commands;

  TransactionCommands(Commands commands) {
    this.commands = commands;
  }

  void addTo(Commands all) {
    all.add(command("multi").arity(1).summary("Starts a transaction.").runs(this::multi));
    all.add(command("exec").arity(1).summary("Runs the queued commands.").runs(this::exec));
    all.add(command("discard").arity(1).summary("Drops the queued commands.").runs(this::discard));
    all.add(
        command("watch")
            .minArity(2)
            .keys(Keys.ALL)
            .synopsis("<key> [<key> ...]")
            .summary("Makes EXEC run nothing if a key changes before it.")
            .runs(this::watch));
    all.add(command("unwatch").arity(1).summary("Ends all watches.").runs(this::unwatch));
  }

  private static Command.Builder command(String name) {
    return Command.named(name)
        .group("transactions")
        .flags("noscript", "loading", "stale", "fast", "allow_busy");
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
      // If the client was closed because of its memory, all of its writes still run.
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
    // After a change of a watched key, EXEC runs nothing; further watches are not needed.
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
