package kv.workshop.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page of the microscope and its assets, without a browser. */
class MicroscopePageTest {
  private static final Pattern ELEMENT = Pattern.compile("\\bat\\('([^']+)'\\)");
  private static final Pattern IMPORT = Pattern.compile("from '\\./([^']+)'");

  private static String asset(String name) throws Exception {
    return new String(Assets.bytes(name), StandardCharsets.UTF_8);
  }

  private static Set<String> found(Pattern pattern, String text) {
    Set<String> all = new TreeSet<>();
    for (Matcher m = pattern.matcher(text); m.find(); ) {
      all.add(m.group(1));
    }
    return all;
  }

  @Test
  void allModulesThatItsScriptsImportAreListed() throws Exception {
    for (String name : MicroscopePage.ASSETS) {
      Set<String> imports = found(IMPORT, asset(name));
      assertTrue(MicroscopePage.ASSETS.containsAll(imports), name + " imports " + imports);
    }
  }

  @Test
  void itHasAllElementsThatItsScriptsUse() throws Exception {
    String page = MicroscopePage.html(Links.LIVE);
    Set<String> missing = new TreeSet<>();
    for (String name : MicroscopePage.ASSETS) {
      for (String id : found(ELEMENT, asset(name))) {
        if (!page.contains("id=\"" + id + "\"")) {
          missing.add(name + ": " + id);
        }
      }
    }
    assertEquals(Set.of(), missing);
  }

  @Test
  void itLoadsItsStylesAndItsFirstScript() {
    String page = MicroscopePage.html(Links.STATIC);
    for (String name : new String[] {"segments.css", "microscope.css", "microscope.js"}) {
      assertTrue(page.contains("assets/" + name), name);
    }
    assertTrue(page.contains("data-mode=\"static\""));
  }
}
