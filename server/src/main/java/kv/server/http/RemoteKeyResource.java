package kv.server.http;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionStage;
import kv.server.core.Remote;

/**
 * Requests for one key whose store is elsewhere, as the commands GET, SET and DEL. A condition of a
 * write would have to be evaluated where the key is, which no command does: it is refused.
 */
final class RemoteKeyResource {
  /** How the message of a failure begins if the nodes that have the key cannot answer. */
  private static final String DOWN = "CLUSTERDOWN";

  private final Remote remote;

  RemoteKeyResource(Remote remote) {
    this.remote = remote;
  }

  /** Makes the reply of a value, null if the key is absent. */
  interface Answer {
    Reply of(byte[] value);
  }

  /** Returns the action that reads a value. */
  Action get(byte[] key, Answer answer) {
    return (none, to) ->
        to.answerLater(
            remote
                .run(List.of(request("GET", key)), new Remote.Mode(false, false, 2))
                .thenApply(replies -> of(replies.get(0), reply -> answer.of(bulk(reply)))));
  }

  /**
   * Returns the action that puts a value.
   *
   * @param answer called with the value before, null if there was none
   */
  Action put(byte[] key, PutAnswer answer) {
    return (value, to) ->
        to.answerLater(
            write(request("SET", key, value, "GET".getBytes(StandardCharsets.US_ASCII)))
                .thenApply(
                    replies -> of(replies.get(0), reply -> answer.of(value, bulk(reply) == null))));
  }

  /** Makes the reply of a value that was put. */
  interface PutAnswer {
    Reply of(byte[] value, boolean isNew);
  }

  /** Returns the action that deletes a key. */
  Action delete(byte[] key, DeleteAnswer answer) {
    return (none, to) ->
        to.answerLater(
            write(request("DEL", key))
                .thenApply(
                    replies -> of(replies.get(0), reply -> answer.of(reply[1] == (byte) '1'))));
  }

  /** Makes the reply of a key that was deleted. */
  interface DeleteAnswer {
    Reply of(boolean existed);
  }

  private CompletionStage<List<byte[]>> write(Remote.Request request) {
    return remote.run(List.of(request), new Remote.Mode(true, false, 2));
  }

  private static Remote.Request request(String name, byte[]... arguments) {
    byte[][] all = new byte[arguments.length + 1][];
    all[0] = name.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return new Remote.Request(all, 1, 1, 1);
  }

  private interface Parsed {
    Reply of(byte[] reply);
  }

  private static Reply of(byte[] reply, Parsed parsed) {
    return reply[0] == '-' ? failed(text(reply, 1)) : parsed.of(reply);
  }

  /** Returns the string in a reply, or null if it is "no value". */
  private static byte[] bulk(byte[] reply) {
    String first = text(reply, 1);
    int length = Integer.parseInt(first);
    int start = 1 + first.length() + 2;
    return length < 0 ? null : Arrays.copyOfRange(reply, start, start + length);
  }

  /** Returns the text from an index to the end of the line. */
  private static String text(byte[] reply, int from) {
    int end = from;
    while (reply[end] != '\r') {
      end++;
    }
    return new String(reply, from, end - from, StandardCharsets.UTF_8);
  }

  /** Returns the reply to a request that failed. */
  static Reply failed(Throwable failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    return cause instanceof IOException ? failed(cause.getMessage()) : Reply.failed(cause);
  }

  private static Reply failed(String message) {
    return Reply.text(
        message.startsWith(DOWN)
            ? HttpResponseStatus.SERVICE_UNAVAILABLE
            : HttpResponseStatus.INTERNAL_SERVER_ERROR,
        message);
  }
}
