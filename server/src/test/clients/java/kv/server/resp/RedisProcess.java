package kv.server.resp;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A Redis server on loopback that keeps nothing on disk. */
final class RedisProcess implements Closeable {
  /** The version whose replies the server's commands repeat. */
  static final String VERSION = "7.0.15";

  /** Maximum time in seconds for Redis to start or to end. */
  private static final int PATIENCE = 10;

  private final Process process;
  private final int port;

  /** Starts Redis in a directory, with more options, and waits until it accepts connections. */
  RedisProcess(Path directory, String... options) throws IOException, InterruptedException {
    ClientPrograms.require("redis-server", "redis-server");
    String version = ClientPrograms.output("redis-server", "--version");
    if (!version.contains("v=" + VERSION + " ")) {
      throw new AssertionError("redis-server " + VERSION + " is needed, and this is " + version);
    }
    port = freePort();
    Files.createDirectories(directory);
    List<String> command = new ArrayList<>(List.of("redis-server", "--bind", "127.0.0.1"));
    command.addAll(List.of("--port", Integer.toString(port), "--databases", "1"));
    command.addAll(List.of("--save", "", "--appendonly", "no", "--dir", directory.toString()));
    command.addAll(List.of(options));
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("redis.log").toFile())
            .start();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE);
    while (!accepts()) {
      if (System.nanoTime() > deadline || !process.isAlive()) {
        close();
        throw new IOException("redis-server did not start on port " + port);
      }
      Thread.sleep(20);
    }
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private boolean accepts() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
