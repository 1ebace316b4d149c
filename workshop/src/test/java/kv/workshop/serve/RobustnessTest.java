package kv.workshop.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import kv.workshop.BadUsage;
import kv.workshop.Project;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RobustnessTest {
  private static final int REQUESTS = 10_000;
  private static final int HALF_OPEN = 100;

  /** Pieces of requests: paths out of the project, broken syntax, and much of everything. */
  private static final List<String> PIECES =
      List.of(
          "/",
          "..",
          "%2e%2e/",
          "file/",
          "\\",
          "%00",
          "%zz",
          "assets/",
          "course.events",
          "etc/passwd",
          "README.md",
          "?a=%",
          "#",
          " ",
          "\t",
          "\0",
          "é",
          "http://example.org/",
          "TUTORIAL.md.html",
          "\r\n",
          "a".repeat(300));

  private static final List<String> METHODS =
      List.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", "", "G\0T");

  private static final List<String> HEADERS =
      List.of(
          "Host: 127.0.0.1:%d",
          "Host: example.org",
          "Host: 127.0.0.1:%d\r\nHost: example.org",
          "Origin: null",
          "Content-Length: 999999999",
          "Content-Length: -1",
          "Content-Length: x",
          "Transfer-Encoding: chunked",
          "Connection: close",
          ": no name",
          "no colon",
          "Range: bytes=0-",
          "X: " + "y".repeat(2000));

  @TempDir Path folder;

  @Test
  void theServerSurvivesHostileRequests() throws IOException, BadUsage {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try (Site site = Serve.site(Project.at(Path.of("..")), Optional.empty(), 0)) {
      site.start();
      for (int i = 0; i < REQUESTS; i++) {
        send(site, hostile(random, site.port()), random.nextInt(10) == 0);
      }
      assertEquals("200", status(site, "/chapter-1"), "seed " + seed);
    }
  }

  private static String hostile(Random random, int port) {
    StringBuilder request = new StringBuilder(one(random, METHODS)).append(' ');
    for (int i = random.nextInt(5); i >= 0; i--) {
      request.append(one(random, PIECES));
    }
    request.append(random.nextInt(8) == 0 ? "" : " HTTP/1.1").append("\r\n");
    for (int i = random.nextInt(5); i > 0; i--) {
      request.append(String.format(Locale.ROOT, one(random, HEADERS), port)).append("\r\n");
    }
    return request + (random.nextInt(6) == 0 ? "" : "\r\n");
  }

  private static String one(Random random, List<String> texts) {
    return texts.get(random.nextInt(texts.size()));
  }

  private static void send(Site site, String request, boolean wait) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), site.port())) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      if (wait) {
        // Only the first byte: some of these replies do not end.
        socket.setSoTimeout(1);
        socket.getInputStream().read();
      }
    } catch (SocketException | java.net.SocketTimeoutException e) {
      // The server closed the connection, or waits for the rest of the request.
    }
  }

  @Test
  void aHalfOpenConnectionIsClosedAndStopsNoOther() throws IOException, BadUsage {
    List<Socket> sockets = new ArrayList<>();
    try (Site site = Serve.site(Project.at(Path.of("..")), Optional.empty(), 0)) {
      site.start();
      for (int i = 0; i < HALF_OPEN; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), site.port());
        socket.getOutputStream().write("GET / HTTP/1.1\r\nHos".getBytes(StandardCharsets.UTF_8));
        sockets.add(socket);
      }
      assertEquals("200", status(site, "/course.json"));
      for (Socket socket : sockets) {
        assertTrue(isClosedByServer(socket.getInputStream()));
      }
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private static boolean isClosedByServer(InputStream in) {
    try {
      return in.read() < 0;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void aFolderThatVanishesIsAReplyAndNotTheEnd() throws IOException, BadUsage {
    for (int chapter = 1; chapter <= Project.MODULES; chapter++) {
      String sources = Project.name(chapter) + "/src/main/java/";
      Files.createDirectories(
          folder.resolve(sources + Project.packageName(chapter).replace('.', '/')));
    }
    Path tutorial = folder.resolve("TUTORIAL.md");
    Files.copy(Path.of("../TUTORIAL.md"), tutorial);
    Path guesses = folder.resolve("workshop/GUESSES.md");
    Files.createDirectories(guesses.getParent());
    Files.writeString(guesses, "");
    try (Site site = Serve.site(Project.at(folder), Optional.empty(), 0)) {
      site.start();
      assertEquals("200", status(site, "/chapter-8"));
      Path away = folder.resolveSibling(folder.getFileName() + "-away");
      Files.move(folder, away);
      assertFalse(Files.exists(tutorial));
      for (String path :
          List.of("/", "/chapter-8", "/course.json", "/file/README.md", "/report/")) {
        assertTrue(status(site, path).matches("404|500"), path);
      }
      Files.move(away, folder);
      assertEquals("200", status(site, "/chapter-8"));
    }
  }

  private static String status(Site site, String path) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), site.port())) {
      String request =
          "GET "
              + path
              + " HTTP/1.1\r\nHost: 127.0.0.1:"
              + site.port()
              + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      byte[] reply = socket.getInputStream().readAllBytes();
      return new String(reply, StandardCharsets.UTF_8).split(" ", 3)[1];
    }
  }
}
