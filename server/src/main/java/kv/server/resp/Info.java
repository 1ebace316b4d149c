/*
 * WHAT THIS FILE IS
 *
 * The text of INFO: numbers for people, and for programs that monitor a Redis. It has Redis's
 * fields that such programs read and that have a meaning here, and some fields of this store.
 *
 *     # Clients
 *     connected_clients:2
 *     ...
 */
package kv.server.resp;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import kv.server.core.Counters;
import kv.server.core.ServerContext;
import kv.server.core.Snapshots;
import kv.server.core.StoreStats;

/** The text of INFO. Used on the event loop only. */
final class Info {
  /** The version of Redis with these commands: some clients check it before they use one. */
  static final String VERSION = "7.0.0";

  /** Linux's unit of CPU time for programs: ticks in a second. */
  private static final double TICKS = 100;

  private static final MemoryMXBean MEMORY = ManagementFactory.getMemoryMXBean();

  private final ServerContext server;

  /** A random number with the length of Redis's: some tools use it to notice a restart. */
  private final String runId;

  private final Map<String, Supplier<Map<String, Object>>> sections = new LinkedHashMap<>();

  Info(ServerContext server) {
    this.server = server;
    byte[] random = new byte[20];
    new SecureRandom().nextBytes(random);
    this.runId = HexFormat.of().formatHex(random);
    sections.put("Server", this::server);
    sections.put("Clients", this::clients);
    sections.put("Memory", this::memory);
    sections.put("Persistence", this::persistence);
    sections.put("Stats", this::stats);
    sections.put("Replication", this::replication);
    sections.put("CPU", this::cpu);
    sections.put("Cluster", () -> fields("cluster_enabled", 0));
    sections.put("Keyspace", this::keyspace);
  }

  /**
   * Returns sections of the text, each once and in a fixed order.
   *
   * @param wanted names in lower case; none for all sections; unknown names are ignored
   */
  String text(Collection<String> wanted) {
    boolean all =
        wanted.isEmpty() || !Collections.disjoint(wanted, List.of("all", "default", "everything"));
    List<String> texts = new ArrayList<>();
    sections.forEach(
        (name, fields) -> {
          if (all || wanted.contains(name.toLowerCase(Locale.ROOT))) {
            StringBuilder text = new StringBuilder("# " + name + "\r\n");
            fields.get().forEach((field, value) -> text.append(line(field, value)));
            texts.add(text.toString());
          }
        });
    return String.join("\r\n", texts);
  }

  /** Returns a line. A message can have any characters; in the reply each is a byte. */
  private static String line(String field, Object value) {
    String oneLine = String.valueOf(value).replace('\r', ' ').replace('\n', ' ');
    return field + ":" + Ascii.text(oneLine.getBytes(StandardCharsets.UTF_8)) + "\r\n";
  }

  /** Returns a map of alternating names and values, without the names whose value is null. */
  private static Map<String, Object> fields(Object... namesAndValues) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      if (namesAndValues[i + 1] != null) {
        fields.put((String) namesAndValues[i], namesAndValues[i + 1]);
      }
    }
    return fields;
  }

  private Map<String, Object> server() {
    Duration uptime = server.uptime();
    return fields(
        "redis_version", VERSION,
        "redis_mode", "standalone",
        "os", System.getProperty("os.name") + " " + System.getProperty("os.version"),
        "arch_bits", 64,
        "java_version", Runtime.version(),
        "process_id", ProcessHandle.current().pid(),
        "run_id", runId,
        "tcp_port", server.respPort(),
        "http_port", server.httpPort(),
        "uptime_in_seconds", uptime.toSeconds(),
        "uptime_in_days", uptime.toDays());
  }

  private Map<String, Object> clients() {
    return fields(
        "connected_clients", server.connections().size(),
        "maxclients", server.maxConnections(),
        "blocked_clients", 0);
  }

  /** The heap is the JVM's memory for objects; the mapped log is not part of it. */
  private Map<String, Object> memory() {
    long used = MEMORY.getHeapMemoryUsage().getUsed();
    return fields(
        "used_memory", used,
        "used_memory_human", String.format(Locale.ROOT, "%.2fM", used / 1048576.0),
        "maxmemory", 0,
        "maxmemory_human", "0B",
        "maxmemory_policy", "noeviction",
        "heap_limit", Runtime.getRuntime().maxMemory(),
        "client_buffers", server.budget().used(),
        "client_buffers_limit", server.budget().limit(),
        "evicted_clients", server.budget().evictions());
  }

  private Map<String, Object> persistence() {
    StoreStats stats = server.store().stats();
    IOException failure = server.store().failure();
    Snapshots snapshots = server.snapshots();
    return fields(
        "store", server.store().name(),
        "loading", 0,
        "aof_enabled", 1,
        "appendfsync", server.settings().sync(),
        "read_only", server.settings().readOnly() ? 1 : 0,
        "aof_last_write_status", failure == null ? "ok" : "err",
        "store_failure", failure == null ? "" : failure.getMessage(),
        "rdb_last_save_time", snapshots.last().time(),
        "rdb_last_bgsave_status", snapshots.failure() == null ? "ok" : "err",
        "last_snapshot", snapshots.last().name(),
        "segments", stats.files(),
        "live_bytes", stats.liveBytes(),
        "dead_bytes", stats.deadBytes(),
        "merges", stats.merges(),
        "merged_bytes", stats.mergedBytes());
  }

  private Map<String, Object> stats() {
    Counters counters = server.counters();
    return fields(
        "total_connections_received", counters.connections(),
        "total_commands_processed", counters.commands(),
        "instantaneous_ops_per_sec", counters.commandsPerSecond(),
        "gets", counters.gets(),
        "puts", counters.puts(),
        "deletes", counters.deletes(),
        "expired_keys", 0,
        "evicted_keys", 0,
        "total_error_replies", counters.errors());
  }

  private Map<String, Object> replication() {
    if (server.remote() != null) {
      return server.remote().replication();
    }
    return fields(
        "role", "master", "connected_slaves", 0, "master_replid", runId, "master_repl_offset", 0);
  }

  /** On Linux, system and user time; on other systems the JVM only knows the sum. */
  private Map<String, Object> cpu() {
    double system = 0;
    double user =
        ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1e3;
    try {
      String stat = Files.readString(Path.of("/proc/self/stat"));
      // After the program's name, which ends at the last bracket: the state, and then numbers.
      String[] numbers = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      user = Long.parseLong(numbers[11]) / TICKS;
      system = Long.parseLong(numbers[12]) / TICKS;
    } catch (IOException | RuntimeException e) {
      // Not Linux.
    }
    return fields(
        "used_cpu_sys",
        String.format(Locale.ROOT, "%.6f", system),
        "used_cpu_user",
        String.format(Locale.ROOT, "%.6f", user),
        "used_cpu_sys_children",
        "0.000000",
        "used_cpu_user_children",
        "0.000000");
  }

  /** As in Redis, a database without keys is not listed. */
  private Map<String, Object> keyspace() {
    long keys = server.store().stats().keys();
    return keys == 0 ? Map.of() : fields("db0", "keys=" + keys + ",expires=0,avg_ttl=0");
  }
}
