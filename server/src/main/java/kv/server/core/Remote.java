package kv.server.core;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * Commands on keys that run somewhere else, and whose replies come later: on the nodes of a cluster.
 * A server that has a remote reads and writes no value in its own store, but lists the store's keys.
 */
public interface Remote {
  /**
   * A command of a client.
   *
   * @param arguments the command's name, which is known, and its arguments, whose number is right
   * @param firstKey the index of the first key; 0 if the command is for all keys
   * @param lastKey the index of the last key
   * @param step the distance between two keys
   */
  record Request(byte[][] arguments, int firstKey, int lastKey, int step) {}

  /**
   * How a client wants its commands to run.
   *
   * @param writes whether the commands write; otherwise they only read
   * @param stale whether a read may show an older state
   * @param version the version of RESP for the replies, 2 or 3
   */
  record Mode(boolean writes, boolean stale, int version) {}

  /** Not enough of the nodes answered, or not in time. The message begins with CLUSTERDOWN. */
  final class Down extends IllegalStateException {
    private static final long serialVersionUID = 1;

    /** Nodes that did not answer. */
    public Down(String message) {
      super(message);
    }
  }

  /**
   * Runs commands of one client, as if one after the other. Called on the event loop, so it must
   * not wait.
   *
   * @return the replies in RESP, in the order of the requests; completed by any thread. It fails
   *     only if no command has a reply, with the message for the client.
   */
  CompletionStage<List<byte[]>> run(List<Request> requests, Mode mode);

  /** Returns the fields of INFO's section Replication. */
  Map<String, Object> replication();

  /** Returns the state of the cluster, for {@code GET /cluster} as JSON. */
  Object status();
}
