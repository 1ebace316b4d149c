/*
 * WHAT THIS FILE IS
 *
 * The server from start to end: it opens the store, listens on two ports, and closes both in an
 * order that loses no acknowledged write.
 *
 * PICTURE
 *
 *     RESP clients ---.                                                         .--> merges, hints
 *                     |--> event loop ---- get, put, delete ----> Store (engine)|
 *     HTTP clients ---'        |  ^                                 ^           '--> fsync
 *                              |  '-- results --.                   |
 *                              '-- jobs --> worker -- merge, walk --'
 *
 * With --store, the reader's own store takes the place of the engine's (see ServedStore).
 *
 * WHY ONE THREAD
 *
 * One event loop serves all connections of both ports, as in Redis. A put or a get of the store
 * copies memory, and takes less time than the network takes for the same bytes. So more threads
 * would gain little. They would cost much: with one thread, each command is atomic without a lock
 * (see Commands), the replies of a turn share one fsync (see Turn), and connections and their
 * memory can be counted in plain fields (see Budget).
 *
 * The price: a slow job on the event loop would stop all clients, so the worker runs it (see
 * Worker). Some waits are not known in advance, and do stop all clients. A put at the end of a
 * segment waits some milliseconds for the disk, and longer if merges are too slow for the writes. A
 * get of a record that is not in the operating system's memory waits for the disk as well. Redis
 * keeps all data in memory, and never waits for a read.
 *
 * STOPPING
 *
 *     1  stop listening
 *     2  have all connections run the requests that were read, reply, and close; wait a while
 *     3  close the store: it syncs acknowledged writes, and abandons a merge
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
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import kv.server.core.Budget;
import kv.server.core.EngineStore;
import kv.server.core.OwnCode;
import kv.server.core.OwnStore;
import kv.server.core.Remote;
import kv.server.core.ServedStore;
import kv.server.core.ServerContext;
import kv.server.core.Settings;
import kv.server.core.Watchdog;
import kv.server.http.HttpInitializer;
import kv.server.resp.RespInitializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A store on the network. */
public final class Server implements Closeable {
  /**
   * Maximum time for each step of closing. The store gets closed and the process ends, even if the
   * event loop no longer works.
   */
  private static final int GRACE_SECONDS = 5;

  /** The most connections that wait to be accepted: many, since all clients may connect at once. */
  private static final int BACKLOG = 1024;

  private static final Logger LOGGER = LoggerFactory.getLogger(Server.class);

  private final EventLoopGroup group;
  private final Watchdog watchdog;
  private final ServerContext context;
  private Channel resp;
  private Channel http;
  private boolean closed;

