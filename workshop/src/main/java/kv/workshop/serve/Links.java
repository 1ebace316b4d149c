package kv.workshop.serve;

/**
 * Addresses in a page. All are relative to the page, so that exported pages work in any folder of
 * any web server.
 *
 * @param isStatic whether the page is exported, and there is no server that answers questions
 * @param root the way from the page to the first page: empty, or {@code ../} as often as needed
 */
public record Links(boolean isStatic, String root) {
  /** Links of a page beside the first page of a running server. */
  public static final Links LIVE = new Links(false, "");

  /** Links of a page beside the first page of exported ones. */
  public static final Links STATIC = new Links(true, "");

  /** Returns the same links for a page that lies this many folders deeper. */
  public Links deeper(int folders) {
    return new Links(isStatic, root + "../".repeat(folders));
  }

  /** Returns the address of the first page. */
  public String home() {
    return isStatic ? root + "index.html" : root.isEmpty() ? "./" : root;
  }

  /** Returns the address of a style, a script or a picture of the jar. */
  public String asset(String name) {
    return root + "assets/" + name;
  }

  /** Returns the address of a page: {@code chapter-1}, {@code glossary} or {@code microscope}. */
  public String page(String name) {
    return root + name + (isStatic ? ".html" : "");
  }

  /** Returns the address of the page of a project's file, or of a picture. */
  String file(String path) {
    return Texts.isPicture(path) ? root + "file/" + path : page("file/" + path);
  }
}
