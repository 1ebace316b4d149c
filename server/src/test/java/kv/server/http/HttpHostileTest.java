package kv.server.http;

import static kv.server.http.HttpWire.ask;
import static kv.server.http.HttpWire.put;
import static kv.server.http.HttpWire.request;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import kv.server.Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No request of one client harms the others, or loses an acknowledged write. */
class HttpHostileTest {
  private static final int ROUNDS = 10_000;
  private static final long SEED = 20_261_121;

  /** Clients that start a request, and send nothing more. */
  private static final int HALF_OPEN = 200;

  private static final List<byte[]> GOOD =
      List.of(
          request("PUT", "/kv/prey", new byte[100]),
          request("GET", "/kv/prey", null),
          request("DELETE", "/kv/prey", null),
          request("GET", "/kv?prefix=%70&limit=10", null),
          request("POST", "/kv/prey", new byte[0]),
          request("GET", "/events", null),
          request("GET", "/stats", null, "Connection: keep-alive, Upgrade", "Upgrade: h2c"),
          request("PUT", "/kv/prey", new byte[10], "Expect: 100-continue"),
          request("PUT", "/kv/prey", new byte[10], "If-Match: \"a,b\", W/\"c\""),
          request("GET", "/kv/prey", null, "Range: bytes=1-2", "If-Range: \"a\""),
          request("GET", "http://localhost/kv?limit=1&cursor=4294967296", null),
          request("OPTIONS", "*", null, "Authorization: Basic YTpi"),
          ("PUT /kv/prey HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                  + "5\r\nlinux\r\n0\r\nTrailer: x\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));

  /** Bytes with a meaning in a request. */
  private static final byte[] SPECIAL = "0 \r\n:%/-".getBytes(StandardCharsets.US_ASCII);

  @TempDir private Path folder;

  private static byte[] mutated(Random random) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = random.nextInt(3); i >= 0; i--) {
      bytes.writeBytes(GOOD.get(random.nextInt(GOOD.size())));
    }
    byte[] request = bytes.toByteArray();
    for (int i = random.nextInt(4); i >= 0; i--) {
      request = mutated(request, random);
    }
    return request;
  }

  private static byte[] mutated(byte[] request, Random random) {
    int from = random.nextInt(request.length);
    int to = Math.min(request.length, from + random.nextInt(20));
    byte[] begin = Arrays.copyOf(request, from);
    byte[] some = Arrays.copyOfRange(request, from, to);
    byte[] end = Arrays.copyOfRange(request, to, request.length);
    byte[] noise = new byte[random.nextInt(20)];
    random.nextBytes(noise);
    return switch (random.nextInt(5)) {
      case 0 -> joined(begin, noise, some, end);
      case 1 -> joined(begin, end);
      case 2 -> joined(begin, some, some, end);
      case 3 -> joined(begin, noise, end);
      default -> joined(begin, new byte[] {SPECIAL[random.nextInt(SPECIAL.length)]}, end);
    };
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.size() == 0 ? new byte[1] : all.toByteArray();
  }

  @Test
  void tenThousandBadRequestsDoNoHarm() throws IOException {
    Random random = new Random(SEED);
    List<HttpWire> halfOpen = new ArrayList<>();
    int round = 0;
    try (Server server = HttpFixture.serve(folder)) {
      put(server, "/kv/treasure-000001", "gold");
      for (int i = 0; i < HALF_OPEN; i++) {
        HttpWire client = new HttpWire(server.httpPort());
        byte[] good = GOOD.get(i % GOOD.size());
        client.send(Arrays.copyOf(good, random.nextInt(good.length)));
        halfOpen.add(client);
      }
      for (; round < ROUNDS; round++) {
        byte[] bytes;
        if (random.nextBoolean()) {
          bytes = mutated(random);
        } else {
          bytes = new byte[random.nextInt(300)];
          random.nextBytes(bytes);
        }
        send(server, bytes, random.nextBoolean());
      }
      assertEquals("gold", ask(server, "GET", "/kv/treasure-000001").text());
      assertEquals(201, put(server, "/kv/treasure-000002", "silver").status());
    } catch (IOException | AssertionError e) {
      throw new AssertionError("in round " + round + " with the seed " + SEED, e);
    } finally {
      for (HttpWire client : halfOpen) {
        client.close();
      }
    }
    try (Server again = HttpFixture.serve(folder)) {
      assertEquals("gold", ask(again, "GET", "/kv/treasure-000001").text());
      assertEquals("silver", ask(again, "GET", "/kv/treasure-000002").text());
    }
  }

  /** Sends some bytes, and disconnects, or reads the reply first. */
  private static void send(Server server, byte[] bytes, boolean patient) throws IOException {
    HttpWire client = new HttpWire(server.httpPort());
    try {
      client.send(bytes);
      if (patient) {
        client.finish();
      }
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      // The server may close the connection while this client is still sending.
    } finally {
      client.reset();
    }
  }
}
