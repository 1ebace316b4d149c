package kv.cluster;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The network of the nodes. */
interface Network extends Closeable {
  /** A port of a node. */
  enum Port {
    RESP,
    HTTP,
    RAFT
  }

  /** Returns an address of a node. It never changes. */
  InetSocketAddress address(String id, Port port);

  /** Returns the begin of the command that starts a process on a node. */
  List<String> prefix(String id);

  /** Returns whether this network can lose messages. */
  boolean canCut();

  /** Loses, from now on, each packet that one node sends to another. */
  void cut(String from, String to) throws IOException;

  /** Undoes all cuts. */
  void heal() throws IOException;

  @Override
  void close() throws IOException;

  /** All nodes at free ports of this machine. */
  final class Loopback implements Network {
    private final Map<String, InetSocketAddress> addresses = new HashMap<>();

    Loopback(Collection<String> ids) throws IOException {
      List<ServerSocket> sockets = new ArrayList<>();
      for (String id : ids) {
        for (Port port : Port.values()) {
          // All sockets stay open until the last port is chosen, or a port could be chosen twice.
          ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
          sockets.add(socket);
          addresses.put(id + port, (InetSocketAddress) socket.getLocalSocketAddress());
        }
      }
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }

    @Override
    public InetSocketAddress address(String id, Port port) {
      return addresses.get(id + port);
    }

    @Override
    public List<String> prefix(String id) {
      return List.of();
    }

    @Override
    public boolean canCut() {
      return false;
    }

    @Override
    public void cut(String from, String to) {
      throw new UnsupportedOperationException("nodes on the loopback interface are not cut off");
    }

    @Override
    public void heal() {}

    @Override
    public void close() {}
  }
}
