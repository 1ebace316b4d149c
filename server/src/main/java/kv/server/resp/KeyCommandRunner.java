package kv.server.resp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import kv.server.core.Budget;
import kv.server.core.Counters;
import kv.server.core.Database;

/**
 * Runs commands on keys without a connection: for the part of a cluster that has these keys. Used
 * by one thread at a time.
 */
public final class KeyCommandRunner {
  private final Map<String, Command> commands = new HashMap<>();
  private final Replies replies;

  /** Runs commands on a store. */
  public KeyCommandRunner(Database database, Counters counters) {
    new StringCommands(database).addTo(this::add);
    new KeyCommands(database).addTo(this::add);
    // The client's connection has the budget.
    Budget.Account free = Budget.unlimited();
    this.replies = new Replies(UnpooledByteBufAllocator.DEFAULT, free, counters, () -> {});
  }

  private void add(Command.Builder description) {
    Command command = description.build();
    commands.put(command.name(), command);
  }

  /**
   * Runs a command.
   *
   * @param arguments the command's name in any case, and its arguments, as a connection has checked
   *     them
   * @param version the version of RESP for the reply, 2 or 3
   * @return the reply in RESP, which may be an error
   * @throws IOException if the store fails
   */
  public byte[] run(byte[][] arguments, int version) throws IOException {
    replies.setVersion(version);
    try {
      Command command = commands.get(Ascii.lowerCase(arguments[0]));
      if (command == null) {
        throw new RespException("ERR this command does not run on a part of the keys");
      }
      command.keyAction().run(replies, arguments);
    } catch (RespException e) {
      replies.takeBack(0);
      replies.error(e.getMessage());
    } catch (IOException | RuntimeException e) {
      replies.takeBack(0);
      throw e;
    }
    ByteBuf reply = replies.take();
    byte[] bytes = ByteBufUtil.getBytes(reply);
    reply.release();
    return bytes;
  }
}
