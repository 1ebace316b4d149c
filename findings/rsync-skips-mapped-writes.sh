#!/bin/sh
# A backup by rsync that misses what a store wrote through a mapped file.
#
# A program keeps a Chronicle Map in a file. The file is copied with rsync while the map is open,
# the map is changed and closed, and the file is copied again.
#
# Expected: the second copy has the change, since the map was closed before it was made.
#
# Seen with Chronicle Map 2026.1 and rsync 3.5.0, on ext4 and tmpfs, Linux 6.18: the second rsync
# copies nothing and reports success. The copy opens without an error, and has the old value. So it
# does after each later rsync, until something else changes the file's time or length.
#
# Linux sets the time of a mapped file when a page is written for the first time since it was last
# written to the disk. Further stores into the page leave the time as it is, and so do msync, fsync
# and close. The length of such a file is constant. rsync skips a file whose time and length are the
# same. With -c (--checksum), rsync reads all files, and copies this one.
#
# Needs: Linux, rsync, a JDK 17 or newer, Maven and a network for the packages.
# Usage: findings/rsync-skips-mapped-writes.sh
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/pom.xml" <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId>
  <artifactId>finding</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>net.openhft</groupId>
      <artifactId>chronicle-map</artifactId>
      <version>2026.1</version>
      <exclusions>
        <!-- It would report each use over the network. -->
        <exclusion>
          <groupId>net.openhft</groupId>
          <artifactId>chronicle-analytics</artifactId>
        </exclusion>
      </exclusions>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-nop</artifactId>
      <version>2.0.17</version>
    </dependency>
  </dependencies>
</project>
XML
cat > "$folder/Backup.java" <<'JAVA'
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import net.openhft.chronicle.map.ChronicleMap;

public class Backup {
  static ChronicleMap<Long, Long> open(Path file) throws Exception {
    return ChronicleMap.of(Long.class, Long.class)
        .name("map").entries(1_000).createPersistedTo(file.toFile());
  }

  static int rsync(String options, Path from, Path to) throws Exception {
    return new ProcessBuilder("rsync", options, from.toString(), to.toString())
        .inheritIO().start().waitFor();
  }

  /** Returns the value in a copy of the file, because an open changes the file's time. */
  static Long value(Path file) throws Exception {
    Path other = file.resolveSibling("opened");
    Files.copy(file, other, StandardCopyOption.REPLACE_EXISTING);
    try (ChronicleMap<Long, Long> map = open(other)) {
      return map.get(1L);
    }
  }

  public static void main(String[] arguments) throws Exception {
    Path file = Path.of(arguments[0], "map");
    Path copy = Path.of(arguments[0], "copy");
    try (ChronicleMap<Long, Long> map = open(file)) {
      map.put(1L, 1L);
      System.out.println("rsync -a, open: status " + rsync("-a", file, copy));
      Thread.sleep(1_500);
      map.put(1L, 2L);
    }
    System.out.println("rsync -a, closed: status " + rsync("-a", file, copy));
    System.out.println("the file has " + value(file) + ", the copy has " + value(copy));
    System.out.println("rsync -ac, closed: status " + rsync("-ac", file, copy));
    System.out.println("the file has " + value(file) + ", the copy has " + value(copy));
  }
}
JAVA
mvn -B -q -f "$folder/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -Dmdep.outputFile="$folder/classpath"
javac -d "$folder" -cp "$(cat "$folder/classpath")" "$folder/Backup.java"
opened=
for package in java.base/java.lang java.base/java.lang.reflect java.base/java.io java.base/java.nio \
  java.base/java.util java.base/sun.nio.ch jdk.compiler/com.sun.tools.javac; do
  opened="$opened --add-opens=$package=ALL-UNNAMED"
done
for package in java.base/jdk.internal.ref java.base/sun.nio.ch \
  jdk.compiler/com.sun.tools.javac.file jdk.unsupported/sun.misc; do
  opened="$opened --add-exports=$package=ALL-UNNAMED"
done
mkdir "$folder/data"
# shellcheck disable=SC2086 # the options are several words
seen=$(java $opened -cp "$folder:$(cat "$folder/classpath")" Backup "$folder/data" 2> "$folder/errors")
echo "$seen"
expected="rsync -a, open: status 0
rsync -a, closed: status 0
the file has 2, the copy has 1
rsync -ac, closed: status 0
the file has 2, the copy has 2"
if [ "$seen" = "$expected" ]; then
  echo "as described"
else
  echo "not as described: this has changed" >&2
  exit 1
fi
