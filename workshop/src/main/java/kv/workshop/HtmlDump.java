package kv.workshop;

import java.io.IOException;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Writes a dump to a page. */
final class HtmlDump {
  private static final String ENDING = ".html";

  private HtmlDump() {}

  /**
   * Writes the dump of a file or a directory to a page, which replaces an earlier page.
   *
   * @return the dump's exit status
   * @throws BadUsage if the name of the page is not that of a page: the arguments may have been
   *     swapped, and a page must not replace a file of a store
   */
  static int run(Path file, Path page, PrintStream out) throws IOException, BadUsage {
    if (!page.toString().endsWith(ENDING)) {
      throw new BadUsage(page + " does not end in .html; usage: dump --html page.html " + file);
    }
    Path temporary = Path.of(page + ".tmp");
    int code;
    try (Writer writer = Files.newBufferedWriter(temporary)) {
      HtmlView view = new HtmlView(writer, file.toString());
      code = Dump.run(file, view);
      view.end();
    } catch (IOException | BadUsage e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
    Files.move(temporary, page, StandardCopyOption.REPLACE_EXISTING);
    out.println("wrote " + page);
    return code;
  }
}
