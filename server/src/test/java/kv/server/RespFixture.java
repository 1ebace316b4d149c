package kv.server;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A server with an empty store, and a client. */
abstract class RespFixture {
  @TempDir Path directory;

  Server server;
  RespWire client;

  @BeforeEach
  void start() throws IOException {
    server = serve();
    client = connect();
  }

  /** Starts the server; a test may want another. */
  Server serve() throws IOException {
    return Server.start(settings(Settings.Sync.no));
  }

  Settings settings(Settings.Sync sync) {
    return new Settings(directory, "127.0.0.1", 0, 0, sync, 1 << 20);
  }

  RespWire connect() throws IOException {
    return new RespWire(server.respPort());
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    server.close();
  }
}
