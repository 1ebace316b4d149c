/*
 * WHAT THIS FILE IS
 *
 * The server of the course's pages: the JDK's own, on the loopback address only.
 *
 * SAFETY
 *
 * Any page in the reader's browser can send requests to this server, and a name server can give the
 * loopback address any name. So the server serves only requests whose Host is a name of the
 * loopback address, and whose Origin, if there is one, is this server. The Content-Security-Policy
 * lets a page load its parts from this server and from nowhere else. A path is a key of the route
 * table, never the path of a file.
 *
 * THREADS
 *
 * A request takes one of THREADS threads until the reply is sent. A client that sends only half of
 * a request loses its connection after REQUEST_SECONDS, and one that does not read its reply after
 * REPLY_MILLIS. At most MOST_EVENTS streams of events run at a time.
 */
package kv.workshop.serve;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Serves pages on the loopback address. */
public final class Site implements AutoCloseable {
  /** The rules for browsers: a page loads its parts from this server only. */
  static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";

  /** The port of an address that names none. */
  private static final int HTTP_PORT = 80;

  private static final int THREADS = 128;
  private static final int MOST_EVENTS = 24;
  private static final int REQUEST_SECONDS = 5;
  private static final int REPLY_MILLIS = 10_000;

  static {
    // The JDK's server reads them once, when its first server is created.
    System.setProperty("sun.net.httpserver.maxReqTime", String.valueOf(REQUEST_SECONDS));
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private final HttpServer server;
  private final ThreadPoolExecutor threads;
  private final Deadlines deadlines = new Deadlines(REPLY_MILLIS);
  private final Semaphore streams = new Semaphore(MOST_EVENTS);
  private final Map<String, NavigableMap<String, Handler>> routes = new ConcurrentHashMap<>();
  private final List<AutoCloseable> closeables = new ArrayList<>();

  /**
   * Creates a server that listens on a port of the loopback address; 0 for a free one.
   *
   * @throws IOException if the port is in use
   */
  public Site(int port) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    threads =
        new ThreadPoolExecutor(
            THREADS, THREADS, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Site::thread);
    threads.allowCoreThreadTimeOut(true);
    server.setExecutor(threads);
    server.createContext("/", this::serve);
    routes.put("GET", new TreeMap<>());
    routes.put("POST", new TreeMap<>());
    get("/assets/", Site::asset);
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "site");
    thread.setDaemon(true);
    return thread;
  }

  // ======== Routes: before start ========

  /**
   * Serves GET and HEAD for a path.
   *
   * @param path if it ends in a slash, all paths below it too
   */
  public void get(String path, Handler handler) {
    routes.get("GET").put(path, handler);
  }

  /** Serves POST for a path. */
  public void post(String path, Handler handler) {
    routes.get("POST").put(path, handler);
  }

  /** Closes something with the site, before it. */
  public void closesToo(AutoCloseable closeable) {
    closeables.add(closeable);
  }

  private static void asset(Request request) throws IOException, Refusal {
    request.send(200, Assets.type(request.rest()), Assets.bytes(request.rest()));
  }

  // ======== Running ========

  /** Starts to serve. */
  public void start() {
    server.start();
  }

  /** Returns the port on which the server listens. */
  public int port() {
    return server.getAddress().getPort();
  }

  /** Returns the address of the first page. */
  public String address() {
    return "http://127.0.0.1:" + port() + "/";
  }

  /** Stops the server, and the streams of events. */
  @Override
  public void close() throws IOException {
    try {
      for (AutoCloseable closeable : closeables) {
        closeable.close();
      }
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    } finally {
      server.stop(0);
      threads.shutdownNow();
      deadlines.close();
    }
  }

  // ======== A request ========

  private void serve(HttpExchange exchange) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Security-Policy", POLICY + "; frame-ancestors 'none'");
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Cache-Control", "no-store");
    deadlines.begin(exchange);
    Request request = new Request(this, exchange, "");
    try {
      requireOwnPage(exchange.getRequestHeaders());
      String path = path(exchange);
      Map.Entry<String, Handler> route = route(exchange.getRequestMethod(), path);
      request = new Request(this, exchange, path.substring(route.getKey().length()));
      route.getValue().handle(request);
    } catch (Refusal e) {
      request.text(e.status(), e.getMessage());
    } catch (IOException | RuntimeException e) {
      if (!request.isReplied()) {
        request.text(500, "failed: " + e);
      }
    } finally {
      deadlines.end(exchange);
      exchange.close();
    }
  }

  /** Returns what the Host of a request can be. */
  static List<String> hosts(int port) {
    List<String> hosts = new ArrayList<>();
    for (String name : List.of("127.0.0.1", "localhost", "[::1]")) {
      hosts.add(name + ":" + port);
      if (port == HTTP_PORT) {
        // Browsers leave it out.
        hosts.add(name);
      }
    }
    return hosts;
  }

  private void requireOwnPage(Headers headers) throws Refusal {
    List<String> hosts = hosts(port());
    List<String> host = headers.getOrDefault("Host", List.of());
    if (host.size() != 1 || !hosts.contains(host.get(0))) {
      throw new Refusal(403, "refused: this server answers to " + address() + " only");
    }
    for (String origin : headers.getOrDefault("Origin", List.of())) {
      if (!origin.startsWith("http://") || !hosts.contains(origin.substring(7))) {
        throw new Refusal(403, "refused: the request comes from a page of another server");
      }
    }
  }

  private static String path(HttpExchange exchange) throws Refusal {
    String path = exchange.getRequestURI().getPath();
    if (path == null || !path.startsWith("/")) {
      throw Refusal.bad("the path does not begin with a slash");
    }
    return path;
  }

  private Map.Entry<String, Handler> route(String method, String path) throws Refusal {
    NavigableMap<String, Handler> table = routes.get(method.equals("HEAD") ? "GET" : method);
    if (table == null) {
      throw new Refusal(405, "the methods are GET, HEAD and POST");
    }
    String start = path;
    while (true) {
      Handler handler = table.get(start);
      if (handler != null && (start.equals(path) || !start.equals("/"))) {
        return Map.entry(start, handler);
      }
      int slash = start.lastIndexOf('/', start.length() - 2);
      if (slash < 0) {
        throw Refusal.notFound("there is no such page");
      }
      start = start.substring(0, slash + 1);
    }
  }

  /** Returns a new stream of events for the page that sent a request. */
  Events newEvents(HttpExchange exchange) throws Refusal {
    if (!streams.tryAcquire()) {
      throw new Refusal(503, "too many pages are open; close some");
    }
    deadlines.end(exchange);
    return new Events(exchange, deadlines, streams::release);
  }
}
