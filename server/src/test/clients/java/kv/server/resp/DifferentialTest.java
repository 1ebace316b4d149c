/*
 * WHAT THIS FILE IS
 *
 * A comparison of the server with Redis 7.0.15: both receive the same random requests, and each
 * reply must be the same, byte for byte.
 *
 * HOW IT WORKS
 *
 *     generator --> batch --> session 0, 1 or 2 ==> connection to Redis --> replies --.
 *                                               ==> connection to us -----> replies --+--> same?
 *
 * A batch is sent to one session at a time, and all its replies are read before the next batch. So
 * the order in which requests run is the same in both servers, with transactions and watched keys
 * of several connections too. The same is done with a password, which some clients do not send.
 *
 * Each damaged request, a valid one with a few wrong bytes, is sent on a new connection. All
 * replies until the server closes the connection are compared.
 *
 * NOT COMPARED BYTE FOR BYTE
 *
 * - KEYS: each server has its own order of keys. The sorted keys are compared.
 * - SCAN: cursors, and the keys of one page, are each server's own. Pages must have the same shape,
 *   and the keys of a whole scan must be the same.
 * - If a damaged request lacks a required CR LF, this server may refuse bytes that Redis accepts, or
 *   wait for more.
 * - Replies about the server itself (INFO, TIME, ids, sizes): the type is compared.
 *
 * Other differences are listed in KNOWN, each with a reason. Everything else is a failure. After
 * one, both servers are emptied and the run continues, so that a run finds several differences.
 *
 * The seed is printed. -Dfuzz.seed=S repeats a run, -Dfuzz.requests=N sets its length.
 */
package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import kv.server.Server;
import kv.server.core.Secret;
import kv.server.core.Settings;
import kv.server.resp.RequestGenerator.Request;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares the replies with Redis's. */
@Tag("clients")
class DifferentialTest {
  /** Maximum time in milliseconds for a reply. */
  private static final int PATIENCE = 10_000;

  /** Maximum number of different differences of a run. */
  private static final int MAX_DIFFERENCES = 40;

  /** Number of batches to show with a difference. */
  private static final int HISTORY = 12;

  /** Commands of both servers that are not compared, with the reason. */
  private static final Map<String, String> NOT_COMPARED =
      Map.of(
          "save", "takes a snapshot here, writes an RDB file there",
          "bgsave", "takes a snapshot here, writes an RDB file there",
          "lastsave", "is the time of a snapshot here, of an RDB file there",
          "shutdown", "ends the server");

  /** Commands that describe the server: only the type of the reply is compared. */
  private static final Set<String> ABOUT_THE_SERVER =
      Set.of("info", "command", "time", "memory", "object");

  private interface Rule {
    boolean explains(Request request, RespReply redis, RespReply ours);
  }

  /**
   * A difference that is meant to be.
   *
   * @param diverges whether the servers, or their states of the client, differ afterwards
   */
  private record Known(String reason, boolean diverges, Rule rule) {}

  private static final List<Known> KNOWN =
      List.of(
          new Known(
              "SET with an expiry: nothing expires in this store",
              true,
              (q, r, o) ->
                  q.name().equals("set") && expires(q) && isError(o, "is not supported by this")),
          new Known(
              "commands that run beside others cannot be part of a transaction",
              true,
              (q, r, o) -> isError(o, "ERR Command not allowed inside a transaction: ")),
          new Known(
              "subcommands that this server does not have",
              true,
              (q, r, o) ->
                  Set.of("client", "config", "command", "memory", "object").contains(q.name())
                      && isError(o, "ERR unknown subcommand")),
          new Known(
              "a NUL byte ends a text in an error of Redis's",
              false,
              (q, r, o) ->
                  String.join("", q.arguments()).contains("\0")
                      && isError(r, "ERR ")
                      && isError(o, beforeNul(r))),
          new Known(
              "a cursor that no scan returned is refused, and Redis goes on from anywhere",
              true,
              (q, r, o) ->
                  q.name().equals("scan")
                      && !q.option().equals("0")
                      && isError(o, "ERR invalid cursor")),
          new Known(
              "an error repeats a limited part of a long option",
              false,
              (q, r, o) ->
                  isError(r, "ERR Syntax error in HELLO option '")
                      && isError(o, r.text().substring(0, Math.min(100, r.text().length())))),
          new Known(
              "the length of a client's name is limited",
              true,
              (q, r, o) -> isError(o, "ERR Client names cannot have ")),
          new Known(
              "the length of patterns is limited",
              true,
              (q, r, o) -> isError(o, "ERR the pattern is ")));

