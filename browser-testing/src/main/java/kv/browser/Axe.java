package kv.browser;

import com.google.gson.JsonElement;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The accessibility rules of axe-core. */
public final class Axe {
  private static final String RUN =
      "axe.run().then((result) => result.violations.map((v) => v.impact + ', ' + v.id + ': '"
          + " + v.nodes.map((node) => node.html).slice(0, 3).join(' ')))";

  private Axe() {}

  /** Returns the rules that the page in a browser breaks, with elements that break them. */
  public static List<String> violations(Browser browser) throws Exception {
    browser.evaluate(script() + ";0");
    List<String> all = new ArrayList<>();
    for (JsonElement each : browser.evaluate(RUN).getAsJsonArray()) {
      all.add(each.getAsString());
    }
    return all;
  }

  /** Returns the serious and critical ones among the violations. */
  public static List<String> serious(Browser browser) throws Exception {
    return violations(browser).stream()
        .filter(each -> each.matches("(serious|critical).*"))
        .toList();
  }

  private static String script() throws IOException {
    try (InputStream in = Axe.class.getResourceAsStream("/axe.min.js")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
