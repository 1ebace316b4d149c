/*
 * WHAT THIS FILE IS
 *
 * The server from its start to its end: it opens the store, listens on two ports, and closes both
 * in an order in which nothing is lost that a client was told of.
 *
 * PICTURE
 *
 *     RESP clients ---.                                                         .--> merges, hints
 *                     |--> event loop ---- get, put, delete ----> Store (engine)|
 *     HTTP clients ---'        |  ^                                 ^           '--> fsync
 *                              |  '-- results --.                   |
 *                              '-- jobs --> worker -- merge, walk --'
 *
 * WHY ONE THREAD
 *
 * One event loop serves all connections of both ports, as in Redis. A put or a get of the store is
 * a copy in memory, and takes less than what the network takes of the same thread; so there is
 * little to gain with more. And much to lose: with one thread, each command is atomic without any
 * lock (see Commands), the replies of a turn share one fsync (see Turn), and connections can be
 * counted, and their memory, in plain fields (see Budget).
 *
 * The price: what takes long would stop everybody, and has to be given to the worker (see Worker).
 * What cannot be known before does stop everybody: a put that comes to the end of a segment waits
 * for the disk, some milliseconds, and, if a merge is far behind, for that; a get of what the
 * operating system has not in memory waits for the disk as well. Redis, which has everything in
 * memory, is spared the second.
 *
 * STOPPING
 *
 *     1  stop listening
 *     2  tell all connections: run what you have read, reply, close; wait for that a while
 *     3  close the store: what was acknowledged is synced, a merge is given up
 *     4  end the threads
 */
package kv.server;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import kv.engine.Options;
import kv.engine.Store;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A store on the network. */
final class Server implements Closeable {
  /** What each connection is told when the server is being closed: to reply, and to close. */
  static final Object STOPPING = new Object();

  /**
   * How long each step of closing is waited for, in seconds. Whatever has gone wrong on the event
   * loop, the store gets closed, and the process ends.
   */
  private static final int GRACE = 5;

  /** How many connections may wait to be accepted: many, as they may come all at once. */
  private static final int BACKLOG = 1024;

  private static final Logger LOGGER = LoggerFactory.getLogger(Server.class);

  private final Settings settings;
  private final Store store;
  private final EventLoopGroup group;
  private final EventLoop loop;
  private final ChannelGroup connections;
  private final Counters counters = new Counters();
  private final Turn turn;
  private final Watches watches = new Watches();
  private final Database database;
  private final Worker worker;
  private final Budget budget;
  private final Watch watch;
  private final Snapshots snapshots;
  private final Scans scans;
  private final long startedAt = System.nanoTime();
  private Channel resp;
  private Channel http;

  /** The most connections, over both ports. Set once, before any connection is accepted. */
  private volatile int maxConnections;

  private boolean closed;