  @TempDir private Path directory;

  private final long seed = Long.getLong("fuzz.seed", System.nanoTime());
  private final int requests = Integer.getInteger("fuzz.requests", 100_000);
  private final Random random = new Random(seed);
  private final Map<String, Integer> known = new TreeMap<>();
  private final Map<String, Integer> sent = new TreeMap<>();
  private final Map<String, String> differences = new LinkedHashMap<>();

  /** The last batches, of all sessions. */
  private final Deque<String> history = new ArrayDeque<>();

  /** Whether a known difference made the servers differ. */
  private boolean diverged;

  /** The servers' password, or null. */
  private String password;

  private int redisPort;
  private int ourPort;

  /** A connection to one of the servers. */
  private static final class Wire implements Closeable {
    private final Socket socket;
    private final InputStream in;

    /** Opens a connection, and sends a password unless it is null. */
    Wire(int port, String password) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(PATIENCE);
      in = new BufferedInputStream(socket.getInputStream());
      if (password != null) {
        assertEquals("+OK\r\n", ask("auth", password).raw());
      }
    }

    /** Sends bytes, sometimes in two parts; reading shows whether the connection is closed. */
    void send(byte[] bytes, int split) throws IOException {
      try {
        socket.getOutputStream().write(bytes, 0, split);
        socket.getOutputStream().write(bytes, split, bytes.length - split);
      } catch (SocketException e) {
        // The server closed the connection.
      }
    }

    RespReply ask(String... arguments) throws IOException {
      byte[] request = RequestGenerator.resp(List.of(arguments));
      send(request, request.length);
      return read();
    }

    /** Deletes all keys, which takes this server less time than FLUSHALL if there are few. */
    void deleteAll() throws IOException {
      for (RespReply key : ask("keys", "*").items()) {
        assertEquals(":1\r\n", ask("del", key.text()).raw());
      }
    }

    /** Returns the next reply, or null if the server closed the connection. */
    RespReply read() throws IOException {
      try {
        return RespReply.read(in);
      } catch (EOFException | SocketException e) {
        return null;
      }
    }

    /** Waits until the server ran all requests and closed the connection. */
    void finish() throws IOException {
      try (socket) {
        socket.shutdownOutput();
        while (in.read() >= 0) {
          // Replies that are not compared.
        }
      } catch (SocketException e) {
        // The server closed the connection first.
      }
    }

