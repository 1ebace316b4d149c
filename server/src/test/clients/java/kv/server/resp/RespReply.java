package kv.server.resp;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A reply of RESP2 or RESP3 as it came over the wire.
 *
 * @param raw all its bytes, one character each
 * @param items the elements of an array, a set or a push, and keys and values of a map in turn;
 *     empty for other types
 */
record RespReply(String raw, List<RespReply> items) {
  /** Reads the next reply. */
  static RespReply read(InputStream in) throws IOException {
    StringBuilder raw = new StringBuilder();
    int type = in.read();
    if (type < 0) {
      throw new EOFException("the connection is closed");
    }
    raw.append((char) type);
    while (raw.length() < 3 || raw.charAt(raw.length() - 2) != '\r') {
      int b = in.read();
      if (b < 0) {
        throw new EOFException("the connection is closed after " + raw);
      }
      raw.append((char) b);
    }
    List<RespReply> items = new ArrayList<>();
    if ("$=!*~>%".indexOf(type) >= 0) {
      int size = Integer.parseInt(raw.substring(1, raw.length() - 2));
      if (size >= 0 && "$=!".indexOf(type) >= 0) {
        byte[] content = in.readNBytes(size + 2);
        if (content.length < size + 2) {
          throw new EOFException("the connection is closed after " + raw);
        }
        raw.append(new String(content, StandardCharsets.ISO_8859_1));
      } else {
        int count = type == '%' ? 2 * size : size;
        for (int i = 0; i < count; i++) {
          RespReply item = read(in);
          items.add(item);
          raw.append(item.raw);
        }
      }
    }
    return new RespReply(raw.toString(), items);
  }

  char type() {
    return raw.charAt(0);
  }

  boolean isError() {
    return type() == '-';
  }

  /** Returns the text of a simple, a bulk, or a verbatim string, or of an error. */
  String text() {
    boolean bulk = "$=".indexOf(type()) >= 0;
    return raw.substring(bulk ? raw.indexOf("\r\n") + 2 : 1, raw.length() - 2);
  }
}
