/*
 * WHAT THIS FILE IS
 *
 * A network of Linux network namespaces: one for each node, and one for the switch between them. The
 * clients are outside.
 *
 *     clients --- switch --+-- n1   198.18.x.1
 *    198.18.x.254          +-- n2   198.18.x.2
 *                          +-- n3   198.18.x.3
 *
 * The addresses are from the block that is reserved for tests of networks.
 *
 * CUTS
 *
 * To cut node 1 off node 2, node 1 gets a permanent entry for node 2 in its table of neighbours, with
 * an Ethernet address that no node has. Node 1 still sends, and no node receives: a cable that is
 * broken in one direction. Connections notice it by their timeouts only.
 */
package kv.cluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** A network of Linux network namespaces. Needs root and the command ip. */
final class Namespaces implements Network {
  private static final String NO_NODE = "02:00:00:00:00:ee";
  private static final int CLIENTS = 254;
  private static final int RESP_PORT = 6379;
  private static final int HTTP_PORT = 8080;
  private static final int RAFT_PORT = 7000;

  private final List<String> ids;
  private final String name = "kv" + ProcessHandle.current().pid();
  private final String prefix = "198.18." + ProcessHandle.current().pid() % 256 + ".";
  private final List<String[]> cuts = new ArrayList<>();

  Namespaces(List<String> ids) throws IOException {
    this.ids = List.copyOf(ids);
    try {
      create();
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /** Returns whether this process can create one. */
  static boolean available() {
    return Shell.isRoot() && Shell.succeeds("ip", "netns", "list");
  }

  private void create() throws IOException {
    Shell.run("ip", "netns", "add", name);
    Shell.run("ip", "-n", name, "link", "add", "switch", "type", "bridge");
    Shell.run("ip", "-n", name, "link", "set", "switch", "up");
    Shell.run("ip", "link", "add", name, "type", "veth", "peer", "name", "out", "netns", name);
    Shell.run("ip", "-n", name, "link", "set", "out", "master", "switch", "up");
    Shell.run("ip", "addr", "add", prefix + CLIENTS + "/24", "dev", name);
    Shell.run("ip", "link", "set", name, "up");
    for (String id : ids) {
      String space = name + id;
      Shell.run("ip", "netns", "add", space);
      Shell.run(
          "ip", "-n", name, "link", "add", id, "type", "veth", "peer", "name", "eth0", "netns",
          space);
      Shell.run("ip", "-n", name, "link", "set", id, "master", "switch", "up");
      Shell.run("ip", "-n", space, "addr", "add", host(id) + "/24", "dev", "eth0");
      Shell.run("ip", "-n", space, "link", "set", "eth0", "up");
      Shell.run("ip", "-n", space, "link", "set", "lo", "up");
    }
  }

  private String host(String id) {
    return prefix + (ids.indexOf(id) + 1);
  }

  @Override
  public InetSocketAddress address(String id, Port port) {
    int number =
        switch (port) {
          case RESP -> RESP_PORT;
          case HTTP -> HTTP_PORT;
          case RAFT -> RAFT_PORT;
        };
    return new InetSocketAddress(host(id), number);
  }

  @Override
  public List<String> prefix(String id) {
    return List.of("ip", "netns", "exec", name + id);
  }

  @Override
  public boolean canCut() {
    return true;
  }

  @Override
  public void cut(String from, String to) throws IOException {
    String[] entry = {name + from, host(to)};
    cuts.add(entry);
    Shell.run(
        "ip",
        "-n",
        entry[0],
        "neigh",
        "replace",
        entry[1],
        "lladdr",
        NO_NODE,
        "dev",
        "eth0",
        "nud",
        "permanent");
  }

  @Override
  public void heal() throws IOException {
    for (String[] entry : cuts) {
      Shell.run("ip", "-n", entry[0], "neigh", "del", entry[1], "dev", "eth0");
    }
    cuts.clear();
  }

  /** Deletes the namespaces that exist. */
  @Override
  public void close() {
    Shell.succeeds("ip", "link", "del", name);
    Shell.succeeds("ip", "netns", "del", name);
    for (String id : ids) {
      Shell.succeeds("ip", "netns", "del", name + id);
    }
  }
}
