/*
 * WHAT THIS FILE IS
 *
 * Stand-ins for redis-cli, curl and nc, with the same output, for the options that the texts use:
 *
 *     redis-cli -p PORT COMMAND...
 *     curl [-i] [-X METHOD] [--data-binary TEXT] http://HOST:PORT/PATH
 *     nc HOST PORT
 *
 * The first character of a reply in RESP is its type: + a text, - an error, : a number, $ the length
 * of the string on the next line, * the number of the following replies, which form an array.
 */
package kv.workshop.authoring;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import kv.workshop.BadUsage;

/** Talks to a server as a reader's programs do. */
final class Clients {
  /** Limit for a reply, in milliseconds. */
  private static final int PATIENCE = 60_000;

  private Clients() {}

  /**
   * Runs a client.
   *
   * @param shown with nc, the typed lines and the replies, in order
   * @return the output; with nc, also the typed lines
   * @throws BadUsage if the stand-in does not support the command
   */
  static List<String> run(List<String> words, List<String> shown) throws IOException, BadUsage {
    return switch (words.get(0)) {
      case "redis-cli" -> redisCli(words);
      case "curl" -> curl(words);
      default -> nc(words, shown);
    };
  }

  private static Socket connect(String host, String port) throws IOException {
    Socket socket = new Socket(InetAddress.getByName(host), Integer.parseInt(port));
    socket.setSoTimeout(PATIENCE);
    return socket;
  }

  private static BufferedReader reader(Socket socket) throws IOException {
    return new BufferedReader(
        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
  }

  private static BufferedWriter writer(Socket socket) throws IOException {
    return new BufferedWriter(
        new OutputStreamWriter(socket.getOutputStream(), StandardCharsets.UTF_8));
  }

  // ======== redis-cli ========

  private static List<String> redisCli(List<String> words) throws IOException, BadUsage {
    if (words.size() < 4 || !words.get(1).equals("-p")) {
      throw new BadUsage("call redis-cli as in: redis-cli -p 6380 get os");
    }
    try (Socket socket = connect("127.0.0.1", words.get(2))) {
      Writer out = writer(socket);
      List<String> arguments = words.subList(3, words.size());
      out.write("*" + arguments.size() + "\r\n");
      for (String argument : arguments) {
        // All commands in the texts are ASCII, so characters are bytes.
        out.write("$" + argument.length() + "\r\n" + argument + "\r\n");
      }
      out.flush();
      return pretty(reader(socket));
    }
  }

  /** Returns the next reply, as redis-cli shows it in a terminal. */
  private static List<String> pretty(BufferedReader in) throws IOException {
    String line = in.readLine();
    if (line == null) {
      throw new EOFException("the server closed the connection");
    }
    String rest = line.substring(1);
    switch (line.charAt(0)) {
      case '-':
        return List.of("(error) " + rest);
      case ':':
        return List.of("(integer) " + rest);
      case '$':
        return List.of(rest.equals("-1") ? "(nil)" : quoted(in.readLine()));
      case '*':
        int size = Integer.parseInt(rest);
        List<String> lines = new ArrayList<>();
        for (int i = 1; i <= size; i++) {
          String number = String.format(Locale.ROOT, "%" + rest.length() + "d) ", i);
          for (String element : pretty(in)) {
            lines.add(number + element);
            number = " ".repeat(number.length());
          }
        }
        return size == 0 ? List.of("(empty array)") : lines;
      default:
        return List.of(rest);
    }
  }

  private static String quoted(String value) {
    return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  // ======== nc ========

  private static List<String> nc(List<String> words, List<String> shown)
      throws IOException, BadUsage {
    if (words.size() != 3) {
      throw new BadUsage("call nc as in: nc 127.0.0.1 6380");
    }
    try (Socket socket = connect(words.get(1), words.get(2))) {
      return converse(reader(socket), writer(socket), shown);
    }
  }

  /**
   * Sends the typed lines one by one, and reads a reply to each.
   *
   * @param shown typed lines and replies: a line that does not begin like a reply is typed
   * @return the typed lines and the actual replies
   */
  static List<String> converse(BufferedReader in, Writer out, List<String> shown)
      throws IOException {
    List<String> lines = new ArrayList<>();
    int at = 0;
    while (at < shown.size()) {
      String typed = shown.get(at);
      out.write(typed + "\n");
      out.flush();
      lines.add(typed);
      lines.addAll(reply(in.lines().iterator()));
      at += 1 + reply(shown.subList(at + 1, shown.size()).iterator()).size();
    }
    return lines;
  }

  /** Returns the lines of the next reply; none if the next line does not begin like a reply. */
  private static List<String> reply(Iterator<String> lines) {
    List<String> reply = new ArrayList<>();
    int missing = 1;
    while (missing > 0 && lines.hasNext()) {
      String line = lines.next();
      missing--;
      if (!line.matches("[-+].*|[:$*]-?[0-9]+")) {
        return reply;
      }
      reply.add(line);
      if (line.startsWith("$") && !line.equals("$-1") && lines.hasNext()) {
        reply.add(lines.next());
      } else if (line.startsWith("*")) {
        missing += Integer.parseInt(line.substring(1));
      }
    }
    return reply;
  }

  // ======== curl ========

  private static List<String> curl(List<String> words) throws IOException, BadUsage {
    String method = null;
    String data = null;
    boolean withHead = false;
    URI address = null;
    Iterator<String> rest = words.subList(1, words.size()).iterator();
    while (rest.hasNext()) {
      String word = rest.next();
      switch (word) {
        case "-i" -> withHead = true;
        case "-X" -> method = rest.next();
        case "--data-binary" -> data = rest.next();
        default -> address = URI.create(word);
      }
    }
    if (address == null || address.getPort() < 0) {
      throw new BadUsage("call curl as in: curl http://127.0.0.1:8080/kv/os");
    }
    String request =
        (method != null ? method : data != null ? "POST" : "GET")
            + " "
            + address.getRawPath()
            + " HTTP/1.1\r\nHost: "
            + address.getRawAuthority()
            + "\r\n";
    if (data != null) {
      request += "Content-Length: " + data.length() + "\r\n";
    }
    try (Socket socket = connect(address.getHost(), String.valueOf(address.getPort()))) {
      Writer out = writer(socket);
      out.write(request + "\r\n" + (data == null ? "" : data));
      out.flush();
      return answer(reader(socket), withHead);
    }
  }

  private static List<String> answer(BufferedReader in, boolean withHead) throws IOException {
    List<String> lines = new ArrayList<>();
    int length = 0;
    String line = in.readLine();
    while (line != null && !line.isEmpty()) {
      lines.add(line);
      if (line.startsWith("content-length: ")) {
        length = Integer.parseInt(line.replaceFirst(".* ", ""));
      }
      line = in.readLine();
    }
    lines.add("");
    if (!withHead) {
      lines.clear();
    }
    char[] body = new char[length];
    for (int i = 0; i < length; i++) {
      body[i] = (char) in.read();
    }
    lines.addAll(String.valueOf(body).lines().toList());
    return Console.trim(lines);
  }
}
