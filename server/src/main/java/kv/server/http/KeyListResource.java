/*
 * WHAT THIS FILE IS
 *
 * Lists of keys, a page at a time:
 *
 *     GET /kv?prefix=a&limit=2               {"keys":["a1","a%2F2"],"more":true,"cursor":"483"}
 *     GET /kv?prefix=a&limit=2&cursor=483    {"keys":["a3"],"more":false}
 *
 * "cursor" is present exactly when "more" is true. A key that exists from the first page to the
 * last is listed exactly once, even if other keys change: see Scans, which keeps the keys of a
 * cursor. A cursor belongs to its prefix, which can be sent again or left out; the limit can change
 * from page to page. A cursor that Scans no longer knows is 410: the client starts the list again.
 *
 * The keys are percent-encoded as in a path, since JSON contains text, and keys are bytes. A listed
 * key can follow /kv/ unchanged; a client that resolves %2E has to use /kv?key=%2E (see Router).
 */
package kv.server.http;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kv.server.core.Scans;
import kv.server.core.ServerContext;

/** Lists of keys. */
final class KeyListResource {
  /** The most keys in a page. */
  static final int MAX_LIMIT = 10_000;

  /** The most keys in a page if the request has no limit. */
  private static final int DEFAULT_LIMIT = 1000;

  /** The most bytes of the keys of a page. */
  private static final int MAX_BYTES = 1 << 20;

  private final ServerContext server;

  KeyListResource(ServerContext server) {
    this.server = server;
  }

  /**
   * Returns the action for a request.
   *
   * @throws Reply.Refused if a parameter is malformed, or unknown (400)
   */
  Action action(Query query) throws Reply.Refused {
    query.allowOnly("prefix", "limit", "cursor");
    int limit = limit(query.get("limit"));
    byte[] prefix = query.has("prefix") ? PercentEncoding.decodeQuery(query.get("prefix")) : null;
    if (!query.has("cursor")) {
      byte[] start = prefix == null ? new byte[0] : prefix;
      return (none, to) ->
          to.answerLater(() -> reply(server.scans().list(start, limit, MAX_BYTES)));
    }
    long cursor = cursor(query.get("cursor"));
    return (none, to) -> to.answerLater(() -> next(cursor, prefix, limit));
  }

  private static int limit(String text) throws Reply.Refused {
    if (text == null) {
      return DEFAULT_LIMIT;
    }
    if (!text.matches("\\d{1,5}") || Integer.parseInt(text) > MAX_LIMIT) {
      throw Reply.bad("the limit is \"" + text + "\"; the range is 0 to " + MAX_LIMIT);
    }
    return Integer.parseInt(text);
  }

  private static long cursor(String text) throws Reply.Refused {
    try {
      return Long.parseUnsignedLong(text);
    } catch (NumberFormatException e) {
      throw Reply.bad("the cursor is \"" + text + "\"; send the cursor of the previous page");
    }
  }

  private Reply next(long cursor, byte[] prefix, int limit)
      throws IOException, Reply.Refused, Scans.ScanException {
    byte[] begun = server.scans().prefix(cursor);
    if (begun == null) {
      throw new Reply.Refused(
          HttpResponseStatus.GONE,
          "the cursor is unknown or too old: start the list again, without cursor=");
    }
    if (prefix != null && !Arrays.equals(prefix, begun)) {
      throw Reply.bad("the cursor belongs to a list with another prefix: send its prefix");
    }
    return reply(server.scans().next(cursor, limit, MAX_BYTES));
  }

  private static Reply reply(Scans.Page page) {
    List<String> keys = new ArrayList<>();
    page.keys().forEach(key -> keys.add(PercentEncoding.encode(key)));
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("keys", keys);
    json.put("more", page.cursor() != 0);
    if (page.cursor() != 0) {
      // A string: JavaScript's numbers have 53 bits.
      json.put("cursor", Long.toUnsignedString(page.cursor()));
    }
    return Reply.json(json);
  }
}
