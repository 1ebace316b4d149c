#!/bin/sh
# The commands that Redisson sends for the simplest calls.
#
# An RBucket is one value. Redis has a command for each of the calls used here, except for
# compareAndSet.
#
# Expected: Redisson sends that command.
#
# Seen with Redisson 4.7.0 and Redis 7.0.15, by INFO commandstats:
#
#   set               SET
#   get               GET
#   getAndSet         GETSET
#   setIfAbsent       SETNX
#   delete            DEL
#   getAndDelete      EVALSHA or EVAL, and not GETDEL, which Redis has since 6.2
#   compareAndSet     EVALSHA or EVAL
#
# So getAndDelete and compareAndSet fail with a server or a proxy without scripts, or as a user who
# may not run them. Redisson also sends EVAL when it connects, before any call. It does not send
# HELLO: unlike Jedis 8 and Lettuce 7, Redisson speaks RESP2 unless it is configured for RESP3.
#
# Needs: a JDK 17 or newer, Maven and a network for the package, redis-server and redis-cli 7.0.15.
# Usage: findings/redisson-sends-scripts.sh
set -eu
folder=$(mktemp -d)
port=$((20000 + $$ % 20000))
redis-server --port "$port" --bind 127.0.0.1 --save "" --dir "$folder" > "$folder/redis.log" &
redis=$!
trap 'kill $redis 2> /dev/null; wait 2> /dev/null || true; rm -rf "$folder"' EXIT
cat > "$folder/pom.xml" <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId>
  <artifactId>finding</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.redisson</groupId>
      <artifactId>redisson</artifactId>
      <version>4.7.0</version>
    </dependency>
  </dependencies>
</project>
XML
cat > "$folder/Sent.java" <<'JAVA'
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.redisson.Redisson;
import org.redisson.api.RBucket;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

public class Sent {
  static String port;

  static Map<String, Long> calls() throws Exception {
    Process cli = new ProcessBuilder("redis-cli", "-p", port, "info", "commandstats").start();
    String text = new String(cli.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Map<String, Long> calls = new TreeMap<>();
    for (String line : text.split("\r?\n")) {
      if (line.startsWith("cmdstat_")) {
        String name = line.substring("cmdstat_".length(), line.indexOf(':'));
        calls.put(name, Long.parseLong(line.replaceAll("[^=]*=(\\d+),.*", "$1")));
      }
    }
    return calls;
  }

  static void report(String name, Runnable call) throws Exception {
    Map<String, Long> before = calls();
    call.run();
    TreeSet<String> sent = new TreeSet<>();
    calls().forEach((command, n) -> {
      if (n > before.getOrDefault(command, 0L) && !command.matches("info|ping|get#.*")) {
        // EVALSHA sends a script's hash, EVAL the script. The script's own calls are counted too.
        sent.add(command.startsWith("eval") ? "a script" : command);
      }
    });
    System.out.println(name + ": " + (sent.contains("a script") ? "a script" : String.join(" ", sent)));
  }

  public static void main(String[] arguments) throws Exception {
    port = arguments[0];
    Config config = new Config();
    config.useSingleServer().setAddress("redis://127.0.0.1:" + port)
        .setConnectionMinimumIdleSize(1).setConnectionPoolSize(1).setPingConnectionInterval(0);
    RedissonClient redisson = Redisson.create(config);
    TimeUnit.SECONDS.sleep(1);
    System.out.println("connecting sends eval: " + calls().containsKey("eval"));
    System.out.println("connecting sends hello: " + calls().containsKey("hello"));
    RBucket<String> bucket = redisson.getBucket("k", StringCodec.INSTANCE);
    report("set", () -> bucket.set("1"));
    report("get", bucket::get);
    report("getAndSet", () -> bucket.getAndSet("2"));
    report("setIfAbsent", () -> bucket.setIfAbsent("3"));
    report("compareAndSet", () -> bucket.compareAndSet("2", "4"));
    report("getAndDelete", bucket::getAndDelete);
    report("delete", bucket::delete);
    redisson.shutdown();
    System.exit(0);
  }
}
JAVA
mvn -B -q -f "$folder/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -Dmdep.outputFile="$folder/classpath"
javac -d "$folder" -cp "$(cat "$folder/classpath")" "$folder/Sent.java"
seen=$(java -cp "$folder:$(cat "$folder/classpath")" Sent "$port" 2> "$folder/errors")
redis-server --version | cut -d ' ' -f 3
echo "$seen"
expected='connecting sends eval: true
connecting sends hello: false
set: set
get: get
getAndSet: getset
setIfAbsent: setnx
compareAndSet: a script
getAndDelete: a script
delete: del'
if [ "$seen" = "$expected" ]; then
  echo "as described"
else
  echo "not as described: this has changed" >&2
  exit 1
fi
