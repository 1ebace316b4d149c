package kv.workshop;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A dump as one page for a browser: a table for each file, a row for each record. The page needs
 * nothing but itself, is light or dark as the reader's system is, and can be printed. It is written
 * as the dump goes on, so memory does not grow with it.
 */
final class HtmlView implements View {
  /** Number of characters of keys and values that a row shows. */
  private static final int ROW = 110;

  /** Number of links to damaged places. */
  private static final int MOST_LINKS = 20;

  private static final String STYLE =
      """
      :root { color-scheme: light dark; --text: #1a1a1a; --page: #fff; --line: #bbb;
        --name: #555; --key: #7a1fa2; --value: #1b5e20; --length: #7a4f00; --sum: #0b4f9e;
        --live: #1b5e20; --dead: #5f5f5f; --torn: #7a4f00; --damaged: #b00020; }
      @media (prefers-color-scheme: dark) { @media screen { :root {
        --text: #eee; --page: #161616; --line: #555; --name: #aaa; --key: #d9a6ff;
        --value: #9be29b; --length: #f0c674; --sum: #8ec7ff; --live: #9be29b; --dead: #a8a8a8;
        --torn: #f0c674; --damaged: #ff8a8a; } } }
      body { margin: 1.5rem auto; padding: 0 1rem; max-width: 80rem;
        font: 1rem/1.4 system-ui, sans-serif; color: var(--text); background: var(--page); }
      table { border-collapse: collapse; width: 100%; }
      th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: left;
        vertical-align: top; }
      tbody th, code { font: .9rem ui-monospace, monospace; overflow-wrap: anywhere; }
      tbody th { text-align: right; }
      .fields { width: 60%; }
      td p { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
      .field { display: inline-block; margin-right: .8rem; vertical-align: top; }
      .field small { display: block; font-size: .7rem; color: var(--name); }
      .type code { font-weight: bold; }
      .key { color: var(--key); }
      .value { color: var(--value); }
      .key-length, .value-length { color: var(--length); }
      .body-checksum, .header-checksum { color: var(--sum); }
      .live { color: var(--live); }
      .dead { color: var(--dead); }
      .tombstone { color: var(--key); }
      .torn { color: var(--torn); }
      .damaged { color: var(--damaged); font-weight: bold; }
      .summary { font-weight: bold; }
      a { color: var(--sum); }
      tr { break-inside: avoid; }
      thead { display: table-header-group; }
      """;

  private final Appendable out;
  private boolean inTable;
  private boolean inRow;

  /** Number of files so far, for the names of places in the page. */
  private int files;

  /** Offset of the bytes that the notes explain. */
  private long offset;

  /** Offsets of the first damaged places of the file. */
  private final List<Long> damaged = new ArrayList<>();

  /** Writes the start of the page. */
  HtmlView(Appendable out, String title) throws IOException {
    this.out = out;
    String heading = "Dump of " + escaped(title);
    out.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\" />\n");
    out.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n");
    out.append("<title>" + heading + "</title>\n<style>\n" + STYLE + "</style>\n</head>\n");
    out.append("<body>\n<main>\n<h1>" + heading + "</h1>\n");
  }

  /** Writes the end of the page. */
  void end() throws IOException {
    endTable();
    out.append("</main>\n</body>\n</html>\n");
  }

  @Override
  public void file(String name, long size) throws IOException {
    endTable();
    files++;
    damaged.clear();
    String bytes = Dump.count(size, "byte");
    out.append("<h2>" + escaped(name) + ", " + bytes + "</h2>\n");
  }

  @Override
  public void bytes(long at, Fields fields) throws IOException {
    endRow();
    if (!inTable) {
      out.append("<table>\n<thead><tr><th scope=\"col\">Offset</th><th scope=\"col\">Bytes</th>");
      out.append("<th scope=\"col\">Meaning</th></tr></thead>\n<tbody>\n");
      inTable = true;
    }
    offset = at;
    inRow = true;
    out.append("<tr id=\"" + place(at) + "\"><th scope=\"row\">" + at + "</th>\n");
    out.append("<td class=\"fields\">");
    for (Fields.Field field : fields.list()) {
      if (!field.hex().isEmpty()) {
        String style = field.name().replace(' ', '-');
        out.append("<span class=\"field " + style + "\"><small>" + field.name() + "</small> ");
        out.append("<code>" + field.hex() + "</code></span>\n");
      }
    }
    out.append("</td>\n<td>");
  }

  @Override
  public void note(Tone tone, String text) throws IOException {
    out.append("<p class=\"" + tone.word() + "\">" + escaped(text) + "</p>\n");
    boolean newPlace = damaged.isEmpty() || damaged.get(damaged.size() - 1) != offset;
    if (tone == Tone.DAMAGED && inRow && newPlace && damaged.size() < MOST_LINKS) {
      damaged.add(offset);
    }
  }

  @Override
  public void summary(String text) throws IOException {
    endTable();
    if (text.isEmpty()) {
      return;
    }
    out.append("<p class=\"summary\">" + escaped(text) + "</p>\n");
    if (!damaged.isEmpty()) {
      out.append("<p>Damage at offset:");
      for (long at : damaged) {
        out.append(" <a href=\"#" + place(at) + "\">" + at + "</a>");
      }
      out.append("</p>\n");
      damaged.clear();
    }
  }

  private String place(long at) {
    return "file-" + files + "-offset-" + at;
  }

  private void endRow() throws IOException {
    if (inRow) {
      out.append("</td></tr>\n");
      inRow = false;
    }
  }

  private void endTable() throws IOException {
    endRow();
    if (inTable) {
      out.append("</tbody>\n</table>\n");
      inTable = false;
    }
  }

  @Override
  public int columns() {
    return ROW;
  }

  @Override
  public boolean tellsLife() {
    return true;
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
