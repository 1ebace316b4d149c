#!/bin/sh
# The space that an Xodus environment takes after it was compacted.
#
# An environment has 20,000 pairs, each overwritten 19 times, so a twentieth of its files is live.
# It is opened with setEnvCompactOnOpen(true), which copies the live pairs into new files.
#
# Expected: the old files are deleted, and the directory is a twentieth as large. The setting
# gcRenameFiles, which keeps the files that the collector is done with, is false.
#
# Seen with Xodus 2.0.1, in kilobytes:
#
#                                 .xd      .del
#   filled                     10,023         0
#   opened with the setting       508    10,023
#   closed                        508    10,023
#   opened without it             508    10,023
#
# The old files get the extension .del, and no later open or close deletes them: the directory is
# larger than before. They can be deleted by hand while the environment is closed.
#
# Needs: a JDK 17 or newer, Maven and a network for the packages.
# Usage: findings/xodus-compaction-frees-nothing.sh
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
      <groupId>org.jetbrains.xodus</groupId>
      <artifactId>xodus-environment</artifactId>
      <version>2.0.1</version>
    </dependency>
  </dependencies>
</project>
XML
cat > "$folder/Compact.java" <<'JAVA'
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.stream.Stream;
import jetbrains.exodus.bindings.IntegerBinding;
import jetbrains.exodus.bindings.StringBinding;
import jetbrains.exodus.env.Environment;
import jetbrains.exodus.env.EnvironmentConfig;
import jetbrains.exodus.env.Environments;
import jetbrains.exodus.env.Store;
import jetbrains.exodus.env.StoreConfig;

public class Compact {
  static long kilobytes(Path directory, String extension) throws Exception {
    try (Stream<Path> files = Files.list(directory)) {
      return files
              .filter(file -> file.toString().endsWith(extension))
              .mapToLong(file -> file.toFile().length())
              .sum()
          / 1000;
    }
  }

  static void report(String state, Path directory) throws Exception {
    System.out.printf(
        "%s: %d live, %d old%n", state, kilobytes(directory, ".xd"), kilobytes(directory, ".del"));
  }

  static Environment open(Path directory, Function<EnvironmentConfig, EnvironmentConfig> change) {
    EnvironmentConfig config = new EnvironmentConfig().setLogFileSize(1024);
    return Environments.newInstance(directory.toFile(), change.apply(config));
  }

  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    Environment filled = open(directory, config -> config.setGcEnabled(false));
    Store store =
        filled.computeInTransaction(
            t -> filled.openStore("store", StoreConfig.WITHOUT_DUPLICATES, t));
    for (int round = 0; round < 20; round++) {
      String value = "value " + round + " ";
      filled.executeInTransaction(
          t -> {
            for (int i = 0; i < 20_000; i++) {
              store.put(t, IntegerBinding.intToEntry(i), StringBinding.stringToEntry(value + i));
            }
          });
    }
    filled.close();
    report("filled", directory);
    Environment compacted = open(directory, config -> config.setEnvCompactOnOpen(true));
    System.out.println();
    System.out.println("renames: " + compacted.getEnvironmentConfig().getGcRenameFiles());
    Thread.sleep(3000);
    report("opened with the setting", directory);
    compacted.close();
    report("closed", directory);
    Environment again = open(directory, config -> config);
    Thread.sleep(3000);
    report("opened without it", directory);
    again.close();
    System.exit(0);
  }
}
JAVA
mvn -B -q -f "$folder/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -Dmdep.outputFile="$folder/classpath"
javac -d "$folder" -cp "$(cat "$folder/classpath")" "$folder/Compact.java"
mkdir "$folder/environment"
seen=$(java -cp "$folder:$(cat "$folder/classpath")" Compact "$folder/environment" \
  2> "$folder/errors" | grep -E '^[a-z ]+: ')
echo "$seen"
expected='filled: 10023 live, 0 old
renames: false
opened with the setting: 508 live, 10023 old
closed: 508 live, 10023 old
opened without it: 508 live, 10023 old'
if [ "$seen" = "$expected" ]; then
  echo "as described"
else
  echo "not as described: this has changed" >&2
  exit 1
fi
