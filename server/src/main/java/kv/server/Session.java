package kv.server;

import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;

/** What the server knows of one client of the RESP port. Used on the event loop only. */
final class Session {
  private final Channel channel;
  private final Budget.Account account;
  private final long id;
  private final long startedAt = System.nanoTime();
  private final Transaction transaction;
  private boolean authenticated;
  private byte[] name;
  private String library = "";
  private String libraryVersion = "";

  /** The full name of the last command, or NULL, as Redis writes it. */
  private String lastCommand = "NULL";

  private long lastRequestAt = startedAt;

  /**
   * The session of a client that has just connected.
   *
   * @param id a number that no other connection had or has
   * @param authenticated whether the client needs no password
   */
  Session(
      Channel channel, Budget.Account account, long id, Watches watches, boolean authenticated) {
    this.channel = channel;
    this.account = account;
    this.id = id;
    this.transaction = new Transaction(watches, account);
    this.authenticated = authenticated;
  }

  /** Returns the connection's number, as CLIENT ID does. */
  long id() {
    return id;
  }

  /** Returns the client's transaction; there is always one, open or not. */
  Transaction transaction() {
    return transaction;
  }

  /** Returns whether the client has sent the password, or needs none. */
  boolean isAuthenticated() {
    return authenticated;
  }

  void setAuthenticated(boolean authenticated) {
    this.authenticated = authenticated;
  }

  /** Returns the name that the client gave itself, or null. */
  byte[] name() {
    return name;
  }

  void setName(byte[] name) {
    this.name = name;
  }

  void setLibrary(String library) {
    this.library = library;
  }

  void setLibraryVersion(String version) {
    this.libraryVersion = version;
  }

  void setLastCommand(String command) {
    lastCommand = command;
  }

  /** Notes that a request has arrived. */
  void requestArrived() {
    lastRequestAt = System.nanoTime();
  }

  /**
   * Describes the client as a line of CLIENT LIST: the fields of Redis that mean something here,
   * and lib-name and lib-ver, which later versions have.
   *
   * @param resp the version of the protocol
   */
  String describe(int resp) {
    return "id="
        + id
        + " addr="
        + address(channel.remoteAddress())
        + " laddr="
        + address(channel.localAddress())
        + " name="
        + (name == null ? "" : Ascii.text(name))
        + " age="
        + secondsSince(startedAt)
        + " idle="
        + secondsSince(lastRequestAt)
        + " flags="
        + flags()
        + " db=0 sub=0 psub=0 ssub=0 multi="
        + (transaction.isOpen() ? transaction.size() : -1)
        + " tot-mem="
        + account.held()
        + " cmd="
        + lastCommand
        + " user=default redir=-1 resp="
        + resp
        + " lib-name="
        + library
        + " lib-ver="
        + libraryVersion
        + "\n";
  }

  private String flags() {
    String flags = (transaction.isOpen() ? "x" : "") + (transaction.isTouched() ? "d" : "");
    return flags.isEmpty() ? "N" : flags;
  }

  private static long secondsSince(long nanoTime) {
    return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - nanoTime);
  }

  private static String address(SocketAddress address) {
    if (!(address instanceof InetSocketAddress socket) || socket.getAddress() == null) {
      return "?:0";
    }
    String host = socket.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + socket.getPort();
  }
}
