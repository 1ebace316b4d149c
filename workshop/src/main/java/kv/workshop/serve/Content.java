package kv.workshop.serve;

import java.io.IOException;
import java.util.List;
import kv.workshop.Project;

/** The texts that pages are made from, read again for each page: an edited text shows at once. */
record Content(
    Project project,
    Course course,
    Terms terms,
    Texts texts,
    Excerpts excerpts,
    List<Cards.Card> cards) {
  /** Reads the texts of a project. */
  static Content read(Project project) throws IOException {
    Course course = Course.read(project);
    return new Content(
        project,
        course,
        Terms.of(course),
        new Texts(project),
        new Excerpts(project),
        Cards.read(project));
  }
}
