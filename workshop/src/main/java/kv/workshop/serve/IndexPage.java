package kv.workshop.serve;

/** The first page: the course's introduction, and its chapters. */
final class IndexPage {
  private IndexPage() {}

  static String html(Content content, Links links) {
    StringBuilder main = new StringBuilder("<article class=\"index\">\n<h1>");
    main.append(Page.COURSE).append("</h1>\n<div class=\"lead\">\n");
    main.append(Prose.ofCourse(content, links).html(content.course().introduction()));
    main.append("</div>\n");
    main.append(links.isStatic() ? "" : "<p id=\"progress\" hidden></p>\n");
    main.append("<ol class=\"chapters\">\n");
    for (Course.Chapter chapter : content.course().chapters()) {
      main.append("<li><a href=\"").append(links.page(chapter.page())).append("\">");
      main.append(chapter.number() > 0 ? "<span>" + chapter.number() + "</span> " : "");
      main.append(Html.escaped(chapter.title())).append("</a>");
      main.append(ChapterPage.exercises(chapter, links)).append("</li>\n");
    }
    main.append("<li><a href=\"").append(links.page("microscope"));
    main.append(
        "\"><span aria-hidden=\"true\">⌕</span> Microscope: the files of a store</a></li>\n");
    main.append("</ol>\n</article>\n");
    return new Page(links, "", "").style("course.css").script("course.js").html(main.toString());
  }
}
