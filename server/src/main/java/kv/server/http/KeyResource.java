/*
 * WHAT THIS FILE IS
 *
 * The requests for one key: GET, HEAD, PUT and DELETE.
 *
 *     PUT     conditions ---> store.put ----> 201 or 204, with the ETag of the new value
 *     DELETE  conditions ---> store.delete -> 204
 *     GET     store.get ---> conditions ---> range ---> 200 or 206, with the value's ETag
 *
 * Conditions, write and reply are one call on the event loop: see Preconditions.
 *
 * REFUSED HEADERS OF A PUT
 *
 * The store keeps the bytes of a value, and no headers. A header that changes the meaning of the
 * bytes would be lost, so it is refused:
 *
 *     Content-Range     400  the body is only a part, and would replace the whole value
 *                            (RFC 9110, 14.5). curl -C 6 -T file sends this.
 *     Content-Encoding  415  a GET would return the encoded value, unmarked (RFC 9110, 15.5.16)
 *
 * Content-Type and Content-Language describe the same bytes, and are ignored: see MediaType.
 */
package kv.server.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import kv.server.core.Database;
import kv.server.core.ServerContext;

/** Requests for one key. */
final class KeyResource {
  private final ServerContext server;

  private final KeyWrites writes;

  /** Runs the requests if the keys are elsewhere; otherwise null. */
  private final RemoteKeyResource remote;

  KeyResource(ServerContext server) {
    this.server = server;
    this.writes = new KeyWrites(server.store(), server.database());
    this.remote = server.remote() == null ? null : new RemoteKeyResource(server.remote());
  }

  /**
   * Returns the action for a request.
   *
   * @throws Reply.Refused if the key is too long (413), or a header asks for something that is not
   *     supported
   */
  Action action(HttpRequest head, byte[] key) throws Reply.Refused {
    if (key.length > Database.MAX_KEY) {
      throw new Reply.Refused(
          HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
          "the key is " + key.length + " bytes long; the limit is " + Database.MAX_KEY);
    }
    Preconditions conditions = Preconditions.of(head);
    if (head.method().equals(HttpMethod.PUT)) {
      requireWholeAndPlain(head);
    }
    if (remote != null) {
      return elsewhere(head, key, conditions);
    }
    if (head.method().equals(HttpMethod.PUT)) {
      return (value, to) ->
          to.answerWhenDurable(written(writes.put(key, value, conditions), value));
    }
    if (head.method().equals(HttpMethod.DELETE)) {
      return (none, to) -> to.answerWhenDurable(written(writes.delete(key, conditions), none));
    }
    ByteRange range = ByteRange.of(head);
    return (none, to) -> to.answerWhenDurable(get(key, conditions, range));
  }

  private Action elsewhere(HttpRequest head, byte[] key, Preconditions conditions)
      throws Reply.Refused {
    if (head.method().equals(HttpMethod.PUT)) {
      return remote.put(key, conditions, KeyResource::written);
    }
    if (head.method().equals(HttpMethod.DELETE)) {
      return remote.delete(key, conditions, KeyResource::written);
    }
    ByteRange range = ByteRange.of(head);
    return remote.get(key, value -> found(value, conditions, range));
  }

  private static void requireWholeAndPlain(HttpRequest head) throws Reply.Refused {
    if (head.headers().contains(HttpHeaderNames.CONTENT_RANGE)) {
      throw Reply.bad(
          "Content-Range says that the body is a part of the value, and a PUT replaces the whole"
              + " value: send all of it, without Content-Range");
    }
    for (String coding : head.headers().getAll(HttpHeaderNames.CONTENT_ENCODING)) {
      if (!HttpHeaderValues.IDENTITY.contentEqualsIgnoreCase(coding.strip())) {
        throw new Reply.Refused(
            Reply.text(
                    HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE,
                    "the content coding is "
                        + coding
                        + ", and the store keeps no headers: send the value decoded, or without"
                        + " Content-Encoding")
                .with(HttpHeaderNames.ACCEPT_ENCODING, "identity"));
      }
    }
  }

  private Reply get(byte[] key, Preconditions conditions, ByteRange range) throws IOException {
    return found(server.database().get(key), conditions, range);
  }

  private static Reply found(byte[] value, Preconditions conditions, ByteRange range) {
    if (value == null) {
      return noSuchKey();
    }
    String etag = EntityTag.of(value);
    if (!conditions.isMatched(etag)) {
      return Preconditions.failed();
    }
    if (!conditions.isNoneMatched(etag)) {
      return Reply.empty(HttpResponseStatus.NOT_MODIFIED).with(HttpHeaderNames.ETAG, etag);
    }
    Reply whole =
        Reply.ok(MediaType.typeOf(value), value)
            .with(HttpHeaderNames.ETAG, etag)
            .with(HttpHeaderNames.ACCEPT_RANGES, "bytes");
    return range.of(whole, etag);
  }

  private static Reply written(KeyWrites.Outcome outcome, byte[] value) {
    return switch (outcome) {
      case REFUSED -> Preconditions.failed();
      case CREATED -> stored(HttpResponseStatus.CREATED, value);
      case REPLACED -> stored(HttpResponseStatus.NO_CONTENT, value);
      case DELETED -> Reply.empty(HttpResponseStatus.NO_CONTENT);
      case ABSENT -> noSuchKey();
    };
  }

  private static Reply stored(HttpResponseStatus status, byte[] value) {
    return Reply.empty(status).with(HttpHeaderNames.ETAG, EntityTag.of(value));
  }

  private static Reply noSuchKey() {
    return Reply.text(HttpResponseStatus.NOT_FOUND, "no such key");
  }
}
