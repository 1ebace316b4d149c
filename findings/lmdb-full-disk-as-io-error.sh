#!/bin/sh
# The error with which LMDB reports a full disk.
#
# A program puts values until the disk is full. It tells a full disk, which can be cleaned up,
# from a broken one by the error: ENOSPC or EIO.
#
# Expected: ENOSPC, "No space left on device".
#
# Seen with LMDB, lmdbjava 0.9.3, on a tmpfs of 8 MiB:
#
#   values of  4,000 bytes   ENOSPC, for each put from then on
#   values of 10,000 bytes   EIO, "Input/output error", for each put from then on
#
# A value of 10,000 bytes takes three pages, which are written with one call. If one or two of them
# still fit, the system writes these and returns their length, which is not an error. LMDB reports
# the short write as EIO. The next put does the same. No value that was put before is lost.
#
# Needs: Linux with user namespaces (unshare -rm), a JDK 17 or newer, Maven and a network for the
# packages.
# Usage: findings/lmdb-full-disk-as-io-error.sh
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
      <groupId>org.lmdbjava</groupId>
      <artifactId>lmdbjava</artifactId>
      <version>0.9.3</version>
    </dependency>
  </dependencies>
</project>
XML
cat > "$folder/FullDisk.java" <<'JAVA'
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.LmdbException;
import org.lmdbjava.Txn;

public class FullDisk {
  static ByteBuffer bytes(int length, int number) {
    return ByteBuffer.allocateDirect(length).putInt(0, number);
  }

  static void put(Dbi<ByteBuffer> db, int length, int number) {
    try {
      db.put(bytes(8, number), bytes(length, number));
      System.out.println("a put returns");
    } catch (LmdbException e) {
      System.out.println("a put fails: " + e.getMessage());
    }
  }

  public static void main(String[] arguments) throws Exception {
    int length = Integer.parseInt(arguments[1]);
    try (Env<ByteBuffer> env =
        Env.create().setMapSize(256L << 20).setMaxDbs(1).open(Path.of(arguments[0]).toFile())) {
      Dbi<ByteBuffer> db = env.openDbi("db", DbiFlags.MDB_CREATE);
      int puts = 0;
      try {
        while (true) {
          db.put(bytes(8, puts), bytes(length, puts));
          puts++;
        }
      } catch (LmdbException e) {
        System.out.println("values of " + length + ": " + e.getMessage());
      }
      put(db, length, puts);
      int lost = 0;
      try (Txn<ByteBuffer> txn = env.txnRead()) {
        for (int i = 0; i < puts; i++) {
          lost += db.get(txn, bytes(8, i)) == null ? 1 : 0;
        }
      }
      System.out.println("lost: " + lost);
    }
  }
}
JAVA
mvn -B -q -f "$folder/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -Dmdep.outputFile="$folder/classpath"
javac -d "$folder" -cp "$(cat "$folder/classpath")" "$folder/FullDisk.java"
run() {
  mkdir "$folder/disk$1"
  unshare -rm sh -c '
    mount -t tmpfs -o size=8m none "$1"
    exec java --add-opens java.base/java.nio=ALL-UNNAMED \
      --add-opens java.base/sun.nio.ch=ALL-UNNAMED -cp "$2" FullDisk "$1" "$3"' \
    sh "$folder/disk$1" "$folder:$(cat "$folder/classpath")" "$1" 2> "$folder/errors"
}
seen=$(run 4000; run 10000)
echo "$seen"
code='Platform constant error code:'
expected="values of 4000: $code ENOSPC No space left on device (28)
a put fails: $code ENOSPC No space left on device (28)
lost: 0
values of 10000: $code EIO Input/output error (5)
a put fails: $code EIO Input/output error (5)
lost: 0"
if [ "$seen" = "$expected" ]; then
  echo "as described"
else
  echo "not as described: this has changed" >&2
  exit 1
fi
