package kv.server.resp;

import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import kv.server.core.Budget;
import kv.server.core.WatchedKeys;

/** The state of one client of the RESP port. Used on the event loop only. */
final class Session {
  private final Channel channel;
  private final Budget.Account account;
  private final long id;
  private final long startedAt = System.nanoTime();
  private final Transaction transaction;
  private boolean authenticated;
  private boolean stale;
  private byte[] name;
  private String library = "";
  private String libraryVersion = "";

  /** The full name of the last command, or NULL, as Redis writes it. */
  private String lastCommand = "NULL";

  private long lastRequestAt = startedAt;

  /**
   * The session of a new client.
   *
   * @param id a number that no other connection has, or had
   * @param authenticated whether the client needs no password
   */
  Session(
      Channel channel,
      Budget.Account account,
      long id,
      WatchedKeys watchedKeys,
      boolean authenticated) {
    this.channel = channel;
    this.account = account;
    this.id = id;
    this.transaction = new Transaction(watchedKeys, account);
    this.authenticated = authenticated;
  }

  /** Returns the connection's number, as CLIENT ID does. */
  long id() {
    return id;
  }

  /** Returns the client's transaction, which exists even while it is not open. */
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

  /** Returns whether the client's reads may show an older state. */
  boolean isStale() {
    return stale;
  }

  void setStale(boolean stale) {
    this.stale = stale;
  }

  /** Returns the name that the client set, or null. */
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

  /** Notes the time of a request. */
  void requestArrived() {
    lastRequestAt = System.nanoTime();
  }

  /**
   * Returns the client's line in CLIENT LIST: Redis's fields that have a meaning here, and lib-name
   * and lib-ver of later versions.
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
