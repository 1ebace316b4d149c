package kv.cluster;

import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.server.RaftServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks Ratis to take a snapshot and to shorten its log. By itself it counts entries only, which can
 * have any size.
 */
final class SnapshotRequests {
  private static final Logger LOGGER = LoggerFactory.getLogger(SnapshotRequests.class);
  private static final ClientId CLIENT = ClientId.randomId();
  private static final AtomicLong CALLS = new AtomicLong();
  private static final long TIMEOUT_MILLIS = 60_000;

  private SnapshotRequests() {}

  /** Sends a request. Returns at once; the snapshot is taken between two entries. */
  static void send(RaftServer server, RaftGroupId group) {
    SnapshotManagementRequest request =
        SnapshotManagementRequest.newCreate(
            CLIENT, server.getId(), group, CALLS.incrementAndGet(), TIMEOUT_MILLIS, 1);
    server
        .snapshotManagementAsync(request)
        .exceptionally(
            failure -> {
              // The next one will shorten the log.
              LOGGER.warn("no snapshot of {} was taken", group, failure);
              return null;
            });
  }
}
