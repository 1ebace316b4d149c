/*
 * WHAT THIS FILE IS
 *
 * The parts of a running server that both protocols use. Server creates the context, opens the
 * ports, and closes everything again; the packages for RESP and HTTP see the context only.
 *
 *     kv.server         Main, Server
 *        |      '-------------.
 *        v                    v
 *     kv.server.resp    kv.server.http
 *        |      .-------------'
 *        v      v
 *     kv.server.core    ServerContext, and the classes that it returns
 */
package kv.server.core;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The store, the settings and the services of one server. Used on the event loop. */
public final class ServerContext {
  /** The event that each connection receives when the server stops: reply, and close. */
  public static final Object STOPPING = new Object();

  private final Settings settings;
  private final ServedStore store;
  private final Remote remote;
  private final Budget budget;
  private final EventLoop loop;
  private final int maxConnections;
  private final ChannelGroup connections;
  private final Counters counters = new Counters();
  private final WatchedKeys watchedKeys = new WatchedKeys();
  private final Turn turn;
  private final Database database;
  private final Worker worker;
  private final Snapshots snapshots;
  private final Scans scans;
  private final long startNanos = System.nanoTime();

  /** Set once, by the thread that opens the ports. */
  private volatile int respPort;

  private volatile int httpPort;

  /**
   * The context of a server that is starting.
   *
   * @param remote runs the commands on keys; null if they run on the store
   * @param maxConnections the most connections, over both ports
   */
  public ServerContext(
      Settings settings,
      ServedStore store,
      Remote remote,
      Budget budget,
      EventLoop loop,
      Watchdog watchdog,
      int maxConnections) {
    this.settings = settings;
    this.store = store;
    this.remote = remote;
    this.budget = budget;
    this.loop = loop;
    this.maxConnections = maxConnections;
    this.connections = new DefaultChannelGroup(loop);
    this.turn =
        new Turn(loop, store, settings.sync() == Settings.Sync.always && !settings.readOnly());
    this.database = new Database(store, counters, watchedKeys, settings.maxValue());
    this.worker = new Worker(loop, watchdog);
    this.snapshots = new Snapshots(store, settings.snapshots());
    this.scans = new Scans(store, budget.limit() / 2, System::nanoTime);
    loop.scheduleAtFixedRate(counters::secondPassed, 1, 1, TimeUnit.SECONDS);
  }

  // ======== Connections ========

  /** Counts a new connection; returns false if there are too many. */
  public boolean admit(Channel channel) {
    counters.countConnection();
    return connections.size() < maxConnections && connections.add(channel);
  }

  /** Returns the open connections of both ports. */
  public ChannelGroup connections() {
    return connections;
  }

  /** Returns the most connections, over both ports. */
  public int maxConnections() {
    return maxConnections;
  }

  /** Notes the ports that the server listens on. */
  public void setPorts(int resp, int http) {
    respPort = resp;
    httpPort = http;
  }

  /** Returns the port for RESP; 0 until both ports are open. */
  public int respPort() {
    return respPort;
  }

  /** Returns the port for HTTP; 0 until both ports are open. */
  public int httpPort() {
    return httpPort;
  }

  // ======== Services ========

  public Settings settings() {
    return settings;
  }

  public ServedStore store() {
    return store;
  }

  /** Returns what runs the commands on keys; null if they run on the store. */
  public Remote remote() {
    return remote;
  }

  public EventLoop loop() {
    return loop;
  }

  public Budget budget() {
    return budget;
  }

  public Counters counters() {
    return counters;
  }

  public WatchedKeys watchedKeys() {
    return watchedKeys;
  }

  public Turn turn() {
    return turn;
  }

  public Database database() {
    return database;
  }

  public Worker worker() {
    return worker;
  }

  public Snapshots snapshots() {
    return snapshots;
  }

  /** Returns the scans and lists of both ports. Used by the worker only. */
  public Scans scans() {
    return scans;
  }

  /** Returns the time since the server started. */
  public Duration uptime() {
    return Duration.ofNanos(System.nanoTime() - startNanos);
  }
}
