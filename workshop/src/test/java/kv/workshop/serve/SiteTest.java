package kv.workshop.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SiteTest {
  private Site site;

  @BeforeEach
  void start() throws IOException {
    site = new Site(0);
    site.get("/", request -> request.html("first"));
    site.get("/below/", request -> request.html("rest " + request.rest()));
    site.get("/query", request -> request.html(request.query("a").orElse("none")));
    site.get(
        "/broken",
        request -> {
          throw new IllegalStateException("a fault");
        });
    site.post("/post", request -> request.json(request.body()));
    site.get(
        "/events",
        request -> {
          try (Events events = request.events()) {
            events.send("count", "1");
            events.send("count", "2");
          }
        });
    site.start();
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  @Test
  void aPathIsServedByTheRouteWithTheLongestBeginning() throws IOException {
    assertEquals("first", body(get("/")));
    assertEquals("rest ", body(get("/below/")));
    assertEquals("rest a/b", body(get("/below/a%2Fb")));
    assertEquals("404", status(get("/below")));
    assertEquals("404", status(get("/other")));
  }

  @Test
  void aParameterOfTheQueryIsDecoded() throws IOException {
    assertEquals("x & y", body(get("/query?b=1&a=x%20%26+y")));
    assertEquals("none", body(get("/query")));
    assertEquals("400", status(get("/query?a=%zz")));
  }

  @Test
  void anotherHostIsRefused() throws IOException {
    assertEquals("403", status(send("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n")));
    assertEquals("403", status(send("GET / HTTP/1.1\r\n\r\n")));
    assertEquals("200", status(get("/", "X: y")));
  }

  @Test
  void theHostNeedNotNameThePortOfHttp() {
    assertTrue(Site.hosts(80).containsAll(List.of("localhost", "localhost:80", "127.0.0.1")));
    assertEquals(List.of("127.0.0.1:81", "localhost:81", "[::1]:81"), Site.hosts(81));
  }

  @Test
  void aPageOfAnotherOriginIsRefused() throws IOException {
    assertEquals("403", status(get("/", "Origin: http://example.org")));
    assertEquals("403", status(get("/", "Origin: null")));
    assertEquals("403", status(get("/", "Origin: https://127.0.0.1:" + site.port())));
    assertEquals("200", status(get("/", "Origin: http://localhost:" + site.port())));
  }

  @Test
  void aBodyMustBeJsonAndHasALimit() throws IOException {
    assertEquals("415", status(post("text/plain", "{}")));
    assertEquals("{}", body(post("application/json", "{}")));
    assertEquals("413", status(post("application/json", " ".repeat(64 * 1024 + 1))));
  }

  @Test
  void anAssetIsServedByItsNameOnly() throws IOException {
    assertEquals("200", status(get("/assets/site.css")));
    assertEquals("404", status(get("/assets/Site.class")));
    assertEquals("404", status(get("/assets/../serve/site.css")));
    assertEquals("404", status(get("/assets/")));
  }

  @Test
  void aFaultIsAReply() throws IOException {
    assertEquals("500", status(get("/broken")));
    assertEquals("first", body(get("/")));
  }

  @Test
  void eventsAreSentInOrder() throws IOException {
    String reply = get("/events");
    assertTrue(reply.contains("text/event-stream"), reply);
    assertTrue(reply.indexOf("data: 1") < reply.indexOf("data: 2"), reply);
  }

  @Test
  void everyReplyHasThePolicy() throws IOException {
    for (String path : new String[] {"/", "/other", "/assets/site.css", "/broken"}) {
      assertTrue(get(path).contains("default-src 'none'"), path);
    }
  }

  // ======== Requests as bytes: an HTTP client would not send all of them ========

  private String get(String path, String... headers) throws IOException {
    String lines = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
    return send("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + site.port() + "\r\n" + lines);
  }

  private String post(String type, String body) throws IOException {
    String head = "POST /post HTTP/1.1\r\nHost: localhost:" + site.port() + "\r\nContent-Type: ";
    String length = "\r\nContent-Length: " + body.length();
    return send(head + type + length + "\r\nConnection: close\r\n\r\n" + body);
  }

  private String send(String request) throws IOException {
    boolean whole = request.contains("\r\n\r\n");
    String text = whole ? request : request + "Connection: close\r\n\r\n";
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), site.port())) {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String status(String reply) {
    return reply.split(" ", 3)[1];
  }

  private static String body(String reply) {
    return reply.split("\r\n\r\n", 2)[1];
  }
}
