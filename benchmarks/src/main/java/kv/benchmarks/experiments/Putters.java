package kv.benchmarks.experiments;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import kv.benchmarks.harness.Data;

/** Clients that put over RESP: each has a thread and a connection, and waits for each reply. */
final class Putters {
  /** Different keys, which the clients overwrite in random order. */
  private static final int KEYS = 100_000;

  /** Limit for a reply, in milliseconds. */
  private static final int PATIENCE = 30_000;

  /** Limit for the first reply of a cluster that has no leaders yet. */
  private static final long START_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** A number of keys, of which every shard very probably has one. */
  private static final int ENOUGH_FOR_EACH_SHARD = 50;

  private static final String OK = "+OK";
  private static final String NO_LEADER = "-CLUSTERDOWN";

  private Putters() {}

  /**
   * The puts of all clients.
   *
   * @param nanos the latencies, sorted
   * @param seconds the time in which they were made
   */
  record Result(long[] nanos, double seconds) {
    double putsPerSecond() {
      return nanos.length / seconds;
    }

    double medianMillis() {
      return nanos[nanos.length / 2] / 1e6;
    }
  }

  /**
   * Lets clients put for a time. They are spread over the ports.
   *
   * @throws IOException if a put gets no reply, or an error
   */
  static Result run(List<Integer> ports, int clients, long nanos) throws IOException {
    ExecutorService threads = Executors.newFixedThreadPool(clients);
    List<Client> all = new ArrayList<>();
    try {
      for (int i = 0; i < clients; i++) {
        all.add(new Client(ports.get(i % ports.size())));
      }
      long start = System.nanoTime();
      List<Future<long[]>> results = new ArrayList<>();
      for (Client client : all) {
        results.add(threads.submit(() -> client.put(start + nanos)));
      }
      List<long[]> latencies = new ArrayList<>();
      for (Future<long[]> result : results) {
        latencies.add(result.get());
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      long[] sorted = latencies.stream().flatMapToLong(Arrays::stream).sorted().toArray();
      return new Result(sorted, seconds);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      for (Client client : all) {
        client.socket.close();
      }
      threads.shutdownNow();
    }
  }

  /** Waits until each shard of a cluster has a leader, as far as each node knows. */
  static void awaitLeaders(List<Integer> ports) throws IOException {
    long deadline = System.nanoTime() + START_NANOS;
    for (int port : ports) {
      Client client = new Client(port);
      try {
        for (int i = 0; i < ENOUGH_FOR_EACH_SHARD; i++) {
          String reply = client.put(i);
          while (reply.startsWith(NO_LEADER) && System.nanoTime() < deadline) {
            reply = client.put(i);
          }
        }
      } finally {
        client.socket.close();
      }
    }
  }

  private static final class Client {
    final Socket socket;
    private final InputStream in;
    private final SplittableRandom random = new SplittableRandom();

    Client(int port) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(PATIENCE);
      in = new BufferedInputStream(socket.getInputStream());
    }

    /** Puts random keys until a time, and returns the latencies. */
    long[] put(long until) throws IOException {
      long[] nanos = new long[1024];
      int puts = 0;
      long start = System.nanoTime();
      while (start < until || puts == 0) {
        String reply = put(random.nextInt(KEYS));
        if (!reply.equals(OK)) {
          throw new IOException("a put got the reply " + reply);
        }
        long end = System.nanoTime();
        if (puts == nanos.length) {
          nanos = Arrays.copyOf(nanos, 2 * puts);
        }
        nanos[puts++] = end - start;
        start = end;
      }
      return Arrays.copyOf(nanos, puts);
    }

    private String put(int number) throws IOException {
      ByteArrayOutputStream request = new ByteArrayOutputStream();
      request.writeBytes(ascii("*3\r\n$3\r\nSET\r\n"));
      string(request, Data.key(number));
      string(request, Data.value(number));
      socket.getOutputStream().write(request.toByteArray());
      return line();
    }

    private static void string(ByteArrayOutputStream request, byte[] bytes) {
      request.writeBytes(ascii("$" + bytes.length + "\r\n"));
      request.writeBytes(bytes);
      request.writeBytes(ascii("\r\n"));
    }

    private static byte[] ascii(String text) {
      return text.getBytes(StandardCharsets.US_ASCII);
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c < 0) {
          throw new EOFException("the server closed the connection");
        }
        line.append((char) c);
      }
      return line.toString().stripTrailing();
    }
  }
}
