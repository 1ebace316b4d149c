package kv.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.List;
import kv.engine.Store;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardCommandsTest {
  @TempDir private Path folder;

  /** The old store of a node that has received another one, and its files, would stay otherwise. */
  @Test
  void aThreadThatHasReadDoesNotKeepTheStore() throws Exception {
    WeakReference<ShardStore> store = readAndClose();
    for (int i = 0; i < 100 && store.get() != null; i++) {
      System.gc();
      Thread.sleep(50);
    }
    assertNull(store.get());
  }

  private WeakReference<ShardStore> readAndClose() throws IOException {
    try (ShardStore store = new ShardStore(Store.open(folder))) {
      byte[][] get = {"GET".getBytes(UTF_8), "key".getBytes(UTF_8)};
      List<byte[]> replies =
          new ShardCommands(store).read(new Batch(List.of(new Batch.Command(2, get))));
      assertEquals("$-1\r\n", new String(replies.get(0), UTF_8));
      return new WeakReference<>(store);
    }
  }
}
