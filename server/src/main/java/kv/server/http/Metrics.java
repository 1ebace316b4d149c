/*
 * WHAT THIS FILE IS
 *
 * The numbers as Prometheus collects them: its text format, version 0.0.4.
 *
 *     # HELP kv_keys Live keys.
 *     # TYPE kv_keys gauge
 *     kv_keys 3
 *
 * A counter only grows, until the server is started again; a gauge goes up and down.
 *
 * NOT HERE, AND WHY
 *
 * Prometheus' client library. It counts for programs that do not count yet; here all numbers are
 * there, none has labels, and the format is three lines for each.
 *
 * The segments one by one. Their names change with every merge, and each name would be a series of
 * its own for Prometheus to keep.
 */
package kv.server.http;

import java.util.Locale;

/** Writes numbers down as Prometheus reads them. */
final class Metrics {
  /** The format's media type. */
  static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder text = new StringBuilder();

  private Metrics() {}

  /** A server's numbers. */
  static String of(ServerStats stats) {
    Metrics all = new Metrics();
    all.gauge("kv_keys", "Live keys.", stats.keys());
    all.gauge("kv_live_bytes", "Bytes of records that a get can return.", stats.liveBytes());
    all.gauge("kv_dead_bytes", "Bytes of all other records.", stats.deadBytes());
    all.gauge("kv_segments", "Segments that the log is in.", stats.segments().size());
    all.gauge("kv_merging", "Merges that are going on: 0 or 1.", stats.merging() == null ? 0 : 1);
    all.gauge("kv_store_failed", "Whether writes fail: 0 or 1.", stats.failure() == null ? 0 : 1);
    all.gauge("kv_read_only", "Whether nothing is changed: 0 or 1.", stats.readOnly() ? 1 : 0);
    all.gauge("kv_connections", "Connections that are open, over both ports.", stats.connections());
    all.counter("kv_merges_total", "Outputs of merges.", stats.merges());
    all.counter("kv_merged_bytes_total", "Bytes of records in those.", stats.mergedBytes());
    all.counter("kv_gets_total", "Values asked for.", stats.gets());
    all.counter("kv_puts_total", "Values put.", stats.puts());
    all.counter("kv_deletes_total", "Keys asked to be deleted.", stats.deletes());
    all.counter("kv_errors_total", "Requests answered with an error.", stats.errors());
    all.metric(
        "kv_uptime_seconds",
        "gauge",
        "Seconds since the server was started.",
        String.format(Locale.ROOT, "%.3f", stats.uptimeMillis() / 1e3));
    return all.text.toString();
  }

  private void gauge(String name, String help, long value) {
    metric(name, "gauge", help, String.valueOf(value));
  }

  private void counter(String name, String help, long value) {
    metric(name, "counter", help, String.valueOf(value));
  }

  private void metric(String name, String type, String help, String value) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    text.append(name).append(' ').append(value).append('\n');
  }
}