  private Server(
      Settings settings, Budget budget, ServedStore store, Remote remote, Consumer<String> broken) {
    this.group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("kv-loop"), NioIoHandler.newFactory());
    EventLoop loop = group.next();
    this.watchdog = new Watchdog(loop, Watchdog.MAX_CPU_NANOS, broken);
    this.context =
        new ServerContext(
            settings, store, remote, budget, loop, watchdog, Descriptors.maxConnections());
  }

  // ======== Opening ========

  /** Starts a server with the default budget for this JVM. */
  public static Server start(Settings settings) throws IOException {
    return start(
        settings, new Budget(Budget.defaultLimit()), fault -> LOGGER.error("broken: {}", fault));
  }

  /**
   * Opens the store, and listens.
   *
   * @param broken called with the fault if the server can no longer answer: see {@link Watchdog}
   * @throws IOException with advice in its message, if the store cannot be opened, or a port is not
   *     available
   */
  public static Server start(Settings settings, Budget budget, Consumer<String> broken)
      throws IOException {
    InetAddress address = address(settings);
    prepareSnapshots(settings);
    return start(address, new Server(settings, budget, openStore(settings), null, broken));
  }

  /**
   * Listens for clients whose commands on keys run somewhere else. The server closes the store, which
   * is used for numbers and health only.
   *
   * @throws IOException with advice in its message, if a port is not available
   */
  public static Server start(
      Settings settings, Budget budget, ServedStore store, Remote remote, Consumer<String> broken)
      throws IOException {
    InetAddress address = address(settings);
    return start(address, new Server(settings, budget, store, remote, broken));
  }

  private static InetAddress address(Settings settings) throws IOException {
    try {
      return InetAddress.getByName(settings.bind());
    } catch (UnknownHostException e) {
      throw new IOException("cannot listen on " + settings.bind() + ": there is no such host", e);
    }
  }

  private static Server start(InetAddress address, Server server) throws IOException {
    try {
      server.listen(address);
    } catch (Throwable e) {
      server.close();
      throw e;
    }
    return server;
  }

  /** Creates the directory for snapshots, if there is one. */
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

  private static ServedStore openStore(Settings settings) throws IOException {
    OwnCode own = settings.code() == null ? null : new OwnCode(settings.code());
    try {
      return own == null ? EngineStore.open(settings) : OwnStore.open(own, settings);
    } catch (IOException | DirectoryIteratorException | UncheckedIOException e) {
      throw new StartFailure(settings.directory(), e);
    }
  }

  /** Opens both ports. */
  private void listen(InetAddress address) throws IOException {
    Settings settings = context.settings();
    resp = listen(address, settings.respPort(), "--resp", new RespInitializer(context));
    http = listen(address, settings.httpPort(), "--http", new HttpInitializer(context));
    context.setPorts(respPort(), httpPort());
    watchdog.watch(resp, "RESP");
    watchdog.watch(http, "HTTP");
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
            // A reply is sent at once, and does not wait for the next one, which may never come.
            .childOption(ChannelOption.TCP_NODELAY, true)
            // The system notices at some time that a client is gone.
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childHandler(initializer)
            .bind(new InetSocketAddress(address, port))
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "cannot listen on %s, port %d: %s. Stop the program that uses it, or choose others"
                  + " with --bind and %s",
              context.settings().bind(),
              port,
              bound.cause().getMessage(),
              option),
          bound.cause());
    }
    return bound.channel();
  }

  // ======== Running ========

  /** Returns the parts of the server that both protocols use. */
  public ServerContext context() {
    return context;
  }

  /** Returns the channels that accept connections: RESP's, then HTTP's, as far as they are open. */
  List<Channel> listeners() {
    return Stream.of(resp, http).filter(Objects::nonNull).toList();
  }

  /** Returns the port for RESP. */
  public int respPort() {
    return ((InetSocketAddress) resp.localAddress()).getPort();
  }

  /** Returns the port for HTTP. */
  public int httpPort() {
    return ((InetSocketAddress) http.localAddress()).getPort();
  }

  // ======== Closing ========

  /**
   * Stops listening, runs the requests that were read, replies, and closes the store. Connections
   * that do not read their replies within some seconds are closed without them. Idempotent.
   *
   * @throws IOException if the store could not be closed properly, or had failed before
   */
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    watchdog.close();
    try {
      if (!context.loop().isShuttingDown()) {
        endConnections();
      }
    } finally {
      try {
        context.store().close();
      } finally {
        // A job that still runs ends with an exception, since the store is closed.
        context.worker().close();
        group
            .shutdownGracefully(0, GRACE_SECONDS, TimeUnit.SECONDS)
            .awaitUninterruptibly(GRACE_SECONDS, TimeUnit.SECONDS);
      }
    }
  }

  private void endConnections() {
    for (Channel listener : listeners()) {
      listener.close().awaitUninterruptibly(GRACE_SECONDS, TimeUnit.SECONDS);
    }
    ChannelGroup connections = context.connections();
    Object stopping = ServerContext.STOPPING;
    // On the event loop, which has set up all accepted connections by then.
    context
        .loop()
        .submit(() -> connections.forEach(c -> c.pipeline().fireUserEventTriggered(stopping)))
        .awaitUninterruptibly(GRACE_SECONDS, TimeUnit.SECONDS);
    if (!connections.newCloseFuture().awaitUninterruptibly(GRACE_SECONDS, TimeUnit.SECONDS)) {
      connections.close().awaitUninterruptibly(GRACE_SECONDS, TimeUnit.SECONDS);
    }
  }
}