  private Server(Settings settings, Budget budget, Store store, Consumer<String> broken) {
    this.settings = settings;
    this.budget = budget;
    this.store = store;
    this.group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("kv-loop"), NioIoHandler.newFactory());
    this.loop = group.next();
    this.connections = new DefaultChannelGroup(loop);
    this.turn =
        new Turn(loop, store, settings.sync() == Settings.Sync.always && !settings.readOnly());
    this.snapshots = new Snapshots(store, settings.snapshots());
    this.scans = new Scans(store, budget.limit() / 2, System::nanoTime);
    this.database = new Database(store, counters, watches, settings.maxValue());
    this.watch = new Watch(loop, Watch.MAX_CPU_NANOS, broken);
    this.worker = new Worker(loop, watch);
    loop.scheduleAtFixedRate(counters::secondPassed, 1, 1, TimeUnit.SECONDS);
  }

  // ======== Opening ========

  /** Starts a server whose connections may hold as much memory as is good for this JVM. */
  static Server start(Settings settings) throws IOException {
    return start(
        settings, new Budget(Budget.defaultLimit()), fault -> LOGGER.error("broken: {}", fault));
  }

  /**
   * Opens the store, and listens.
   *
   * @param broken called with the fault if the server can no longer answer: see {@link Watch}
   * @throws IOException saying what to do, if the store cannot be opened, or a port cannot be had
   */
  static Server start(Settings settings, Budget budget, Consumer<String> broken)
      throws IOException {
    InetAddress address;
    try {
      address = InetAddress.getByName(settings.bind());
    } catch (UnknownHostException e) {
      throw new IOException("cannot listen on " + settings.bind() + ": there is no such host", e);
    }
    prepareSnapshots(settings);
    Options options =
        Options.DEFAULT
            .withReadOnly(settings.readOnly())
            .withSegmentSize(settings.segmentSize())
            // ALWAYS would have an fsync for each put. One for each turn does: see Turn.
            .withSync(
                settings.sync() == Settings.Sync.everysec && !settings.readOnly()
                    ? Options.SyncPolicy.EVERY_SECOND
                    : Options.SyncPolicy.NEVER);
    Server server = new Server(settings, budget, open(settings.directory(), options), broken);
    try {
      server.maxConnections = Descriptors.maxConnections();
      server.resp =
          server.listen(address, settings.respPort(), "--resp", new RespInitializer(server));
      server.http =
          server.listen(address, settings.httpPort(), "--http", new HttpInitializer(server));
      server.watch.watch(server.resp, "RESP");
      server.watch.watch(server.http, "HTTP");
    } catch (Throwable e) {
      server.close();
      throw e;
    }
    return server;
  }

  /** Creates the directory for snapshots, if there may be any. */
  private static void prepareSnapshots(Settings settings) throws IOException {
    Path snapshots = settings.snapshots();
    if (snapshots == null) {
      return;
    }
    if (isIn(snapshots, settings.directory())) {
      throw new IOException(
          "the directory for snapshots, "
              + snapshots
              + ", is in the store's, "
              + settings.directory()
              + ": choose one outside with --snapshots");
    }
    try {
      Files.createDirectories(snapshots);
    } catch (IOException e) {
      throw new IOException(
          "cannot create the directory for snapshots, "
              + snapshots
              + ": "
              + e
              + ". Choose another with --snapshots",
          e);
    }
  }

  private static boolean isIn(Path inner, Path outer) {
    return inner.toAbsolutePath().normalize().startsWith(outer.toAbsolutePath().normalize());
  }

  private static Store open(Path directory, Options options) throws IOException {
    try {
      return Store.open(directory, options);
    } catch (IOException | DirectoryIteratorException | UncheckedIOException e) {
      throw new StartFailure(directory, e);
    }
  }

  private Channel listen(
      InetAddress address, int port, String option, ChannelInitializer<SocketChannel> initializer)
      throws IOException {
    ChannelFuture bound =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .handler(new AcceptFailures())
            // A reply is sent at once, and not kept for the next: there may be none.
            .childOption(ChannelOption.TCP_NODELAY, true)
            // A client that has vanished is noticed at some time.
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childHandler(initializer)
            .bind(new InetSocketAddress(address, port))
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "cannot listen on %s, port %d: %s. Stop what uses it, or choose others with --bind"
                  + " and %s",
              settings.bind(),
              port,
              bound.cause().getMessage(),
              option),
          bound.cause());
    }
    return bound.channel();
  }

  // ======== What connections use, on the event loop ========

  /** Counts a new connection: false if there are too many. */
  boolean admit(Channel channel) {
    counters.connections++;
    return connections.size() < maxConnections && connections.add(channel);
  }

  EventLoop loop() {
    return loop;
  }

  Settings settings() {
    return settings;
  }

  Store store() {
    return store;
  }

  Database database() {
    return database;
  }

  Turn turn() {
    return turn;
  }

  Watches watches() {
    return watches;
  }

  Worker worker() {
    return worker;
  }

  Budget budget() {
    return budget;
  }

  Snapshots snapshots() {
    return snapshots;
  }

  /** The scans and lists of both ports. Used by the worker only. */
  Scans scans() {
    return scans;
  }

  Counters counters() {
    return counters;
  }

  /** How long the server has been running. */
  Duration uptime() {
    return Duration.ofNanos(System.nanoTime() - startedAt);
  }

  /** How many connections there are, over both ports. */
  int connections() {
    return connections.size();
  }

  /** Returns the clients of the RESP port, in the order in which they connected. */
  List<RespConnection> respConnections() {
    return connections.stream()
        .map(channel -> channel.pipeline().get(RespConnection.class))
        .filter(Objects::nonNull)
        .sorted(Comparator.comparingLong(connection -> connection.session().id()))
        .toList();
  }

  /** How many there may be. */
  int maxConnections() {
    return maxConnections;
  }

  /** The channels that accept connections: RESP's, then HTTP's, as far as they are open. */
  List<Channel> listeners() {
    return Stream.of(resp, http).filter(Objects::nonNull).toList();
  }

  /** The port for RESP. */
  int respPort() {
    return ((InetSocketAddress) resp.localAddress()).getPort();
  }

  /** The port for HTTP. */
  int httpPort() {
    return ((InetSocketAddress) http.localAddress()).getPort();
  }

  // ======== Closing ========

  /**
   * Stops listening, runs what was received and replies, and closes the store. Connections that do
   * not take their replies within some seconds are closed without. Idempotent.
   *
   * @throws IOException if the store could not be closed as it should be, or had failed before
   */
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    watch.close();
    try {
      if (!loop.isShuttingDown()) {
        endConnections();
      }
    } finally {
      try {
        store.close();
      } finally {
        // A job that still ran was ended by the store: each of its calls throws now.
        worker.close();
        group
            .shutdownGracefully(0, GRACE, TimeUnit.SECONDS)
            .awaitUninterruptibly(GRACE, TimeUnit.SECONDS);
      }
    }
  }

  private void endConnections() {
    for (Channel listener : listeners()) {
      listener.close().awaitUninterruptibly(GRACE, TimeUnit.SECONDS);
    }
    // On the event loop, which by now has set up all connections that were accepted.
    loop.submit(() -> connections.forEach(c -> c.pipeline().fireUserEventTriggered(STOPPING)))
        .awaitUninterruptibly(GRACE, TimeUnit.SECONDS);
    if (!connections.newCloseFuture().awaitUninterruptibly(GRACE, TimeUnit.SECONDS)) {
      connections.close().awaitUninterruptibly(GRACE, TimeUnit.SECONDS);
    }
  }
}
