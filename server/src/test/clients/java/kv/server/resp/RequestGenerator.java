package kv.server.resp;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Random requests, valid and invalid, for commands of Redis. They use few keys and few values, so
 * that commands find the values of earlier ones, and values at the limits of 64-bit integers.
 */
final class RequestGenerator {
  /**
   * A request and its fate.
   *
   * @param arguments the command and its arguments, one character for each byte; empty for bytes
   *     that are not a command
   * @param bytes the request as it is sent
   * @param replies the number of replies: 1, or 0 for bytes that have none
   * @param closes whether the server closes the connection after it
   */
  record Request(List<String> arguments, byte[] bytes, int replies, boolean closes) {
    /** The command's name, without regard to case; empty for bytes that are not a command. */
    String name() {
      return arguments.isEmpty() ? "" : lowerCase(arguments.get(0));
    }

    /** The argument after the name, without regard to case; empty if there is none. */
    String option() {
      return arguments.size() < 2 ? "" : lowerCase(arguments.get(1));
    }

    private static String lowerCase(String text) {
      return Ascii.lowerCase(RequestGenerator.bytes(text));
    }

    /** Returns whether one of the arguments after the value is an option. */
    boolean hasOption(String... names) {
      return arguments.stream().skip(3).anyMatch(a -> Arrays.asList(names).contains(lowerCase(a)));
    }
  }

  private static final String[] KEYS = {
    "a", "b", "c", "n", "m", "key:1", "key:2", "", "\0\r\n\u00ff", "h*llo?[x]"
  };

  private static final String[] INTEGERS = {
    "0",
    "1",
    "-1",
    "7",
    "10",
    "-10",
    "2147483647",
    "-2147483648",
    "4294967296",
    "9223372036854775806",
    "9223372036854775807",
    "-9223372036854775807",
    "-9223372036854775808"
  };

  private static final String[] NO_INTEGERS = {
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "99999999999999999999999",
    "",
    " 1",
    "1 ",
    "+1",
    "01",
    "-0",
    "-",
    "1.0",
    "1e3",
    "0x10",
    "abc",
    "1\0",
    "nan"
  };

  private static final String[] PATTERNS = {
    "*",
    "a",
    "?",
    "[a-c]",
    "[^a]",
    "key:*",
    "*:?",
    "h\\*llo*",
    "\\",
    "[",
    "[z-a]",
    "",
    "**a",
    "nothing"
  };

  private final Random random;
  private final Map<String, Supplier<List<String>>> commands = new TreeMap<>();
  private List<String> names;

  RequestGenerator(Random random) {
    this.random = random;
    add("ping", () -> random.nextInt(3) > 0 ? List.of() : List.of(value()));
    add("echo", () -> List.of(value()));
    add("get", this::oneKey);
    add("set", this::set);
    add("del", this::someKeys);
    add("unlink", this::someKeys);
    add("touch", this::someKeys);
    add("exists", this::someKeys);
    add("mget", this::someKeys);
    add("mset", this::someKeysAndValues);
    add("msetnx", this::someKeysAndValues);
    add("setnx", () -> List.of(key(), value()));
    add("getset", () -> List.of(key(), value()));
    add("append", () -> List.of(key(), shortValue()));
    add("getdel", this::oneKey);
    add("strlen", this::oneKey);
    add("type", this::oneKey);
    add("ttl", this::oneKey);
    add("pttl", this::oneKey);
    add("expiretime", this::oneKey);
    add("pexpiretime", this::oneKey);
    add("persist", this::oneKey);
    add("incr", this::oneKey);
    add("decr", this::oneKey);
    add("incrby", () -> List.of(key(), integer()));
    add("decrby", () -> List.of(key(), integer()));
    add("getrange", () -> List.of(key(), integer(), integer()));
    add("substr", () -> List.of(key(), integer(), integer()));
    add("dbsize", List::of);
    add("randomkey", List::of);
    add("keys", () -> List.of(pick(PATTERNS)));
    add("scan", this::scan);
    add("flushdb", () -> random.nextInt(3) > 0 ? List.of() : List.of(pick("async", "SYNC", "x")));
    add("flushall", () -> random.nextInt(3) > 0 ? List.of() : List.of(pick("ASYNC", "sync", "")));
    add("info", () -> random.nextBoolean() ? List.of() : List.of(pick("server", "Memory", "x")));
    add("command", this::command);
    add("config", this::config);
    add("client", this::client);
    add(
        "memory",
        () ->
            random.nextInt(20) == 0
                ? List.of("help")
                : List.of(pick("usage", "USAGE", "x"), key()));
    add("object", () -> List.of(pick("freq", "x"), "nothing"));
    add("select", () -> List.of(pick("0", "0", integer(), "x")));
    add("hello", this::hello);
    add("auth", this::auth);
    add("multi", List::of);
    add("exec", List::of);
    add("discard", List::of);
    add("watch", this::someKeys);
    add("unwatch", List::of);
    add("time", List::of);
    add("reset", List::of);
    add("quit", List::of);
  }

