package kv.workshop.serve;

import java.util.Locale;

/** Texts in HTML and in addresses. */
public final class Html {
  private Html() {}

  /** Returns a text for HTML, in an element or an attribute with quotation marks. */
  public static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  /** Returns the name that a heading has in addresses, as GitHub forms it. */
  static String slug(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-');
  }
}