    boolean hasMore() throws IOException {
      return in.available() > 0;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /** A client with a connection to each server, and the state that the servers have of it. */
  private final class Session {
    private final int number;
    private Wire redis;
    private Wire ours;
    private final List<Request> queued = new ArrayList<>();

    Session(int number) {
      this.number = number;
    }

    void connect() throws IOException {
      if (redis != null) {
        redis.finish();
        ours.finish();
      }
      String sent = random.nextInt(4) > 0 ? password : null;
      redis = new Wire(redisPort, sent);
      ours = new Wire(ourPort, sent);
      queued.clear();
    }

    /** Sends a batch to both, and compares the replies; returns whether they were the same. */
    boolean run(List<Request> batch) throws IOException {
      remember(number, batch);
      int size = batch.stream().mapToInt(request -> request.bytes().length).sum();
      byte[] bytes = new byte[size];
      int end = 0;
      for (Request request : batch) {
        System.arraycopy(request.bytes(), 0, bytes, end, request.bytes().length);
        end += request.bytes().length;
        sent.merge(request.name(), 1, Integer::sum);
      }
      int split = random.nextInt(4) == 0 ? random.nextInt(size + 1) : size;
      redis.send(bytes, split);
      ours.send(bytes, split);
      for (Request request : batch) {
        for (int i = 0; i < request.replies(); i++) {
          RespReply right = redis.read();
          RespReply reply;
          try {
            reply = ours.read();
          } catch (IOException e) {
            return differs(request, right, "no reply: " + e);
          }
          if (right == null && reply == null) {
            // After a protocol error, for example of a client without the password.
            connect();
            return true;
          } else if (right == null) {
            return differs(request, null, shown(reply));
          } else if (reply == null) {
            return differs(request, right, "the connection is closed");
          } else if (!same(request, right, reply)) {
            return differs(request, right, shown(reply));
          } else if (diverged) {
            return false;
          }
          note(request, right);
        }
        if (request.closes()) {
          RespReply more = ours.read();
          boolean bothClosed = redis.read() == null && more == null;
          connect();
          return bothClosed || differs(request, null, "not closed");
        }
      }
      if (ours.hasMore()) {
        return differs(batch.get(batch.size() - 1), null, "more: " + shown(ours.read()));
      }
      return true;
    }

    /** Remembers which requests the reply of an EXEC is for. */
    private void note(Request request, RespReply reply) {
      if (reply.raw().equals("+QUEUED\r\n")) {
        queued.add(request);
      } else if (!reply.isError() && Set.of("exec", "discard", "reset").contains(request.name())) {
        queued.clear();
      } else if (reply.raw().startsWith("-EXECABORT")) {
        queued.clear();
      }
    }

    private boolean same(Request request, RespReply redis, RespReply ours) {
      boolean exec = request.name().equals("exec") && !redis.items().isEmpty();
      if (exec && redis.items().size() == ours.items().size()) {
        for (int i = 0; i < redis.items().size(); i++) {
          if (!same(queued.get(i), redis.items().get(i), ours.items().get(i))) {
            return false;
          } else if (diverged) {
            return true;
          }
        }
        return redis.type() == ours.type();
      }
      if (normal(request, redis).equals(normal(request, ours))) {
        return true;
      }
      for (Known difference : KNOWN) {
        if (difference.rule().explains(request, redis, ours)) {
          known.merge(difference.reason(), 1, Integer::sum);
          diverged |= difference.diverges();
          return true;
        }
      }
      return false;
    }
  }

  /** Returns the part of a reply that must be the same. */
  private static String normal(Request request, RespReply reply) {
    if (reply.isError() || reply.raw().equals("+QUEUED\r\n")) {
      return reply.raw();
    }
    String name = request.name();
    if (name.equals("keys")) {
      return reply.items().stream().map(RespReply::raw).sorted().collect(Collectors.joining());
    } else if (name.equals("scan")) {
      return reply.type() + "," + reply.items().stream().map(i -> "" + i.type()).toList();
    } else if (name.equals("randomkey") || ABOUT_THE_SERVER.contains(name)) {
      return "" + reply.type();
    } else if (name.equals("config") && reply.raw().length() > 4) {
      return "" + reply.type();
    } else if (name.equals("client")
        && Set.of("help", "id", "info", "list").contains(request.option())) {
      return "" + reply.type();
    } else if (name.equals("hello") && reply.items().size() == 14) {
      List<String> fields = new ArrayList<>();
      for (int i = 0; i < 14; i += 2) {
        String field = reply.items().get(i).text();
        boolean own = Set.of("server", "version", "id").contains(field);
        fields.add(
            field + (own ? reply.items().get(i + 1).type() : reply.items().get(i + 1).raw()));
      }
      return reply.type() + "," + fields;
    }
    return reply.raw();
  }

  private void remember(int session, List<Request> batch) {
    StringBuilder line = new StringBuilder("client " + session + ":");
    batch.forEach(request -> line.append(' ').append(shortened(request)).append(';'));
    history.add(line.toString());
    if (history.size() > HISTORY) {
      history.remove();
    }
  }

  private static String shortened(Request request) {
    return request.arguments().stream()
        .map(a -> a.isEmpty() ? "''" : escaped(a.substring(0, Math.min(30, a.length()))))
        .collect(Collectors.joining(" "));
  }

  private boolean differs(Request request, RespReply redis, String ours) {
    String right = redis == null ? "the connection is closed" : shown(redis);
    String kind = request.name() + " " + right.replaceAll("[0-9]+", "0") + " / " + ours;
    kind = kind.substring(0, Math.min(60, kind.length()));
    StringBuilder text =
        new StringBuilder(
            "  request " + escaped(new String(request.bytes(), StandardCharsets.ISO_8859_1)));
    text.append("\n    Redis   ").append(right).append("\n    we      ").append(ours);
    history.forEach(line -> text.append("\n      ").append(line));
    differences.putIfAbsent(kind, text.toString());
    return false;
  }

  private static String shown(RespReply reply) {
    return reply == null ? "closed" : escaped(reply.raw());
  }

  private static String escaped(String text) {
    StringBuilder shown = new StringBuilder();
    for (char c : text.substring(0, Math.min(300, text.length())).toCharArray()) {
      shown.append(
          switch (c) {
            case '\r' -> "\\r";
            case '\n' -> "\\n";
            default -> c < ' ' || c > '~' ? String.format(Locale.ROOT, "\\x%02x", (int) c) : "" + c;
          });
    }
    return shown.toString();
  }

  @Test
  void repliesAsRedisDoes() throws Exception {
    Settings settings =
        Settings.of(directory.resolve("store")).sync(Settings.Sync.no).segmentSize(1 << 20).build();
    try (RedisProcess redis = new RedisProcess(directory.resolve("redis"));
        Server server = Server.start(settings)) {
      compare(redis, server);
    }
  }

  /** Three of four connections send the password at once, the others some time or never. */
  @Test
  void repliesAsRedisDoesWithAPassword() throws Exception {
    password = "secret";
    Settings settings =
        Settings.of(directory.resolve("store"))
            .sync(Settings.Sync.no)
            .segmentSize(1 << 20)
            .password(new Secret(password))
            .build();
    Path folder = directory.resolve("redis");
    try (RedisProcess redis = new RedisProcess(folder, "--requirepass", password);
        Server server = Server.start(settings)) {
      compare(redis, server);
    }
  }

  /** Sends damaged requests, each time on a new connection, and compares all that comes back. */
  @Test
  void readsDamagedRequestsAsRedisDoes() throws Exception {
    System.out.println("fuzz.seed=" + seed);
    RequestGenerator generator = new RequestGenerator(random);
    Settings settings =
        Settings.of(directory.resolve("store")).sync(Settings.Sync.no).segmentSize(1 << 20).build();
    try (RedisProcess redis = new RedisProcess(directory.resolve("redis"));
        Server server = Server.start(settings);
        Wire redisKeys = new Wire(redis.port(), null);
        Wire ourKeys = new Wire(server.respPort(), null)) {
      for (int i = 0; i < requests / 20 && differences.size() < MAX_DIFFERENCES; i++) {
        byte[] bytes = generator.damaged();
        String right = all(redis.port(), bytes);
        String ours = all(server.respPort(), bytes);
        String sent = new String(bytes, StandardCharsets.ISO_8859_1);
        if (!right.equals(ours)) {
          if (isAboutLineEnds(sent, right, ours)) {
            known.merge("a length or a string must end in CR LF, byte for byte", 1, Integer::sum);
          } else {
            String text = "  sent " + escaped(sent) + "\n    Redis   " + escaped(right);
            differences.put(sent, text + "\n    we      " + escaped(ours));
          }
          redisKeys.deleteAll();
          ourKeys.deleteAll();
        }
      }
    }
    System.out.println("known differences: " + known);
    assertTrue(
        differences.isEmpty(),
        () -> "fuzz.seed=" + seed + "\n" + String.join("\n", differences.values()));
  }

  /**
   * Returns whether only one server refused a length or a string, and the other accepted it or
   * waits for the rest. Redis looks for the CR that ends a length, but not at the byte after it,
   * nor at the two bytes after a string.
   */
  private static boolean isAboutLineEnds(String sent, String redis, String ours) {
    boolean waits = redis.startsWith(ours) && sent.matches("(?s).*\r(?!\n).*");
    return waits || isRefused(redis, ours);
  }

  private static boolean isRefused(String redis, String ours) {
    int error = ours.lastIndexOf("-ERR Protocol error: ");
    return error >= 0
        && ours.substring(error).matches("-ERR Protocol error: (invalid|expected) [^|]*\\|")
        && redis.startsWith(ours.substring(0, error));
  }

  /** Returns all that a server replies to the bytes of a client that sends no more. */
  private static String all(int port, byte[] bytes) throws IOException {
    try (RespWire wire = new RespWire(port)) {
      return wire.send(bytes).shutdownOutput().rest();
    }
  }

  private void compare(RedisProcess redis, Server server) throws IOException {
    System.out.println("fuzz.seed=" + seed + " fuzz.requests=" + requests);
    redisPort = redis.port();
    ourPort = server.respPort();
    compare();
    int total = sent.values().stream().mapToInt(Integer::intValue).sum();
    sent.keySet().removeIf(name -> name.length() > 20);
    System.out.println(total + " requests: " + sent);
    System.out.println("known differences: " + known);
    assertTrue(
        differences.isEmpty(),
        () -> "fuzz.seed=" + seed + "\n" + String.join("\n", differences.values()));
  }

  private void compare() throws IOException {
    RequestGenerator generator = new RequestGenerator(random);
    generator.use(commonCommands(generator));
    List<Session> sessions = List.of(new Session(1), new Session(2), new Session(3));
    Wire redis = new Wire(redisPort, password);
    Wire ours = new Wire(ourPort, password);
    empty(sessions, redis, ours);
    int done = 0;
    while (done < requests && differences.size() < MAX_DIFFERENCES) {
      List<Request> batch = generator.batch();
      done += batch.size();
      Session session = sessions.get(random.nextInt(sessions.size()));
      boolean same = session.run(batch);
      if (same && random.nextInt(50) == 0) {
        same = sameKeys(redis, ours);
      }
      if (!same) {
        empty(sessions, redis, ours);
      }
    }
    redis.close();
    ours.close();
    for (Session session : sessions) {
      session.redis.close();
      session.ours.close();
    }
  }

  /** Returns the part of an error of Redis's that precedes a text cut at a NUL byte. */
  private static String beforeNul(RespReply error) {
    return error.text().substring(0, error.text().indexOf('\'') + 1);
  }

  private static boolean isError(RespReply reply, String text) {
    return reply.isError() && reply.text().contains(text);
  }

  private static boolean expires(Request set) {
    return set.hasOption("ex", "px", "exat", "pxat", "keepttl");
  }

  /** Starts again with empty stores and new connections. */
  private void empty(List<Session> sessions, Wire redis, Wire ours) throws IOException {
    for (Session session : sessions) {
      session.connect();
    }
    diverged = false;
    history.clear();
    // Redis counts keys that are expired, and lists them no longer.
    assertEquals("+OK\r\n", redis.ask("flushall").raw());
    ours.deleteAll();
  }

  /** Compares all keys by a whole scan, and all values. */
  private boolean sameKeys(Wire redis, Wire ours) throws IOException {
    String count = Integer.toString(1 + random.nextInt(5));
    String pattern = random.nextBoolean() ? "*" : "[a-k]*";
    Set<String> right = scan(redis, count, pattern);
    Set<String> found = scan(ours, count, pattern);
    Map<String, String> values = new TreeMap<>();
    for (String key : right) {
      String value = redis.ask("get", key).raw();
      if (!value.equals(ours.ask("get", key).raw())) {
        values.put(key, value);
      }
    }
    if (right.equals(found) && values.isEmpty()) {
      return true;
    }
    differences.putIfAbsent(
        "scan", "  scan " + pattern + "\n    Redis   " + right + "\n    we      " + found + values);
    return false;
  }

  private static Set<String> scan(Wire wire, String count, String pattern) throws IOException {
    Set<String> keys = new TreeSet<>();
    String cursor = "0";
    do {
      RespReply page = wire.ask("scan", cursor, "match", pattern, "count", count);
      cursor = page.items().get(0).text();
      page.items().get(1).items().forEach(key -> keys.add(key.text()));
    } while (!cursor.equals("0"));
    return keys;
  }

  /** Returns the commands that both servers have; the generator must know each. */
  private List<String> commonCommands(RequestGenerator generator) throws IOException {
    Set<String> common = commands(redisPort);
    Set<String> ours = commands(ourPort);
    common.retainAll(ours);
    common.removeAll(NOT_COMPARED.keySet());
    List<String> names = new ArrayList<>(common);
    Collections.sort(names);
    List<String> unknown = names.stream().filter(name -> !generator.knows(name)).toList();
    assertEquals(List.of(), unknown, "commands of both servers without random requests");
    return names;
  }

  private Set<String> commands(int port) throws IOException {
    try (Wire wire = new Wire(port, password)) {
      return wire.ask("command", "list").items().stream()
          .map(RespReply::text)
          .filter(name -> !name.contains("|"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }
}
