#!/bin/sh
# The lock that MapDB keeps after it refused to open a file.
#
# A MapDB file without transactions that was copied while it was open is refused, rightly, and the
# exception names the remedy: DBMaker.checksumHeaderBypass(). The program catches it, and opens the
# file again with that option.
#
# Expected: an open that throws has released the file, so the second open succeeds.
#
# Seen with MapDB 3.1.0:
#
#   open                             DBException.DataCorruption, which names the option
#   open with the option             DBException.FileLocked, in the same process
#   with fileLockDisable() as well   all 1,000 keys
#   with the option, after a GC      all 1,000 keys
#   with the option, new process     all 1,000 keys
#
# The refused open does not close its file, and keeps the lock until the garbage collector comes
# across it. So the second open fails or succeeds by chance.
#
# Needs: a JDK 17 or newer, Maven and a network for the packages.
# Usage: findings/mapdb-refused-open-keeps-the-lock.sh
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
      <groupId>org.mapdb</groupId>
      <artifactId>mapdb</artifactId>
      <version>3.1.0</version>
    </dependency>
  </dependencies>
</project>
XML
cat > "$folder/Refused.java" <<'JAVA'
import java.nio.file.Files;
import java.nio.file.Path;
import org.mapdb.DB;
import org.mapdb.DBMaker;
import org.mapdb.HTreeMap;
import org.mapdb.Serializer;

public class Refused {
  static void report(String name, DBMaker.Maker maker) {
    String outcome;
    try (DB db = maker.make()) {
      outcome = db.hashMap("m", Serializer.INTEGER, Serializer.INTEGER).open().size() + " keys";
    } catch (RuntimeException e) {
      boolean advises = e.getMessage().contains("checksumHeaderBypass()");
      outcome = e.getClass().getSimpleName() + (advises ? ", names the option" : "");
    }
    System.out.println(name + ": " + outcome);
  }

  static DBMaker.Maker file(Path file) {
    return DBMaker.fileDB(file.toFile());
  }

  public static void main(String[] arguments) throws Exception {
    Path copy = Path.of(arguments[0], "copy");
    if (arguments.length > 1) {
      report("new process", file(copy).checksumHeaderBypass());
      return;
    }
    Path original = Path.of(arguments[0], "original");
    try (DB db = file(original).make()) {
      HTreeMap<Integer, Integer> map =
          db.hashMap("m", Serializer.INTEGER, Serializer.INTEGER).create();
      for (int i = 0; i < 1000; i++) {
        map.put(i, i);
      }
      Files.copy(original, copy);
    }
    report("open", file(copy));
    report("with the option", file(copy).checksumHeaderBypass());
    report("without a lock", file(copy).checksumHeaderBypass().fileLockDisable());
    System.gc();
    Thread.sleep(1000);
    report("after a collection", file(copy).checksumHeaderBypass());
  }
}
JAVA
mvn -B -q -f "$folder/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -Dmdep.outputFile="$folder/classpath"
javac -d "$folder" -cp "$(cat "$folder/classpath")" "$folder/Refused.java"
run() {
  java -cp "$folder:$(cat "$folder/classpath")" Refused "$folder" "$@" 2> "$folder/errors"
}
seen=$(run; run again)
echo "$seen"
expected='open: DataCorruption, names the option
with the option: FileLocked
without a lock: 1000 keys
after a collection: 1000 keys
new process: 1000 keys'
if [ "$seen" = "$expected" ]; then
  echo "as described"
else
  echo "not as described: this has changed" >&2
  exit 1
fi
