#!/bin/sh
# The files that the npm package lmdb writes, read with LMDB's own tools and from Java.
#
# A Node.js service keeps its data in LMDB, with the package lmdb. A Java program, or a nightly
# mdb_copy, reads the same directory.
#
# Expected: both read it. The files have LMDB's names, data.mdb and lock.mdb.
#
# Seen with lmdb 3.5.6 (npm), LMDB 0.9.24 (Debian's lmdb-utils) and lmdbjava 0.9.3 (Maven):
#
#   mdb_stat, mdb_copy   MDB_INVALID: File is not an LMDB file
#   lmdbjava             File is not a valid LMDB file
#
# The package contains a changed LMDB. Its header of a page begins with a transaction number of 8
# bytes, so LMDB's magic number, 0xBEEFC0DE, is at offset 24 and not at 16, with format version 2 and
# not 1. As the number is elsewhere, LMDB does not report another version, but another kind of file.
#
# Needs: Node.js 20 or newer, npm, lmdb-utils, a JDK 17 or newer, Maven and a network for the packages.
# Usage: findings/lmdb-npm-writes-another-format.sh
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/package.json" <<'JSON'
{"private": true, "dependencies": {"lmdb": "3.5.6"}}
JSON
cat > "$folder/write.js" <<'JS'
const { open } = require('lmdb');

async function main() {
  const db = open({ path: process.argv[2], encoding: 'string' });
  await db.put('os', 'linux');
  await db.close();
  const again = open({ path: process.argv[2], encoding: 'string' });
  console.log('lmdb: ' + again.get('os'));
  await again.close();
}
main();
JS
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
cat > "$folder/Read.java" <<'JAVA'
import java.nio.file.Path;
import org.lmdbjava.Env;
import org.lmdbjava.LmdbException;

public class Read {
  public static void main(String[] arguments) {
    try {
      Env.create().open(Path.of(arguments[0]).toFile()).close();
      System.out.println("lmdbjava: opened");
    } catch (LmdbException e) {
      System.out.println("lmdbjava: " + e.getMessage());
    }
  }
}
JAVA
(cd "$folder" && npm install --silent --no-audit --no-fund)
mvn -B -q -f "$folder/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -Dmdep.outputFile="$folder/classpath"
javac -d "$folder" -cp "$(cat "$folder/classpath")" "$folder/Read.java"
mkdir "$folder/copy"
seen=$(
  node "$folder/write.js" "$folder/env"
  (cd "$folder/env" && ls)
  od -A n -t x1 -j 24 -N 8 "$folder/env/data.mdb"
  mdb_stat "$folder/env" 2>&1 || echo "mdb_stat: status $?"
  mdb_copy "$folder/env" "$folder/copy" 2>&1 || echo "mdb_copy: status $?"
  java --add-opens java.base/java.nio=ALL-UNNAMED --add-opens java.base/sun.nio.ch=ALL-UNNAMED \
    -cp "$folder:$(cat "$folder/classpath")" Read "$folder/env" 2> "$folder/errors"
)
echo "$seen"
expected="lmdb: linux
data.mdb
lock.mdb
 de c0 ef be 02 00 00 00
mdb_env_open failed, error -30793 MDB_INVALID: File is not an LMDB file
mdb_stat: status 1
mdb_copy: opening environment failed, error -30793 (MDB_INVALID: File is not an LMDB file)
mdb_copy: status 1
lmdbjava: File is not a valid LMDB file (-30793)"
if [ "$seen" = "$expected" ]; then
  echo "as described"
else
  echo "not as described: this has changed" >&2
  exit 1
fi
