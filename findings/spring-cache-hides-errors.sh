#!/bin/sh
# The way Spring's cache hides that the server refuses a write.
#
# A Redis that demands a replica for each write (min-replicas-to-write 1) refuses every write with
# NOREPLICAS, and answers reads. A Spring cache with a time to live of one minute uses this Redis.
#
# Expected: a refused put throws, as in RedisTemplate.
#
# Seen with spring-data-redis 4.1.2 and Lettuce 7.7.0, with Redis 7.0.15:
#
#   put              returns; nothing is cached, and the caller learns of no error
#   evict, clear     return
#   putIfAbsent      throws, in the same cache
#   get with loader  throws, although the loader made the value
#   put              throws if the writer was made with immediateWrites()
#
# The default writer sends put, evict and clear without waiting for the reply, and drops its error.
# So a cache that never stores anything looks like a cache whose entries are always missing.
#
# The cache also sends the same time to live in two forms: put sends PX 60000, putIfAbsent EX 60.
#
# Needs: a JDK 17 or newer, Maven and a network for the packages, redis-server and redis-cli 7.0.15.
# Usage: findings/spring-cache-hides-errors.sh
set -eu
folder=$(mktemp -d)
port=$((20000 + $$ % 20000))
redis-server --port "$port" --bind 127.0.0.1 --save "" --dir "$folder" > "$folder/redis.log" &
redis=$!
monitor=
trap 'kill $redis $monitor 2> /dev/null; wait 2> /dev/null || true; rm -rf "$folder"' EXIT
cat > "$folder/pom.xml" <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId>
  <artifactId>finding</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.springframework.data</groupId>
      <artifactId>spring-data-redis</artifactId>
      <version>4.1.2</version>
    </dependency>
    <dependency>
      <groupId>io.lettuce</groupId>
      <artifactId>lettuce-core</artifactId>
      <version>7.7.0.RELEASE</version>
    </dependency>
  </dependencies>
</project>
XML
cat > "$folder/Hidden.java" <<'JAVA'
import java.time.Duration;
import org.springframework.cache.Cache;
import org.springframework.data.redis.cache.RedisCacheConfiguration;
import org.springframework.data.redis.cache.RedisCacheManager;
import org.springframework.data.redis.cache.RedisCacheWriter;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

public class Hidden {
  interface Call {
    void run() throws Exception;
  }

  static void report(String name, Call call) {
    String outcome = "returns";
    try {
      call.run();
    } catch (Exception e) {
      outcome = "throws";
    }
    System.out.println(name + ": " + outcome);
  }

  static Cache cache(RedisCacheWriter writer) {
    RedisCacheConfiguration minute =
        RedisCacheConfiguration.defaultCacheConfig().entryTtl(Duration.ofMinutes(1));
    return RedisCacheManager.builder(writer).cacheDefaults(minute).build().getCache("things");
  }

  public static void main(String[] arguments) throws Exception {
    LettuceConnectionFactory server =
        new LettuceConnectionFactory("127.0.0.1", Integer.parseInt(arguments[0]));
    server.afterPropertiesSet();
    server.start();
    Cache cache = cache(RedisCacheWriter.nonLockingRedisCacheWriter(server));
    Cache strict = cache(RedisCacheWriter.create(server, config -> config.immediateWrites()));
    report("put", () -> cache.put("put", "value"));
    // The cache does not wait for the reply to the put, but the next line needs its effect.
    Thread.sleep(500);
    System.out.println("then get: " + (cache.get("put") == null ? "nothing" : "the value"));
    report("evict", () -> cache.evict("put"));
    report("clear", cache::clear);
    report("putIfAbsent", () -> cache.putIfAbsent("absent", "value"));
    report("get with loader", () -> cache.get("loaded", () -> "value"));
    report("put with immediateWrites", () -> strict.put("strict", "value"));
    server.destroy();
    System.exit(0);
  }
}
JAVA
mvn -B -q -f "$folder/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -Dmdep.outputFile="$folder/classpath"
javac -d "$folder" -cp "$(cat "$folder/classpath")" "$folder/Hidden.java"
run() {
  java -cp "$folder:$(cat "$folder/classpath")" Hidden "$port" 2> "$folder/errors"
}
redis-cli -p "$port" config set min-replicas-to-write 1 > /dev/null
refused=$(run)
redis-cli -p "$port" config set min-replicas-to-write 0 > /dev/null
redis-cli -p "$port" monitor > "$folder/monitor" &
monitor=$!
sleep 1
accepted=$(run)
sleep 1
forms=$(grep -o '"SET" "things::[a-z]*".*' "$folder/monitor" | grep -E '::(put|absent)"' |
  grep -o -E '"(put|absent|things::put|things::absent)"|"[PE]X" "[0-9]*"' | tr -d '"' | tr '\n' ' ')
redis-server --version | cut -d ' ' -f 3
echo "refused:"
echo "$refused"
echo "accepted:"
echo "$accepted"
echo "sent: $forms"
expected_refused='put: returns
then get: nothing
evict: returns
clear: returns
putIfAbsent: throws
get with loader: throws
put with immediateWrites: throws'
expected_forms='things::put PX 60000 things::absent EX 60 '
if [ "$refused" = "$expected_refused" ] && [ "$forms" = "$expected_forms" ]; then
  echo "as described"
else
  echo "not as described: this has changed" >&2
  exit 1
fi
