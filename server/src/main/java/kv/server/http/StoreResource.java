package kv.server.http;

import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import kv.server.core.ServerContext;
import kv.server.core.Snapshots;
import kv.server.core.StoreStats;

/** Requests for the store as a whole: merges, snapshots, and its health. */
final class StoreResource {
  private final ServerContext server;

  StoreResource(ServerContext server) {
    this.server = server;
  }

  /**
   * The outcome of a merge. The counts are null if the store does not report them.
   *
   * @param reclaimedBytes the bytes by which the log's records are shorter after the merge; less
   *     than the merge reclaimed if there were writes while it ran
   */
  private record Merged(Long merges, Long mergedBytes, long reclaimedBytes) {}

  /** A completed snapshot. */
  private record Snapshot(String name) {}

  /** Returns the reply to a request for the store's health. */
  Reply health() {
    try {
      IOException failure = server.store().failure();
      if (failure != null) {
        throw failure;
      }
      server.store().size();
      return Reply.text(HttpResponseStatus.OK, "ok");
    } catch (IOException | IllegalStateException e) {
      return Reply.text(HttpResponseStatus.SERVICE_UNAVAILABLE, e.getMessage());
    }
  }

  /**
   * Returns the action for a merge.
   *
   * @throws Reply.Refused if the request has a condition (412)
   */
  Action merge(HttpRequest head) throws Reply.Refused {
    Preconditions.requireNone(head);
    return (none, to) -> to.answerLater(this::merge);
  }

  private Reply merge() throws IOException {
    StoreStats before = server.store().stats();
    server.store().merge();
    StoreStats after = server.store().stats();
    long bytes = before.liveBytes() + before.deadBytes() - after.liveBytes() - after.deadBytes();
    return Reply.json(
        new Merged(
            difference(after.merges(), before.merges()),
            difference(after.mergedBytes(), before.mergedBytes()),
            Math.max(0, bytes)));
  }

  /** Returns how much a count has grown; null if the store does not report it. */
  private static Long difference(Long after, Long before) {
    return after == null ? null : after - before;
  }

  /**
   * Returns the action for a snapshot.
   *
   * @throws Reply.Refused if snapshots are off (403), the name is malformed (400), or the request
   *     has a condition (412)
   */
  Action snapshot(HttpRequest head, String name) throws Reply.Refused {
    String refusal = server.snapshots().refusal();
    if (refusal != null) {
      throw new Reply.Refused(HttpResponseStatus.FORBIDDEN, refusal);
    }
    if (!Snapshots.isName(name)) {
      throw Reply.bad(Snapshots.BAD_NAME);
    }
    Preconditions.requireNone(head);
    return (none, to) -> to.answerLater(() -> take(name));
  }

  private Reply take(String name) throws IOException {
    try {
      server.snapshots().take(name);
      return Reply.json(new Snapshot(name)).with(HttpResponseStatus.CREATED);
    } catch (FileAlreadyExistsException e) {
      return Reply.text(
          HttpResponseStatus.CONFLICT, "a snapshot with the name " + name + " already exists");
    }
  }
}
