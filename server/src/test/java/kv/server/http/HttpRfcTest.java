/*
 * WHAT THIS FILE IS
 *
 * The requirements of RFC 9110 (HTTP semantics) and RFC 9112 (HTTP/1.1) that concern this server,
 * one a line: the section, the requirement, a request, and the reply that meets it.
 *
 * The lines of a request are separated by " ; ", and "> " begins its body. A request that does not
 * say otherwise is HTTP/1.1 and has a Host. ETAG stands for the tag of /kv/os, whose value is
 * "mac"; /kv/no is absent. A reply is a status, headers that it has ("*" for any value), headers
 * that it does not have ("-date"), "> " and its body, and "closed" or "open" for the connection
 * afterwards.
 */
package kv.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The requirements of the HTTP standards. */
class HttpRfcTest extends HttpFixture {

  @BeforeEach
  void putOne() throws IOException {
    put("/kv/os", "mac");
    ask("DELETE", "/kv/no");
  }

  @ParameterizedTest(name = "RFC {0}: {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          # ---- 9112: versions and request lines
          9112 2.3    | another major version is refused \
              | GET /kv/os HTTP/9.9 | 505 ; closed
          9110 2.5    | a higher minor version is served \
              | GET /kv/os HTTP/1.2 | 200 ; > mac
          9112 2.2    | an empty line before a request is skipped \
              | ; GET /kv/os | 200 ; > mac
          9112 3      | a line that is not a request is refused \
              | hello | 400 ; closed
          9112 3      | an address that is too long is refused \
              | GET /kv/LONG | 414 ; closed
          9112 3.2    | HTTP/1.1 requires a Host \
              | GET /kv/os HTTP/1.1 ; No: host | 400
          9112 3.2    | two Hosts are refused \
              | GET /kv/os ; Host: localhost ; Host: localhost | 400
          9112 3.2    | HTTP/1.0 requires no Host \
              | GET /kv/os HTTP/1.0 ; No: host | 200
          9112 3.2.2  | an absolute address is understood \
              | GET http://localhost/kv/os | 200 ; > mac
          9112 3.2.2  | its host replaces Host \
              | GET http://localhost/kv/os ; Host: evil.example | 200
          9112 3.2.2  | its host replaces Host, and is refused \
              | GET http://evil.example/kv/os ; Host: localhost | 421
          9110 4.2.1  | an http address needs a host \
              | GET http:///kv/os | 400
          9110 4.2.3  | scheme and host are compared in any case \
              | GET HTTP://LocalHost/kv/os | 200
          9110 4.2.4  | a user in an address is an error \
              | GET http://user@localhost/kv/os | 400
          9110 7.4    | https is refused without TLS \
              | GET https://localhost/kv/os | 421
          9110 7.4    | a request for another host is refused \
              | GET /kv/os ; Host: evil.example | 421
          9112 3.2.4  | OPTIONS * asks about the server \
              | OPTIONS * | 204 ; allow: *
          9112 3.2.4  | OPTIONS without a path is OPTIONS * \
              | OPTIONS http://localhost | 204 ; allow: GET, HEAD, PUT, DELETE, POST, OPTIONS
          9112 3.2.4  | * is for OPTIONS only \
              | GET * | 400
          # ---- 9112: headers, bodies, connections
          9112 5      | a header without a colon is refused \
              | GET /kv/os HTTP/1.1 ; no colon | 400 ; closed
          9112 5.1    | a space before the colon is refused \
              | GET /kv/os HTTP/1.1 ; Host : localhost | 400 ; closed
          9110 5.1    | an unknown header is ignored \
              | GET /kv/os ; X-Mood: good | 200
          6585 5      | headers that are too long are refused \
              | GET /kv/os ; X: LONG | 431 ; closed
          9112 6.1    | a coding other than chunked is refused \
              | PUT /kv/os ; Transfer-Encoding: gzip, chunked ; > 0 | 501 ; closed
          9112 6.1    | codings may be in several headers \
              | PUT /kv/os ; Transfer-Encoding: gzip ; Transfer-Encoding: chunked ; > 0 \
              | 501 ; closed
          9112 6.3    | chunked is the last coding \
              | PUT /kv/os ; Transfer-Encoding: gzip ; > 0 | 400 ; closed
          9112 6.1    | chunked is not applied twice \
              | PUT /kv/os ; Transfer-Encoding: chunked, chunked ; > 0 | 400 ; closed
          9112 6.1    | HTTP/1.0 has no codings \
              | PUT /kv/os HTTP/1.0 ; Transfer-Encoding: chunked ; > 0 | 400 ; closed
          9112 6.3    | a coding beside a length is refused \
              | PUT /kv/os ; Transfer-Encoding: chunked ; Content-Length: 3 ; > 0 | 400 ; closed
          9112 6.3    | two lengths are refused \
              | PUT /kv/os ; Content-Length: 3 ; Content-Length: 4 ; > abcd | 400 ; closed
          9112 6.3    | a length that is not a number is refused \
              | PUT /kv/os ; Content-Length: 3x ; > abcd | 400 ; closed
          9112 9.3    | HTTP/1.1 keeps the connection \
              | GET /kv/os | 200 ; -connection ; open
          9112 9.3    | HTTP/1.1 closes it on request \
              | GET /kv/os ; Connection: close | 200 ; connection: close ; closed
          9112 9.3    | HTTP/1.0 closes the connection \
              | GET /kv/os HTTP/1.0 | 200 ; connection: close ; closed
          9112 9.3    | HTTP/1.0 keeps it on request, and says so \
              | GET /kv/os HTTP/1.0 ; Connection: Keep-Alive | 200 ; connection: keep-alive ; open
          # ---- 9110: fields of replies
          9110 6.6.1  | a reply has a Date \
              | GET /kv/os | 200 ; date: *
          9110 6.6.1  | a refusal has a Date \
              | GET /kv/os HTTP/9.9 | 505 ; date: *
          9110 8.6    | a 204 has no Content-Length \
              | PUT /kv/os ; > x | 204 ; -content-length
          9110 8.6    | HEAD has the Content-Length of GET \
              | HEAD /kv/os | 200 ; content-length: 3
          9110 8.8.3  | a GET has the ETag \
              | GET /kv/os | 200 ; etag: ETAG ; -last-modified
          9110 9.3.2  | a HEAD has the headers of a GET \
              | HEAD /kv/os \
              | 200 ; etag: ETAG ; accept-ranges: bytes ; content-type: text/plain; charset=utf-8
          9110 10.2.1 | a 405 has Allow \
              | POST /kv/os | 405 ; allow: GET, HEAD, PUT, DELETE, OPTIONS
          # ---- 9110: methods
          9110 9.1    | a method's case matters \
              | get /kv/os | 405
          9110 9.3.4  | a PUT that creates is 201 \
              | PUT /kv/no ; > x | 201
          9110 9.3.4  | a PUT that replaces is 204 \
              | PUT /kv/os ; > x | 204 ; etag: *
          9110 9.3.5  | a DELETE is 204 \
              | DELETE /kv/os | 204
          9110 9.3.6  | CONNECT is for proxies \
              | CONNECT localhost:80 | 501
          9110 9.3.7  | OPTIONS is 204 with Allow \
              | OPTIONS /kv | 204 ; allow: GET, HEAD, OPTIONS
          9110 9.3.8  | TRACE is not supported \
              | TRACE /kv/os | 405 ; allow: *
          9110 10.1.1 | an unknown expectation is refused \
              | PUT /kv/os ; Expect: 200-ok ; Content-Length: 3 ; > abc | 417
          9110 10.1.1 | 100-continue is met \
              | PUT /kv/os ; Expect: 100-continue ; Content-Length: 3 | 100
          9110 10.1.1 | HTTP/1.0 has no expectations \
              | PUT /kv/os HTTP/1.0 ; Expect: 100-continue ; Content-Length: 3 ; > abc | 204
          9110 10.1.1 | HTTP/1.0 has no other expectations either \
              | PUT /kv/os HTTP/1.0 ; Expect: 200-ok ; Content-Length: 3 ; > abc | 204
          9110 11.6.1 | without a password none is asked for \
              | GET /kv/os | 200 ; -www-authenticate
          # ---- 9110: content
          9110 8.4    | a coded value is refused \
              | PUT /kv/os ; Content-Encoding: gzip ; > x | 415 ; accept-encoding: identity
          9110 8.4.1  | identity is not a coding \
              | PUT /kv/os ; Content-Encoding: identity ; > x | 204
          9110 14.5   | a part of a value is refused \
              | PUT /kv/os ; Content-Range: bytes 1-2/3 ; > ac | 400
          # ---- 9110: conditions
          9110 13.1.1 | If-Match with the tag holds \
              | PUT /kv/os ; If-Match: ETAG ; > x | 204
          9110 13.1.1 | If-Match with another tag does not \
              | PUT /kv/os ; If-Match: "v1" ; > x | 412
          9110 13.1.1 | If-Match compares strongly \
              | PUT /kv/os ; If-Match: W/ETAG ; > x | 412
          9110 13.1.1 | If-Match takes a list \
              | PUT /kv/os ; If-Match: "a,b", ETAG ; > x | 204
          9110 5.3    | a list may be in several headers \
              | PUT /kv/os ; If-Match: "a" ; If-Match: ETAG ; > x | 204
          9110 13.1.1 | If-Match * needs a value \
              | PUT /kv/no ; If-Match: * ; > x | 412
          9110 13.1.1 | If-Match holds for DELETE as for PUT \
              | DELETE /kv/os ; If-Match: "v1" | 412
          9110 13.1.2 | If-None-Match * protects a value \
              | PUT /kv/os ; If-None-Match: * ; > x | 412
          9110 13.1.2 | If-None-Match * allows a creation \
              | PUT /kv/no ; If-None-Match: * ; > x | 201
          9110 13.1.2 | If-None-Match compares weakly \
              | GET /kv/os ; If-None-Match: W/ETAG | 304
          9110 13.1.2 | If-None-Match refuses a DELETE \
              | DELETE /kv/os ; If-None-Match: * | 412
          9110 15.4.5 | a 304 has the ETag and no content \
              | GET /kv/os ; If-None-Match: ETAG | 304 ; etag: ETAG ; -content-length ; open
          9110 13.1.3 | If-Modified-Since is ignored without a date \
              | GET /kv/os ; If-Modified-Since: DATE | 200
          9110 13.1.4 | If-Unmodified-Since is ignored by GET \
              | GET /kv/os ; If-Unmodified-Since: DATE | 200
          9110 13.1.4 | it is ignored beside If-Match \
              | PUT /kv/os ; If-Match: ETAG ; If-Unmodified-Since: DATE ; > x | 204
          9110 13.1.4 | DEVIATION: alone, it refuses a write \
              | PUT /kv/os ; If-Unmodified-Since: DATE ; > x | 412
          9110 13.2.1 | a 404 comes before conditions \
              | DELETE /kv/no ; If-Match: "v1" | 404
          9110 13.2.2 | If-Match comes before If-None-Match \
              | GET /kv/os ; If-Match: "v1" ; If-None-Match: ETAG | 412
          # ---- 9110: ranges
          9110 14.1.2 | a range from a byte to another \
              | GET /kv/os ; Range: bytes=1-1 | 206 ; content-range: bytes 1-1/3 ; > a
          9110 14.1.2 | a range from a byte to the end \
              | GET /kv/os ; Range: bytes=1- | 206 ; content-range: bytes 1-2/3 ; > ac
          9110 14.1.2 | a range of the last bytes \
              | GET /kv/os ; Range: bytes=-1 | 206 ; content-range: bytes 2-2/3 ; > c
          9110 14.1.2 | a suffix longer than the value is all of it \
              | GET /kv/os ; Range: bytes=-9 | 206 ; content-range: bytes 0-2/3 ; > mac
          9110 14.2   | an unknown unit is ignored \
              | GET /kv/os ; Range: lines=1-1 | 200 ; > mac
          9110 14.2   | several ranges may be ignored \
              | GET /kv/os ; Range: bytes=0-0,2-2 | 200 ; > mac
          9110 14.2   | a Range is for GET only \
              | HEAD /kv/os ; Range: bytes=1-1 | 200 ; content-length: 3
          9110 14.2   | conditions come before the range \
              | GET /kv/os ; Range: bytes=1-1 ; If-None-Match: ETAG | 304
          9110 14.3   | ranges are announced \
              | GET /kv/os | 200 ; accept-ranges: bytes
          9110 14.4   | a 416 has the length \
              | GET /kv/os ; Range: bytes=3- | 416 ; content-range: bytes */3
          9110 15.3.7 | a 206 has the ETag \
              | GET /kv/os ; Range: bytes=1-1 | 206 ; etag: ETAG ; date: *
          9110 13.1.5 | If-Range with the tag allows the part \
              | GET /kv/os ; Range: bytes=1-1 ; If-Range: ETAG | 206
          9110 13.1.5 | If-Range with another tag sends all \
              | GET /kv/os ; Range: bytes=1-1 ; If-Range: "v1" | 200 ; > mac
          9110 13.1.5 | If-Range compares strongly \
              | GET /kv/os ; Range: bytes=1-1 ; If-Range: W/ETAG | 200 ; > mac
          9110 13.1.5 | If-Range with a date sends all \
              | GET /kv/os ; Range: bytes=1-1 ; If-Range: DATE | 200 ; > mac
          """)
  void isMet(String section, String requirement, String request, String expected)
      throws IOException {
    try (HttpWire wire = connect()) {
      String etag = ask("GET", "/kv/os").header("etag");
      wire.send(requestBytes(request.replace("ETAG", String.valueOf(etag))));
      HttpWire.Reply reply = wire.reply(!request.startsWith("HEAD"));
      for (String part : expected.replace("ETAG", String.valueOf(etag)).split(" ; ")) {
        check(part.strip(), reply, wire);
      }
    }
    boolean isDone = expected.startsWith("20");
    if (!isDone) {
      assertEquals("mac", ask("GET", "/kv/os").text(), "the value must not change");
    }
  }

  private static void check(String part, HttpWire.Reply reply, HttpWire wire) throws IOException {
    int colon = part.indexOf(": ");
    if (part.matches("\\d+")) {
      assertEquals(Integer.parseInt(part), reply.status(), reply.text());
    } else if (part.equals("closed")) {
      assertTrue(wire.isAtEnd());
    } else if (part.equals("open")) {
      wire.send("GET", "/health", null);
      assertEquals(200, wire.reply().status());
    } else if (part.startsWith("> ")) {
      assertEquals(part.substring(2), reply.text());
    } else if (part.startsWith("-")) {
      assertNull(reply.header(part.substring(1)), part);
    } else if (part.endsWith(": *")) {
      assertNotNull(reply.header(part.substring(0, colon)), part);
    } else {
      assertEquals(part.substring(colon + 2), reply.header(part.substring(0, colon)), part);
    }
  }

  private static byte[] requestBytes(String request) {
    String text =
        request
            .replace("DATE", "Sun, 06 Nov 1994 08:49:37 GMT")
            .replace("LONG", "a".repeat(2 * Intake.MAX_LINE));
    String start = "";
    if (text.startsWith("; ")) {
      start = "\r\n";
      text = text.substring(2);
    }
    int bodyAt = text.indexOf(" ; > ");
    String body = bodyAt < 0 ? "" : text.substring(bodyAt + " ; > ".length());
    String head = (bodyAt < 0 ? text : text.substring(0, bodyAt)).replace(" ; ", "\r\n");
    int lineEnd = head.indexOf("\r\n");
    String line = lineEnd < 0 ? head : head.substring(0, lineEnd);
    String headers = lineEnd < 0 ? "" : head.substring(lineEnd);
    if (line.contains(" ") && !line.contains(" HTTP/")) {
      line += " HTTP/1.1";
    }
    if (!headers.contains("\r\nHost") && !headers.contains("\r\nNo: host")) {
      headers += "\r\nHost: localhost";
    }
    boolean hasLength = headers.contains("Content-Length") || headers.contains("Transfer-Encoding");
    if (!body.isEmpty() && !hasLength) {
      headers += "\r\nContent-Length: " + body.length();
    }
    return (start + line + headers + "\r\n\r\n" + body).getBytes(StandardCharsets.ISO_8859_1);
  }
}
