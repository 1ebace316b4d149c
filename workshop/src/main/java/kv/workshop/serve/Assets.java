package kv.workshop.serve;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The files that pages refer to: styles, scripts and pictures, from the resources of this jar. */
public final class Assets {
  private static final String NAME = "[a-z0-9-]+\\.(css|js|svg|woff2)";

  private Assets() {}

  /**
   * Returns the contents of an asset.
   *
   * @param name of a resource in this package: {@code site.css}
   * @throws Refusal if there is none
   */
  public static byte[] bytes(String name) throws IOException, Refusal {
    try (InputStream in = name.matches(NAME) ? Assets.class.getResourceAsStream(name) : null) {
      if (in == null) {
        throw Refusal.notFound("there is no such asset");
      }
      return in.readAllBytes();
    }
  }

  /** Returns the names of all assets, in order. */
  static List<String> names() throws IOException {
    try {
      URI style = Assets.class.getResource("site.css").toURI();
      if (style.getScheme().equals("file")) {
        return names(Path.of(style).getParent());
      }
      try (FileSystem jar = FileSystems.newFileSystem(style, Map.of())) {
        return names(jar.provider().getPath(style).getParent());
      }
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches(NAME))
          .sorted()
          .toList();
    }
  }

  /** Returns the media type of a file, by its name. */
  static String type(String name) {
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "css" -> "text/css; charset=utf-8";
      case "js" -> "text/javascript; charset=utf-8";
      case "svg" -> "image/svg+xml";
      case "html" -> "text/html; charset=utf-8";
      case "png" -> "image/png";
      case "woff2" -> "font/woff2";
      default -> "application/octet-stream";
    };
  }
}
