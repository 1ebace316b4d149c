/*
 * WHAT THIS FILE IS
 *
 * A client of the HTTP port that sends exactly the bytes it is given: requests in pieces,
 * pipelined, cut off, or no requests at all. The JDK's own client can send none of these, nor a
 * chosen Host.
 */
package kv.server.http;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import kv.server.Server;

/** One connection to the HTTP port. */
public final class HttpWire implements AutoCloseable {
  /** Maximum time in milliseconds to wait for a reply. */
  private static final int PATIENCE = 20_000;

  private final Socket socket;
  private final InputStream input;

  public HttpWire(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(PATIENCE);
    input = socket.getInputStream();
  }

  /**
   * A reply; the names of its headers in lower case, several values of one header separated by a
   * line feed.
   */
  public record Reply(int status, Map<String, String> headers, byte[] body) {
    public String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    public String header(String name) {
      return headers.get(name);
    }
  }

  /** Sends one request on a connection of its own, and returns the reply. */
  public static Reply ask(
      Server server, String method, String target, byte[] body, String... headers)
      throws IOException {
    try (HttpWire wire = new HttpWire(server.httpPort())) {
      wire.send(method, target, body, headers);
      return wire.reply(!method.equals("HEAD"));
    }
  }

  public static Reply ask(Server server, String method, String target) throws IOException {
    return ask(server, method, target, null);
  }

  public static Reply put(Server server, String target, String value) throws IOException {
    return ask(server, "PUT", target, value.getBytes(StandardCharsets.UTF_8));
  }

  /** Returns the bytes of a request; without a body if the body is null. */
  public static byte[] request(String method, String target, byte[] body, String... headers) {
    StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
    boolean hasHost = false;
    for (String header : headers) {
      head.append(header).append("\r\n");
      hasHost |= header.startsWith("Host:");
    }
    if (!hasHost) {
      head.append("Host: localhost\r\n");
    }
    if (body != null) {
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    if (body != null) {
      bytes.writeBytes(body);
    }
    return bytes.toByteArray();
  }

  public void send(String method, String target, byte[] body, String... headers)
      throws IOException {
    send(request(method, target, body, headers));
  }

  public void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  public void send(String text) throws IOException {
    send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  public Reply reply() throws IOException {
    return reply(true);
  }

  /** Reads a reply; its body too, unless the request was a HEAD. */
  public Reply reply(boolean withBody) throws IOException {
    String start = line();
    if (!start.startsWith("HTTP/1.1 ")) {
      throw new IOException("no reply: " + start);
    }
    int status = Integer.parseInt(start.split(" ")[1]);
    Map<String, String> headers = new HashMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      headers.merge(
          line.substring(0, colon).toLowerCase(Locale.ROOT),
          line.substring(colon + 2),
          (first, second) -> first + "\n" + second);
    }
    int length = withBody ? Integer.parseInt(headers.getOrDefault("content-length", "0")) : 0;
    byte[] body = input.readNBytes(length);
    if (body.length < length) {
      throw new EOFException("the body ends after " + body.length + " of " + length + " bytes");
    }
    return new Reply(status, headers, body);
  }

  /** Reads a line. */
  public String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = input.read(); b != '\n'; b = input.read()) {
      if (b < 0) {
        throw new EOFException("the connection was closed after: " + line);
      }
      if (b != '\r') {
        line.append((char) b);
      }
    }
    return line.toString();
  }

  /** Closes the sending side, and returns all bytes until the server closes its side. */
  public byte[] finish() throws IOException {
    socket.shutdownOutput();
    return input.readAllBytes();
  }

  /** Waits until the server closes its side or sends a byte; returns whether it closed. */
  public boolean isAtEnd() throws IOException {
    return input.read() < 0;
  }

  /** Resets the connection, so that the system frees its port at once. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
