package kv.workshop.serve;

/** Texts in HTML. */
public final class Html {
  private Html() {}

  /** Returns a text for HTML, in an element or an attribute with quotation marks. */
  public static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
