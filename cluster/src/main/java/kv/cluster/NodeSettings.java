package kv.cluster;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kv.server.core.Secret;

/**
 * The settings that a node is started with.
 *
 * @param id the node's name in the cluster
 * @param peers the addresses of all nodes for each other, host:port by name; this node's as well
 * @param directory for everything that the node keeps
 * @param shards the number of shards, which every node has and which never changes
 * @param joins whether the node waits to be added to a running cluster
 * @param timeoutSeconds time after which a command is answered with an error
 * @param bind the name or address of the interface for clients
 * @param respPort the port for RESP; 0 for any free one
 * @param httpPort the port for HTTP; 0 for any free one
 * @param password that clients have to send; null if there is none
 * @param hosts further host names by which HTTP clients may address this node
 */
record NodeSettings(
    String id,
    Map<String, String> peers,
    Path directory,
    int shards,
    boolean joins,
    int timeoutSeconds,
    String bind,
    int respPort,
    int httpPort,
    Secret password,
    List<String> hosts) {
  /**
   * Reads a list such as {@code n1=127.0.0.1:7001,n2=127.0.0.1:7002}.
   *
   * @throws IllegalArgumentException with advice, if it is not one
   */
  static Map<String, String> peers(String list) {
    Map<String, String> peers = new LinkedHashMap<>();
    for (String peer : list.split(",")) {
      String[] parts = peer.strip().split("=");
      if (parts.length != 2 || !parts[0].matches("[\\w.-]+") || !parts[1].matches(".+:\\d{1,5}")) {
        throw new IllegalArgumentException(
            "\"" + peer + "\" is not a node: write its name and address as n1=127.0.0.1:7001");
      }
      if (peers.put(parts[0], parts[1]) != null) {
        throw new IllegalArgumentException("the node " + parts[0] + " occurs twice");
      }
    }
    return peers;
  }
}
