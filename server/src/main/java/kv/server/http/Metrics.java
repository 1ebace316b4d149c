/*
 * WHAT THIS FILE IS
 *
 * The numbers for Prometheus, in its text format, version 0.0.4.
 *
 *     # HELP kv_keys Live keys.
 *     # TYPE kv_keys gauge
 *     kv_keys 3
 *
 * A counter only grows, until a restart of the server; a gauge goes up and down.
 *
 * NOT HERE, AND WHY
 *
 * Prometheus' client library. It counts for programs that do not count yet. Here all numbers exist
 * already, none has labels, and the format is three lines for each.
 *
 * The segments one by one. Their names change with every merge, and Prometheus would keep a series
 * for each name.
 */
package kv.server.http;

import java.util.Locale;
import java.util.Map;

/** Writes numbers in the format of Prometheus. */
final class Metrics {
  /** The format's media type. */
  static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder text = new StringBuilder();

  private Metrics() {}

  /**
   * Returns the numbers of a node of a cluster as text.
   *
   * @param replication the fields of INFO's section Replication; the numbers of the cluster are
   *     those whose names begin with {@code cluster_}
   */
  static String of(ServerStats stats, Map<String, Object> replication) {
    Metrics cluster = new Metrics();
    replication.forEach(
        (name, value) -> {
          if (name.startsWith("cluster_") && value instanceof Number number) {
            cluster.gauge("kv_" + name, "As " + name + " of INFO.", number.longValue());
          }
        });
    return of(stats) + cluster.text;
  }

  /** Returns a server's numbers as text. */
  static String of(ServerStats stats) {
    Metrics all = new Metrics();
    all.gauge("kv_keys", "Live keys.", stats.keys());
    all.gauge("kv_live_bytes", "Bytes of records that a get can return.", stats.liveBytes());
    all.gauge("kv_dead_bytes", "Bytes of all other records.", stats.deadBytes());
    all.gauge("kv_segments", "Segments of the log.", stats.files());
    all.gauge("kv_merging", "Merges in progress: 0 or 1.", stats.merging() == null ? 0 : 1);
    all.gauge(
        "kv_store_failed",
        "Whether the store failed and refuses writes: 0 or 1.",
        stats.failure() == null ? 0 : 1);
    all.gauge(
        "kv_read_only",
        "Whether the server was started with --read-only: 0 or 1.",
        stats.readOnly() ? 1 : 0);
    all.gauge("kv_connections", "Open connections, over both ports.", stats.connections());
    all.counter("kv_merges_total", "Outputs of merges.", stats.merges());
    all.counter(
        "kv_merged_bytes_total", "Bytes of records in the outputs of merges.", stats.mergedBytes());
    all.counter("kv_gets_total", "Keys read.", stats.gets());
    all.counter("kv_puts_total", "Keys put.", stats.puts());
    all.counter("kv_deletes_total", "Keys that clients asked to delete.", stats.deletes());
    all.counter("kv_errors_total", "Requests answered with an error.", stats.errors());
    all.metric(
        "kv_uptime_seconds",
        "gauge",
        "Seconds since the server started.",
        String.format(Locale.ROOT, "%.3f", stats.uptimeMillis() / 1e3));
    return all.text.toString();
  }

  private void gauge(String name, String help, long value) {
    metric(name, "gauge", help, String.valueOf(value));
  }

  /** Adds a counter, unless the value is null: the store does not report it. */
  private void counter(String name, String help, Long value) {
    if (value != null) {
      metric(name, "counter", help, String.valueOf(value));
    }
  }

  private void metric(String name, String type, String help, String value) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    text.append(name).append(' ').append(value).append('\n');
  }
}
