#!/bin/sh
# The place where a JVM reports that a store to a mapped file failed.
#
# A program maps a file and stores to a page that the file no longer contains. Here the file was
# truncated; a full copy-on-write disk or an error of the disk makes a page unavailable in the same
# way. The JVM throws an InternalError.
#
# Expected: the store throws the error.
#
# Seen in compiled code:
#
#   JDK 17  The store returns. Unrelated code throws the error, later in the same thread. A lock or
#           a yield does not throw it. The allocation of an array of arrays whose sizes the compiler
#           does not know throws it each time.
#   JDK 25  The store throws the error.
#
# Needs: a JDK 17 or 25 as JAVA_HOME or in the PATH, and a POSIX system. No packages, no root.
# Usage: findings/late-map-faults.sh
set -eu
java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/Late.java" <<'JAVA'
import java.io.RandomAccessFile;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;

public class Late {
  static final int ROUNDS = 1000;
  static int one = 1;
  static Object sink;
  static int thrownAtTheStore, byAllocation, byLockOrYield;

  static void store(MappedByteBuffer map, int at, byte value) {
    map.put(at, value);
  }

  static void round(MappedByteBuffer map, byte value) {
    boolean thrown = false;
    try {
      store(map, 8192, value);
    } catch (InternalError e) {
      thrownAtTheStore++;
      thrown = true;
    }
    if (!thrown) {
      try {
        Thread.yield();
        synchronized (map) {
          sink = map;
        }
      } catch (InternalError e) {
        byLockOrYield++;
        thrown = true;
      }
    }
    if (!thrown) {
      try {
        sink = new int[one][one];
      } catch (InternalError e) {
        byAllocation++;
      }
    }
  }

  public static void main(String[] arguments) throws Exception {
    Path file = Files.createTempFile("late", ".bin");
    try (RandomAccessFile writer = new RandomAccessFile(file.toFile(), "rw")) {
      writer.setLength(16384);
      MappedByteBuffer map = writer.getChannel().map(MapMode.READ_WRITE, 0, 16384);
      for (int i = 0; i < 200_000; i++) {
        store(map, 8192, (byte) i);
      }
      for (int i = 0; i < 50_000; i++) {
        round(map, (byte) i);
      }
      writer.setLength(4096);
      for (int i = 0; i < ROUNDS; i++) {
        round(map, (byte) (i | 1));
      }
    }
    Files.delete(file);
    System.out.println("thrown at the store: " + (thrownAtTheStore > 0.9 * ROUNDS));
    System.out.println("thrown by a lock or a yield: " + (byLockOrYield > 0.1 * ROUNDS));
    System.out.println("thrown by new int[n][n]: " + (byAllocation > 0.9 * ROUNDS));
  }
}
JAVA
version=$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.specification.version = //p')
case $version in
  17) expected='thrown at the store: false
thrown by a lock or a yield: false
thrown by new int[n][n]: true' ;;
  25) expected='thrown at the store: true
thrown by a lock or a yield: false
thrown by new int[n][n]: false' ;;
  *) echo "this is JDK $version; set JAVA_HOME to JDK 17 or 25" >&2; exit 2 ;;
esac
seen=$("$java" "$folder/Late.java")
echo "JDK $version:"
echo "$seen"
if [ "$seen" != "$expected" ]; then
  echo "This has changed. Seen before:" >&2
  echo "$expected" >&2
  exit 1
fi
