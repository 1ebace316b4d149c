package kv.cluster;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeTest {
  @TempDir private Path folder;

  /** Ratis would end the process. */
  @Test
  void aPortForOtherNodesThatIsTakenIsReported() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();
      NodeSettings settings =
          new NodeSettings(
              "n1", Map.of("n1", address), folder, 1, false, 5, "127.0.0.1", 0, 0, null, List.of());

      IOException refused =
          assertThrows(IOException.class, () -> Node.start(settings, fault -> {}));

      assertTrue(
          refused.getMessage().startsWith("n1 cannot listen at " + address), refused.getMessage());
    }
  }
}
