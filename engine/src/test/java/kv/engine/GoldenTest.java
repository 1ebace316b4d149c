package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Directories written by earlier builds and by the steps open with all of their contents. */
class GoldenTest extends StoreFixture {
  private static final Map<String, String> STATE =
      Map.of(
          "os",
          "plan 9",
          "",
          "no key",
          "empty",
          "",
          "\0,\n\u00ff",
          "zero, comma, newline, 255",
          "big",
          "x".repeat(1000));

  private void copy(String golden) throws IOException, URISyntaxException {
    Path from = Path.of(GoldenTest.class.getResource("/golden/" + golden).toURI());
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.write(directory.resolve(file.getFileName().toString()), Files.readAllBytes(file));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"version-1", "version-2", "step5-merge", "step4-compaction"})
  void aDirectoryOfAnEarlierBuildOpensAndCanBeMerged(String golden) throws Exception {
    copy(golden);

    try (Store store = Store.open(directory, QUIET)) {
      assertEquals(STATE, state(store));
      assertNull(store.get(bytes("editor")));
      store.put(bytes("os"), bytes("bsd"));
      store.merge();
    }
    try (Store store = Store.open(directory, QUIET)) {
      assertEquals("bsd", text(store.get(bytes("os"))));
      assertEquals(STATE.size(), state(store).size());
      assertNull(store.get(bytes("editor")));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"version-1", "version-2", "step5-merge"})
  void aDirectoryOfAnEarlierBuildOpensReadOnly(String golden) throws Exception {
    copy(golden);
    Map<String, ?> before = files();

    try (Store store = Store.open(directory, QUIET.withReadOnly(true))) {
      assertEquals(STATE, state(store));
    }
    assertEquals(before, files());
  }
}
