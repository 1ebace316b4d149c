#!/bin/sh
# A closed MVStore file that lost its last byte.
#
# A store has five commits of 100 keys each, and is closed. Then the last byte of its file is cut
# off, as by a copy that was interrupted.
#
# Expected: the open is refused, or says that something is missing. The store was closed in an
# orderly way, so this is damage, and not the remains of a write.
#
# Seen with H2 MVStore 2.4.240:
#
#   cut off   keys after the open   length of the file after it
#   nothing   500                   as before
#   1 byte    400                   a block of 4,096 bytes shorter
#   4,097     300                   two blocks shorter
#
# The open returns normally. It looks for the newest chunk that is whole, takes that version for the
# store, and shortens the file to it: the bytes of the newest commit, of which one was missing, are
# deleted. Neither the version nor the map tells the program that 100 keys are gone.
#
# Needs: a JDK 17 or newer, Maven and a network for the packages.
# Usage: findings/mvstore-drops-the-newest-commit.sh
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
      <groupId>com.h2database</groupId>
      <artifactId>h2-mvstore</artifactId>
      <version>2.4.240</version>
    </dependency>
  </dependencies>
</project>
XML
cat > "$folder/Cut.java" <<'JAVA'
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

public class Cut {
  public static void main(String[] arguments) throws Exception {
    Path file = Path.of(arguments[0], "store");
    try (MVStore store = MVStore.open(file.toString())) {
      MVMap<Integer, String> map = store.openMap("map");
      for (int i = 0; i < 500; i++) {
        map.put(i, "value " + i);
        if (i % 100 == 99) {
          store.commit();
        }
      }
    }
    byte[] whole = Files.readAllBytes(file);
    for (int cut : new int[] {0, 1, 4097}) {
      Path copy = Path.of(arguments[0], "cut-" + cut);
      Files.write(copy, Arrays.copyOf(whole, whole.length - cut));
      String found;
      try (MVStore store = MVStore.open(copy.toString())) {
        found = store.openMap("map").size() + " keys";
      } catch (RuntimeException e) {
        found = e.getClass().getSimpleName();
      }
      long blocks = (whole.length - Files.size(copy)) / 4096;
      System.out.println(cut + " bytes cut off: " + found + ", " + blocks + " blocks shorter");
    }
  }
}
JAVA
mvn -B -q -f "$folder/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -Dmdep.outputFile="$folder/classpath"
javac -d "$folder" -cp "$(cat "$folder/classpath")" "$folder/Cut.java"
seen=$(java -cp "$folder:$(cat "$folder/classpath")" Cut "$folder")
echo "$seen"
expected='0 bytes cut off: 500 keys, 0 blocks shorter
1 bytes cut off: 400 keys, 1 blocks shorter
4097 bytes cut off: 300 keys, 2 blocks shorter'
if [ "$seen" = "$expected" ]; then
  echo "as described"
else
  echo "not as described: this has changed" >&2
  exit 1
fi