  private void add(String name, Supplier<List<String>> arguments) {
    commands.put(name, arguments);
  }

  /** Returns whether this can generate requests for a command. */
  boolean knows(String name) {
    return commands.containsKey(name);
  }

  /** Restricts the generated requests to commands, more of the frequent ones. */
  void use(List<String> available) {
    names = new ArrayList<>(available);
    for (String name : List.of("set", "get", "multi", "exec", "exec", "watch", "incr", "incrby")) {
      if (available.contains(name)) {
        names.addAll(List.of(name, name));
      }
    }
    // Rare, since they take all keys or the connection away, or many bytes.
    for (String name : List.of("flushdb", "flushall", "quit", "reset", "command", "info")) {
      if (available.contains(name)) {
        names.remove(name);
      }
    }
  }

  /** Returns requests to be sent at once; only the last may close the connection. */
  List<Request> batch() {
    List<Request> batch = new ArrayList<>();
    int size = random.nextInt(3) == 0 ? 1 + random.nextInt(20) : 1 + random.nextInt(3);
    for (int i = 0; i < size; i++) {
      Request request = request();
      batch.add(request);
      if (request.closes()) {
        break;
      }
    }
    return batch;
  }

  private Request request() {
    int kind = random.nextInt(1000);
    if (kind < 3) {
      return invalid();
    } else if (kind < 15) {
      String bytes = pick("\r\n", "*0\r\n", "*-1\r\n", "*-10\r\n", "  \r\n", "\n");
      return new Request(List.of(), bytes(bytes), 0, false);
    } else if (kind < 30) {
      return encode(mutate(List.of(pick("nosuch", "", "x\0y", "GETT", "a".repeat(200)), value())));
    } else if (kind < 40) {
      String name = pick("flushdb", "flushall", "quit", "reset", "command", "info");
      return encode(command(names.contains(name) ? name : "ping"));
    }
    String name = names.get(random.nextInt(names.size()));
    boolean rare =
        List.of("flushdb", "flushall", "quit", "reset", "command", "info").contains(name);
    List<String> arguments = command(rare ? "get" : name);
    return encode(random.nextInt(12) == 0 ? mutate(arguments) : arguments);
  }

  private List<String> command(String name) {
    List<String> arguments = new ArrayList<>();
    arguments.add(mixCase(name));
    arguments.addAll(commands.get(name).get());
    return arguments;
  }

  /** Returns other arguments for the same command, or none: too few, too many, or strange ones. */
  private List<String> mutate(List<String> arguments) {
    List<String> mutant = new ArrayList<>(arguments);
    int place = 1 + random.nextInt(arguments.size());
    switch (random.nextInt(4)) {
      case 0 -> mutant.add(place, pick(KEYS));
      case 1 -> mutant.add(value());
      case 2 -> {
        if (place < mutant.size()) {
          mutant.set(place, pick(NO_INTEGERS));
        }
      }
      default -> {
        if (mutant.size() > 1) {
          mutant.remove(mutant.size() - 1);
        }
      }
    }
    return mutant;
  }

  /**
   * Returns a few requests with wrong bytes in them: sometimes still valid, mostly not. None
   * contains a NUL, at which Redis ends a text in an error.
   */
  byte[] damaged() {
    String bytes = damagedText();
    while (bytes.contains("\0") || bytes.contains("\\x0")) {
      bytes = damagedText();
    }
    return bytes(bytes);
  }

