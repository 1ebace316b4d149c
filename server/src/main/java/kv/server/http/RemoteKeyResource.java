package kv.server.http;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import kv.server.core.Remote;

/** Requests for one key whose store is elsewhere, as GET and the commands of {@link KeyWrites}. */
final class RemoteKeyResource {
  /** How the message of a failure begins if the nodes that have the key cannot answer. */
  private static final String DOWN = "CLUSTERDOWN";

  private static final byte[] GET = "GET".getBytes(StandardCharsets.US_ASCII);

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
                .run(List.of(request(GET, key)), new Remote.Mode(false, false, 2))
                .thenApply(replies -> of(replies.get(0), reply -> answer.of(bulk(reply)))));
  }

  /** Returns the action that puts a value. */
  Action put(byte[] key, Preconditions conditions, WriteAnswer answer) {
    return (value, to) ->
        to.answerLater(
            write(
                KeyWrites.putCommand(key, value, conditions),
                outcome -> answer.of(outcome, value)));
  }

  /** Returns the action that deletes a key. */
  Action delete(byte[] key, Preconditions conditions, WriteAnswer answer) {
    return (none, to) ->
        to.answerLater(
            write(KeyWrites.deleteCommand(key, conditions), outcome -> answer.of(outcome, none)));
  }

  /** Makes the reply of a write. */
  interface WriteAnswer {
    Reply of(KeyWrites.Outcome outcome, byte[] value);
  }

  private CompletionStage<Reply> write(
      byte[][] command, Function<KeyWrites.Outcome, Reply> answer) {
    return remote
        .run(List.of(request(command)), new Remote.Mode(true, false, 2))
        .thenApply(replies -> of(replies.get(0), reply -> answer.apply(KeyWrites.outcome(reply))));
  }

  private static Remote.Request request(byte[]... command) {
    return new Remote.Request(command, 1, 1, 1);
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
