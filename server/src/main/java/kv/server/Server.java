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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import kv.step5.Options;
import kv.step5.Store;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A store on the network. */
final class Server implements Closeable {
  /** The most connections, over both ports. */
  static final int MAX_CONNECTIONS = 10_000;

  /** What each connection is told when the server is being closed: to answer, and to close. */
  static final Object STOPPING = new Object();

  /** How long connections have for that, in seconds. */
  private static final int GRACE = 5;

  private static final Logger LOGGER = LoggerFactory.getLogger(Server.class);

  private final Settings settings;
  private final Store store;
  private final EventLoopGroup group;
  private final EventLoop loop;
  private final ChannelGroup connections;
  private final Counters counters = new Counters();
  private final Turn turn;
  private final Database database;
  private final Worker worker;
  private final Budget budget = new Budget(Budget.defaultLimit());
  private Channel resp;
  private Channel http;
  private final long startedAt = System.nanoTime();
  private boolean closed;

  private Server(Settings settings, Store store) {
    this.settings = settings;
    this.store = store;
    this.group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("kv-loop"), NioIoHandler.newFactory());
    this.loop = group.next();
    this.connections = new DefaultChannelGroup(loop);
    this.turn = new Turn(loop, store, settings.sync() == Settings.Sync.always);
    this.database = new Database(store, counters, turn);
    this.worker = new Worker(loop);
  }

  // ======== Opening ========

  /**
   * Opens the store, and listens.
   *
   * @throws IOException saying what to do, if the store cannot be opened, or a port cannot be had
   */
  static Server start(Settings settings) throws IOException {
    Options options =
        Options.DEFAULT
            .withSegmentSize(settings.segmentSize())
            .withSync(
                settings.sync() == Settings.Sync.everysec
                    ? Options.SyncPolicy.EVERY_SECOND
                    : Options.SyncPolicy.NEVER);
    Server server = new Server(settings, Store.open(settings.directory(), options));
    try {
      InetAddress address = server.address();
      server.resp =
          server.listen(address, settings.respPort(), "resp", new RespInitializer(server));
      server.http =
          server.listen(address, settings.httpPort(), "http", new HttpInitializer(server));
    } catch (Throwable e) {
      server.close();
      throw e;
    }
    return server;
  }

  private InetAddress address() throws IOException {
    try {
      return InetAddress.getByName(settings.bind());
    } catch (UnknownHostException e) {
      throw new IOException("cannot listen on " + settings.bind() + ": no such host", e);
    }
  }

  private Channel listen(
      InetAddress address, int port, String option, ChannelInitializer<SocketChannel> initializer)
      throws IOException {
    ChannelFuture bound =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 1024)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(initializer)
            .bind(new InetSocketAddress(address, port))
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "cannot listen on %s:%d: %s; stop what listens there, or choose another port with --%s"
              .formatted(settings.bind(), port, bound.cause().getMessage(), option),
          bound.cause());
    }
    return bound.channel();
  }

  // ======== What connections use ========

  /** Counts a new connection: false if there are too many. */
  boolean admit(Channel channel) {
    counters.connections++;
    return connections.size() < MAX_CONNECTIONS && connections.add(channel);
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

  Worker worker() {
    return worker;
  }

  Budget budget() {
    return budget;
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

  /** The port for RESP. */
  int respPort() {
    return ((InetSocketAddress) resp.localAddress()).getPort();
  }

  /** The port for HTTP. */
  int httpPort() {
    return ((InetSocketAddress) http.localAddress()).getPort();
  }

  // ======== Closing ========

  /** Stops listening, answers what was received, and closes the store. */
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (store) {
      for (Channel listener : new Channel[] {resp, http}) {
        if (listener != null) {
          listener.close().awaitUninterruptibly();
        }
      }
      // On the event loop, which has by now set up all connections that were accepted.
      loop.submit(() -> connections.forEach(c -> c.pipeline().fireUserEventTriggered(STOPPING)))
          .awaitUninterruptibly();
      if (!connections.newCloseFuture().awaitUninterruptibly(GRACE, TimeUnit.SECONDS)) {
        connections.close().awaitUninterruptibly();
      }
      worker.shutdown();
    } finally {
      group.shutdownGracefully(0, GRACE, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }
}
