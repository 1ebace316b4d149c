package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import kv.server.ServerFixture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A server with an empty store, and a client of its RESP port. */
public abstract class RespFixture extends ServerFixture {
  protected RespWire client;

  @BeforeEach
  void connectClient() throws IOException {
    client = connect();
  }

  @AfterEach
  void closeClient() throws IOException {
    client.close();
  }

  protected RespWire connect() throws IOException {
    return new RespWire(server.respPort());
  }

  /** Checks the reply to a request. */
  protected void check(String request, String reply) throws IOException {
    assertEquals(reply, client.ask(request), request);
  }

  /** Returns the bytes that are charged to all connections. */
  protected static long heldBytes(RespWire client) throws IOException {
    String info = client.ask("INFO memory");
    return Long.parseLong(info.replaceAll("(?s).*client_buffers:(\\d+).*", "$1"));
  }
}