  private String damagedText() {
    StringBuilder bytes = new StringBuilder();
    for (int i = random.nextInt(4); i >= 0; i--) {
      List<String> arguments =
          command(pick("get", "getset", "incr", "ping", "echo", "mget", "multi"));
      byte[] request = random.nextInt(3) == 0 ? inline(arguments) : resp(arguments);
      bytes.append(new String(request, StandardCharsets.ISO_8859_1));
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      int place = random.nextInt(bytes.length());
      String wrong =
          pick(
              "*", "$", "\r", "\n", "\r\n", " ", "0", "1", "9", "-", "+", "\"", "'", "\\", "x",
              "\u00ff");
      switch (random.nextInt(3)) {
        case 0 -> bytes.insert(place, wrong);
        case 1 -> bytes.replace(place, place + 1, wrong);
        default -> bytes.deleteCharAt(place);
      }
    }
    return bytes.toString();
  }

  /** Bytes that are not a request: an error, and the end of the connection. */
  private Request invalid() {
    String bytes =
        pick(
            "*x\r\n",
            "*1x\r\n",
            "*2147483648\r\n",
            "*99999999999999999999\r\n",
            "*1\r\n:1\r\n",
            "*1\r\nPING\r\n",
            "*1\r\n$x\r\n",
            "*1\r\n$-1\r\n",
            "*2\r\n$4\r\nECHO\r\n$-5\r\n",
            "*1\r\n$99999999999999999999\r\n",
            "GET \"a\r\n",
            "GET 'a\r\n",
            "GET \"a\"b\r\n");
    return new Request(List.of(), bytes(bytes), 1, true);
  }

  private Request encode(List<String> arguments) {
    int size = arguments.stream().mapToInt(String::length).sum();
    byte[] bytes = size < 1000 && random.nextInt(4) == 0 ? inline(arguments) : resp(arguments);
    boolean quits = arguments.get(0).equalsIgnoreCase("quit");
    return new Request(List.copyOf(arguments), bytes, 1, quits);
  }

  static byte[] resp(List<String> arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(bytes("*" + arguments.size() + "\r\n"));
    for (String argument : arguments) {
      out.writeBytes(bytes("$" + argument.length() + "\r\n" + argument + "\r\n"));
    }
    return out.toByteArray();
  }

  private byte[] inline(List<String> arguments) {
    StringBuilder line = new StringBuilder();
    for (String argument : arguments) {
      line.append(line.length() == 0 ? "" : pick(" ", "  ", "\t"));
      if (argument.matches("[a-zA-Z0-9:?.+-]+") && random.nextInt(4) > 0) {
        line.append(argument);
      } else if (argument.matches("[ -~&&[^\\\\']]*") && random.nextBoolean()) {
        line.append('\'').append(argument).append('\'');
      } else {
        line.append('"');
        for (char c : argument.toCharArray()) {
          line.append(
              switch (c) {
                case '"', '\\' -> "\\" + c;
                case '\n' -> "\\n";
                case '\r' -> "\\r";
                default ->
                    c < ' ' || c > '~' ? String.format(Locale.ROOT, "\\x%02x", (int) c) : "" + c;
              });
        }
        line.append('"');
      }
    }
    return bytes(line + pick("\r\n", "\n", " \r\n"));
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  // ======== Arguments ========

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private String mixCase(String name) {
    return switch (random.nextInt(4)) {
      case 0 -> name.toUpperCase(java.util.Locale.ROOT);
      case 1 -> name.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + name.substring(1);
      default -> name;
    };
  }

  /** Mostly one of the first: they meet more often. */
  private String key() {
    return KEYS[Math.min(random.nextInt(KEYS.length), random.nextInt(KEYS.length))];
  }

  private String integer() {
    return switch (random.nextInt(8)) {
      case 0 -> pick(NO_INTEGERS);
      case 1, 2 -> Integer.toString(random.nextInt(40) - 20);
      case 3 -> Long.toString(random.nextLong());
      default -> pick(INTEGERS);
    };
  }

  private String shortValue() {
    return random.nextBoolean()
        ? integer()
        : pick("x", "hello world", "\0\u00ff\r\n", "\"q\"", "'");
  }

  private String value() {
    return random.nextInt(30) == 0 ? "v".repeat(random.nextInt(20_000)) : shortValue();
  }

  private List<String> oneKey() {
    return List.of(key());
  }

  private List<String> someKeys() {
    List<String> keys = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      keys.add(key());
    }
    return keys;
  }

