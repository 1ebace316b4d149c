package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The names of the files, and so the store, do not depend on the locale. */
class LocaleTest extends StoreFixture {
  /** Puts enough for some segments, merges them, and returns the printed number of pairs. */
  private List<String> putInLocale(String language, String country, int first) throws IOException {
    List<String> command = ChildJvm.command(PutAndMerge.class, directory, first);
    command.addAll(1, List.of("-Duser.language=" + language, "-Duser.country=" + country));
    return ChildJvm.lines(ChildJvm.start(command));
  }

  @ParameterizedTest
  @CsvSource({"fa, IR", "my, MM", "tr, TR"})
  void aStoreCreatedInOneLocaleOpensInEveryOther(String language, String country)
      throws IOException {
    assertEquals(List.of("100"), putInLocale(language, country, 0));

    for (String name : names("")) {
      assertTrue(name.matches("[!-~]+"), name);
    }
    assertEquals(100, reopenedState().size());
    assertEquals(List.of("200"), putInLocale(language, country, 100));
  }

  @Test
  void aStoreCreatedHereOpensInAnotherLocale() throws IOException {
    putAndClose("os", "mac");

    assertEquals(List.of("101"), putInLocale("fa", "IR", 0));
  }

  /** Puts a hundred pairs, each in about a tenth of a segment, and merges. */
  static final class PutAndMerge {
    public static void main(String[] arguments) throws IOException {
      int first = Integer.parseInt(arguments[1]);
      try (Store store = Store.open(Path.of(arguments[0]), SMALL)) {
        for (int i = first; i < first + 100; i++) {
          store.put(bytes("key " + i), new byte[6_000]);
        }
        store.put(bytes("key " + first), new byte[6_000]);
        store.merge();
        System.out.println(store.size());
      }
    }
  }
}
