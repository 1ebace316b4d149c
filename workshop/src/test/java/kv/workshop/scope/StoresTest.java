package kv.workshop.scope;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The list of stores has a fixed order. */
class StoresTest {
  @TempDir private Path project;

  private void write(String id) throws Exception {
    try (var step3 = kv.step3.Store.open(project.resolve(id))) {
      step3.put("os".getBytes(UTF_8), "mac".getBytes(UTF_8));
    }
  }

  private List<String> ids(Optional<Path> chosen) throws Exception {
    return new Stores(project, chosen).list().stream().map(Stores.Found::id).toList();
  }

  @Test
  void theChosenStoreComesFirstThenTheDemoThenTheOthersById() throws Exception {
    for (String id : List.of("flipped", "zebra", "demo", "3.1", "copy", "apple")) {
      write("work/" + id);
    }
    List<String> others =
        List.of("work/3.1", "work/apple", "work/copy", "work/flipped", "work/zebra");
    assertEquals("work/demo", ids(Optional.empty()).get(0));
    assertEquals(others, ids(Optional.empty()).subList(1, 6));
    List<String> withChosen = ids(Optional.of(project.resolve("work/zebra")));
    assertEquals(List.of("work/zebra", "work/demo", "work/3.1"), withChosen.subList(0, 3));
    assertEquals(6, withChosen.size());
  }
}
