/*
 * WHAT THIS FILE IS
 *
 * Preconditions: "only if the value is still the one I know" (RFC 9110, section 13).
 *
 *     PUT /kv/os       If-None-Match: *            only if the key is absent: creates, or 412
 *     PUT /kv/os       If-Match: "5-yvkB..."       only if the value has this tag, or 412
 *     DELETE /kv/os    If-Match: *                 only if the key exists
 *     GET /kv/os       If-None-Match: "5-yvkB..."  304 without the value if it has this tag
 *
 * If-Match is evaluated first, then If-None-Match (13.2.2). If-Match compares strongly: W/"a" never
 * matches. If-None-Match compares weakly: W/"a" matches "a" (13.1.1, 13.1.2, 8.8.3.2). Where the
 * answer would be an error anyway, conditions are not evaluated (13.2.1): DELETE of an absent key
 * is 404.
 *
 * THE RULE FOR ALL OTHER CONDITIONS
 *
 * A write with a condition that this server cannot evaluate is refused with 412: the client asked
 * for protection, and without it the write could overwrite a newer value. These are
 *
 *     If-Unmodified-Since   The log stores no times. RFC 9110, 13.1.4 has a server without
 *                           modification dates ignore the field. On GET and HEAD it is ignored;
 *                           on a write this server deviates on purpose. Beside If-Match the field
 *                           is ignored on writes as well, as 13.1.4 says.
 *     If, If-...            conditions of WebDAV (RFC 4918), CalDAV, and the future
 *
 * On GET and HEAD they are ignored, If-Modified-Since above all (13.1.3): nothing is lost, and the
 * client gets the whole value.
 *
 * INVARIANT
 *
 * Nothing comes between the evaluation of a condition and the write, since both are done in one
 * call on the event loop.
 *
 * NOT HERE, AND WHY
 *
 * A refusal before the body is sent (Expect: 100-continue). The condition would have to be
 * evaluated again when the body is complete, since the value may change until then.
 */
package kv.server.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The preconditions of one request. */
final class Preconditions {
  /**
   * One entity tag of a list, with the comma after it; \u0080 and above are obs-text. All
   * quantifiers are possessive, so that a match takes O(length) time for any header.
   */
  private static final Pattern TAG =
      Pattern.compile(
          "[ \\t]*+(?:((?:W/)?\"[\\x21\\x23-\\x7E\\x80-\\xFF]*+\")[ \\t]*+)?+(?:,|\\z)");

  private static final String WEAK = "W/";

  /** The entity tags of a condition; {@code any} stands for an asterisk. */
  private record Tags(boolean any, List<String> tags) {
    @Override
    public String toString() {
      return any ? "*" : String.join(",", tags);
    }
  }

  /** Null if the request has no such condition. */
  private final Tags match;

  private final Tags noneMatch;

  private Preconditions(Tags match, Tags noneMatch) {
    this.match = match;
    this.noneMatch = noneMatch;
  }

  /**
   * Reads the conditions of a request for one key.
   *
   * @throws Reply.Refused if one is malformed (400), or a write has one that cannot be evaluated
   *     (412)
   */
  static Preconditions of(HttpRequest head) throws Reply.Refused {
    Tags match = tags(head.headers(), HttpHeaderNames.IF_MATCH);
    Tags noneMatch = tags(head.headers(), HttpHeaderNames.IF_NONE_MATCH);
    if (!OriginGuard.isHarmless(head.method())) {
      for (String name : head.headers().names()) {
        refuseUnknown(name.toLowerCase(Locale.ROOT), match != null);
      }
    }
    return new Preconditions(match, noneMatch);
  }

  /** Returns the conditions that {@link #match} and {@link #noneMatch} have described. */
  static Preconditions of(String match, String noneMatch) {
    try {
      return new Preconditions(
          match.isEmpty() ? null : tags("If-Match", match),
          noneMatch.isEmpty() ? null : tags("If-None-Match", noneMatch));
    } catch (Reply.Refused e) {
      throw new IllegalArgumentException("not what a Preconditions has returned", e);
    }
  }

  /** Returns If-Match, or an empty text if the request has none. */
  String match() {
    return match == null ? "" : match.toString();
  }

  /** Returns If-None-Match, or an empty text if the request has none. */
  String noneMatch() {
    return noneMatch == null ? "" : noneMatch.toString();
  }

  /**
   * Checks that a request which changes something other than a key has no condition.
   *
   * @throws Reply.Refused if it has one (412)
   */
  static void requireNone(HttpRequest head) throws Reply.Refused {
    Preconditions conditions = of(head);
    if (!conditions.isEmpty()) {
      throw new Reply.Refused(
          HttpResponseStatus.PRECONDITION_FAILED,
          "only keys have entity tags: a condition is never true here; nothing was changed");
    }
  }

  private static void refuseUnknown(String name, boolean hasMatch) throws Reply.Refused {
    switch (name) {
      case "if-match", "if-none-match", "if-modified-since", "if-range":
        // The last two apply to GET only (RFC 9110, 13.1.3 and 13.1.5).
        return;
      case "if-unmodified-since":
        if (hasMatch) {
          return;
        }
        break;
      default:
        if (!name.equals("if") && !name.startsWith("if-")) {
          return;
        }
    }
    throw new Reply.Refused(
        HttpResponseStatus.PRECONDITION_FAILED,
        "the condition "
            + name
            + " cannot be evaluated here; nothing was changed. Use If-Match with the ETag of a"
            + " GET");
  }

  // ======== Evaluating ========

  /** Returns whether the request has no condition. */
  boolean isEmpty() {
    return match == null && noneMatch == null;
  }

  /**
   * Returns whether If-Match is true, or absent.
   *
   * @param etag the tag of the current value; null if the key is absent
   */
  boolean isMatched(String etag) {
    // A weak tag never equals a strong one, and all of this server's are strong.
    return match == null || etag != null && (match.any() || match.tags().contains(etag));
  }

  /**
   * Returns whether If-None-Match is true, or absent.
   *
   * @param etag the tag of the current value; null if the key is absent
   */
  boolean isNoneMatched(String etag) {
    if (noneMatch == null || etag == null) {
      return true;
    }
    return !noneMatch.any()
        && noneMatch.tags().stream()
            .noneMatch(tag -> (tag.startsWith(WEAK) ? tag.substring(2) : tag).equals(etag));
  }

  /** Returns the reply to a request whose condition is false. */
  static Reply failed() {
    return Reply.text(
        HttpResponseStatus.PRECONDITION_FAILED,
        "the condition is false: the key has another value, or none; nothing was changed");
  }

  // ======== Parsing ========

  /** Reads {@code * | #entity-tag}; several headers of one name are one list (RFC 9110, 5.3). */
  private static Tags tags(HttpHeaders headers, CharSequence name) throws Reply.Refused {
    return headers.contains(name)
        ? tags(name, String.join(",", headers.getAll(name)).strip())
        : null;
  }

  private static Tags tags(CharSequence name, String list) throws Reply.Refused {
    if (list.equals("*")) {
      return new Tags(true, List.of());
    }
    List<String> tags = new ArrayList<>();
    Matcher part = TAG.matcher(list);
    int end = 0;
    while (end < list.length() && part.region(end, list.length()).lookingAt()) {
      if (part.group(1) != null) {
        tags.add(part.group(1));
      }
      end = part.end();
    }
    if (end < list.length() || tags.isEmpty()) {
      throw Reply.bad(name + " is neither * nor a list of entity tags such as \"5-yvkB\"");
    }
    return new Tags(false, tags);
  }
}
