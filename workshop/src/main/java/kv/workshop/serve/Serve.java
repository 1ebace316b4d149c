/*
 * WHAT THIS FILE IS
 *
 * The command serve: the course and the microscope in a browser.
 *
 *     serve                 serves the pages until the process is ended
 *     serve DIR             the same, with the store in this directory in the microscope
 *     serve --export DIR    writes the pages to a folder, for any web server
 */
package kv.workshop.serve;

import java.io.IOException;
import java.io.PrintStream;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import kv.workshop.BadUsage;
import kv.workshop.Project;
import kv.workshop.scope.Microscope;

/** Serves the course to a browser. */
public final class Serve {
  /** The port, unless another one is given. */
  public static final String PORT = "8090";

  private Serve() {}

  /**
   * Writes the pages to a folder, for any web server.
   *
   * @throws BadUsage if the folder has other files
   */
  public static int export(Project project, Path folder, PrintStream out)
      throws IOException, BadUsage {
    return Export.run(project, folder, out);
  }

  /**
   * Serves until the process is ended.
   *
   * @param directory of the store to look at; empty for a list of the stores of the course
   */
  public static int run(Project project, Optional<Path> directory, int port, PrintStream out)
      throws IOException, BadUsage {
    if (port < 0 || port > 65535) {
      throw new BadUsage("there is no port " + port + "; the ports are 0 to 65535");
    }
    if (directory.isPresent() && !Files.isDirectory(directory.get())) {
      throw new BadUsage(directory.get() + " is not a directory");
    }
    try (Site site = site(project, directory, port)) {
      site.start();
      out.println("open " + site.address() + " in a browser; end with Ctrl+C");
      new CountDownLatch(1).await();
    } catch (BindException e) {
      throw new BadUsage("port " + port + " is in use; choose another one with --port");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return 0;
  }

  /** Returns the site with all its routes, not yet started. */
  static Site site(Project project, Optional<Path> directory, int port) throws IOException {
    Site site = new Site(port);
    addCourse(site, project);
    new CourseState(project).addTo(site);
    MicroscopePage.addTo(site);
    new Microscope(project, directory).addTo(site);
    return site;
  }

  /** Adds the pages of a project's course to a site. */
  static void addCourse(Site site, Project project) throws IOException {
    site.get("/", request -> request.html(IndexPage.html(Content.read(project), Links.LIVE)));
    for (Course.Chapter chapter : Course.read(project).chapters()) {
      site.get("/" + chapter.page(), request -> request.html(chapter(project, chapter.page())));
    }
    site.get("/file/", request -> file(project, request));
  }

  private static String chapter(Project project, String page) throws IOException, Refusal {
    Content content = Content.read(project);
    Course.Chapter chapter =
        content.course().chapter(page).orElseThrow(() -> Refusal.notFound("no such chapter"));
    return new ChapterPage(content, Links.LIVE, chapter).html();
  }

  private static void file(Project project, Request request) throws IOException, Refusal {
    Content content = Content.read(project);
    String path = request.rest();
    if (Texts.isPicture(path)) {
      request.picture(Assets.type(path), Files.readAllBytes(content.texts().find(path)));
    } else {
      request.html(FilePage.html(content, Links.LIVE, path));
    }
  }
}
