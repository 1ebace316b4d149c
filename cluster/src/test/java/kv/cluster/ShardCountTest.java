package kv.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardCountTest {
  @TempDir private Path folder;

  @Test
  void aNumberThatAFullDiskTookIsWrittenAgain() throws IOException {
    Path file = Files.createFile(folder.resolve("cluster.properties"));

    Node.ShardCount.check(folder, 3);

    assertEquals("shards=3\n", Files.readString(file));
  }
}
