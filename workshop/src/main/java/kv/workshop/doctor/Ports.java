package kv.workshop.doctor;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The check of the ports that chapters 7 and 8 use. */
final class Ports {
  /**
   * RESP and HTTP of one server and of three more, the course's pages, the proxy in front of the
   * three, and the ports at which three nodes of a cluster reach each other.
   */
  static final List<Integer> USED =
      List.of(6380, 8080, 6381, 8081, 6382, 8082, 6383, 8083, 8090, 22121, 7001, 7002, 7003);

  private Ports() {}

  /** Checks that a server can listen on each port. */
  static Finding check() {
    return check(USED);
  }

  static Finding check(List<Integer> ports) {
    List<Integer> taken = new ArrayList<>();
    for (int port : ports) {
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        socket.getLocalPort();
      } catch (IOException e) {
        taken.add(port);
      }
    }
    return taken.isEmpty()
        ? Finding.ok("all " + ports.size() + " are free")
        : Finding.wrong(
            words(taken)
                + " in use; stop that program, or choose other ports: --resp, --http in chapter 7, --peers in chapter 8, --port of serve");
  }

  private static String words(List<Integer> ports) {
    return ports.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }
}
