package kv.server.resp;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A client of the RESP port that sends exactly the given bytes, and returns replies as text, with
 * one character for each byte.
 */
public final class RespWire implements Closeable {
  /** Maximum time in milliseconds to wait for a reply. */
  private static final int PATIENCE = 30_000;

  private final Socket socket;
  private final InputStream in;

  public RespWire(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE);
    in = new BufferedInputStream(socket.getInputStream());
  }

  public static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  public static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Returns a request in RESP. */
  public static byte[] request(byte[]... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(bytes("*" + arguments.length + "\r\n"));
    for (byte[] argument : arguments) {
      out.writeBytes(bytes("$" + argument.length + "\r\n"));
      out.writeBytes(argument);
      out.writeBytes(bytes("\r\n"));
    }
    return out.toByteArray();
  }

  /** Returns a request in RESP for an inline command. */
  public static byte[] request(String line) {
    List<byte[]> arguments = InlineCommand.split(bytes(line));
    return request(arguments.toArray(new byte[0][]));
  }

  public RespWire send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  public RespWire send(String text) throws IOException {
    return send(bytes(text));
  }

  /** Sends a request, and returns the reply. */
  public String ask(String line) throws IOException {
    return send(request(line)).reply();
  }

  /** Returns the next complete reply of RESP2 or RESP3. Line ends are shown as a bar. */
  public String reply() throws IOException {
    String line = line();
    String reply = line + "|";
    char type = line.charAt(0);
    int size = "*~%$=".indexOf(type) < 0 ? -1 : Integer.parseInt(line.substring(1));
    if ((type == '$' || type == '=') && size >= 0) {
      byte[] content = in.readNBytes(size + 2);
      if (content.length < size + 2) {
        throw new EOFException();
      }
      reply += new String(content, 0, size, StandardCharsets.ISO_8859_1) + "|";
    }
    if ("*~%".indexOf(type) >= 0) {
      for (int i = 0; i < (type == '%' ? 2 * size : size); i++) {
        reply += reply();
      }
    }
    return reply;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.read(); b != '\r'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("after " + line);
      }
      line.append((char) b);
    }
    in.read();
    return line.toString();
  }

  /** Returns all bytes until the server closes the connection. Line ends are shown as a bar. */
  public String rest() throws IOException {
    ByteArrayOutputStream rest = new ByteArrayOutputStream();
    try {
      for (int b = in.read(); b >= 0; b = in.read()) {
        rest.write(b);
      }
    } catch (SocketException e) {
      // The server closed the connection with unread bytes.
    }
    return rest.toString(StandardCharsets.ISO_8859_1).replace("\r\n", "|");
  }

  /** Closes the sending side; replies can still be read. */
  public RespWire shutdownOutput() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  /** Closes like a crashed client: the server sees a reset. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
