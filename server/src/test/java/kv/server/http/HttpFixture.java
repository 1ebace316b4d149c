package kv.server.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import kv.server.Server;
import kv.server.ServerFixture;
import kv.server.core.Settings;

/** A server with an empty store, and requests to its HTTP port. */
public abstract class HttpFixture extends ServerFixture {
  /** Starts a server with the default settings, on free ports. */
  public static Server serve(Path directory) throws IOException {
    return Server.start(Settings.of(directory).build());
  }

  @Override
  protected Settings.Builder settings() {
    return super.settings().sync(Settings.Sync.everysec);
  }

  protected HttpWire connect() throws IOException {
    return new HttpWire(server.httpPort());
  }

  /** Sends one request on a connection of its own, and returns the reply. */
  protected HttpWire.Reply ask(String method, String target, byte[] body, String... headers)
      throws IOException {
    return HttpWire.ask(server, method, target, body, headers);
  }

  protected HttpWire.Reply ask(String method, String target) throws IOException {
    return HttpWire.ask(server, method, target);
  }

  protected HttpWire.Reply put(String target, String value) throws IOException {
    return HttpWire.put(server, target, value);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