  private List<String> someKeysAndValues() {
    List<String> arguments = new ArrayList<>();
    for (String key : someKeys()) {
      arguments.add(key);
      arguments.add(value());
    }
    return arguments;
  }

  private List<String> set() {
    List<String> arguments = new ArrayList<>(List.of(key(), value()));
    if (random.nextBoolean()) {
      return arguments;
    }
    for (int i = random.nextInt(3); i >= 0; i--) {
      switch (random.nextInt(8)) {
        case 0, 1 -> arguments.add(mixCase("nx"));
        case 2, 3 -> arguments.add(mixCase("xx"));
        case 4, 5 -> arguments.add(mixCase("get"));
        case 6 -> arguments.add(pick("keepttl", "nosuch", ""));
        default -> {
          arguments.add(pick("EX", "px", "EXAT", "pxat"));
          if (random.nextInt(5) > 0) {
            arguments.add(pick("100000", "9999999999", "0", "-1", "x", integer()));
          }
        }
      }
    }
    return arguments;
  }

  private List<String> scan() {
    List<String> arguments = new ArrayList<>(List.of(pick("0", "0", "0", "x", "-1", "1 ", "")));
    for (int i = random.nextInt(3); i > 0; i--) {
      switch (random.nextInt(4)) {
        case 0 -> arguments.addAll(List.of(mixCase("match"), pick(PATTERNS)));
        case 1 -> arguments.addAll(List.of(mixCase("count"), pick("1", "1000", integer())));
        case 2 -> arguments.addAll(List.of(mixCase("type"), pick("string", "STRING", "list", "x")));
        default -> arguments.add(pick("match", "nosuch"));
      }
    }
    return arguments;
  }

  private List<String> command() {
    return switch (random.nextInt(8)) {
      case 0 -> List.of();
      case 1 -> List.of("count");
      case 2 -> List.of("info", pick("get", "SET", "nosuch"));
      case 3 -> List.of("docs", pick("get", "nosuch"));
      case 4 -> List.of("list");
      case 5 -> List.of("list", "filterby", pick("pattern", "module", "x"), pick("get", "g*", "x"));
      case 6 -> List.of("HELP");
      default -> List.of(pick("nosuch", ""));
    };
  }

  private List<String> config() {
    return switch (random.nextInt(4)) {
      case 0 -> List.of("get", pick("nosuch", "x*y"));
      case 1 -> List.of("GET", pick("save", "appendonly", "*"));
      case 2 -> List.of(pick("get", "help"));
      default -> List.of(pick("nosuch", ""), "x");
    };
  }

  private List<String> client() {
    return switch (random.nextInt(8)) {
      case 0, 1 -> List.of("getname");
      case 2, 3 -> List.of("SETNAME", pick("me", "", "with blank", "a\nb", "you"));
      case 4 -> List.of("id");
      case 5 -> List.of(pick("list", "info", "help"));
      case 6 -> List.of("list", pick("type", "id", "x"), pick("normal", "1", "x", "-1"));
      default -> List.of(pick("nosuch", "getnam", ""), "x");
    };
  }

  private List<String> hello() {
    return switch (random.nextInt(10)) {
      case 0 -> List.of();
      case 1 -> List.of(pick("1", "4", "x", "", integer()));
      case 2 -> List.of(pick("2", "3"), "setname", pick("me", "with blank"));
      case 3 -> List.of(pick("2", "3", "4"), "AUTH", pick("default", "guest"), "secret");
      case 4 -> List.of(pick("2", "3"), pick("auth", "setname", "x"));
      case 5 -> List.of("3", "setname", "you", "auth", "default", "secret");
      default -> List.of(pick("2", "3"));
    };
  }

  private List<String> auth() {
    return random.nextBoolean()
        ? List.of(pick("secret", ""))
        : List.of(pick("default", "guest", ""), "secret");
  }
}
