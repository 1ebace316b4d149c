/*
 * WHAT THIS FILE IS
 *
 * The results of the experiments that the reader ran, out of the report that the benchmarks write
 * to benchmarks/target/report: index.html, which is XML, and a picture for each chart.
 *
 *     <section>
 *       <h2><span class="number">Experiment 1</span>How much slower is a put that ...?</h2>
 *       <dl class="figures"><div><dt>measured</dt><dd>210 ×</dd></div></dl>
 *       <table> a row for each store </table>
 */
package kv.workshop.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import kv.workshop.Project;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * The results of the experiments.
 *
 * @param byNumber the experiments of the last report
 */
record Experiments(Map<Integer, Experiment> byNumber) {
  /** The folder of the report, from the project's. */
  static final String FOLDER = "benchmarks/target/report";

  /**
   * A result.
   *
   * @param measured the ratio that the reader was asked for, with its unit; or why there is none
   * @param table the measurements, first the names of the columns
   * @param charts the names of the pictures
   */
  record Experiment(String measured, List<List<String>> table, List<String> charts) {
    /** Returns the number in a row and a column, if they are there. */
    Optional<Double> number(String rowStart, String column) {
      int at = table.isEmpty() ? -1 : table.get(0).indexOf(column);
      return table.stream()
          .filter(row -> at > 0 && row.get(0).startsWith(rowStart) && row.size() > at)
          .findFirst()
          .flatMap(row -> Experiments.number(row.get(at)));
    }

    /** Returns the measured ratio, unless it is too noisy. */
    Optional<Double> ratio() {
      return Experiments.number(measured);
    }
  }

  /** Reads the results of a project's last report; none if there is no report. */
  static Experiments read(Project project) throws IOException {
    Path folder = project.folder().resolve(FOLDER);
    Path page = folder.resolve("index.html");
    Map<Integer, Experiment> experiments = new TreeMap<>();
    if (!Files.isRegularFile(page)) {
      return new Experiments(experiments);
    }
    for (Element section : elements(root(page), "section")) {
      for (Element span : elements(section, "span")) {
        String name = span.getTextContent();
        if (span.getAttribute("class").equals("number") && name.matches("Experiment \\d")) {
          int number = Integer.parseInt(name.substring(name.length() - 1));
          experiments.put(
              number, new Experiment(measured(section), table(section), charts(folder, number)));
        }
      }
    }
    return new Experiments(experiments);
  }

  private static Element root(Path page) throws IOException {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");
      factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "");
      factory.setExpandEntityReferences(false);
      DocumentBuilder builder = factory.newDocumentBuilder();
      // The default handler prints the fault to the terminal.
      builder.setErrorHandler(null);
      return builder.parse(page.toFile()).getDocumentElement();
    } catch (SAXException | ParserConfigurationException e) {
      throw new IOException("the report of the experiments is not complete: " + e.getMessage(), e);
    }
  }

  private static String measured(Element section) {
    for (Element name : elements(section, "dt")) {
      if (name.getTextContent().equals("measured")) {
        for (Node next = name.getNextSibling(); next != null; next = next.getNextSibling()) {
          if (next.getNodeName().equals("dd")) {
            return next.getTextContent();
          }
        }
      }
    }
    return "";
  }

  private static List<List<String>> table(Element section) {
    List<List<String>> rows = new ArrayList<>();
    for (Element row : elements(section, "tr")) {
      List<String> cells = new ArrayList<>();
      for (Node cell = row.getFirstChild(); cell != null; cell = cell.getNextSibling()) {
        if (cell instanceof Element) {
          cells.add(cell.getTextContent());
        }
      }
      rows.add(cells);
    }
    return rows;
  }

  private static List<String> charts(Path folder, int number) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("experiment-" + number + "(-\\d+)?\\.svg"))
          .sorted()
          .toList();
    }
  }

  private static List<Element> elements(Element parent, String tag) {
    List<Element> elements = new ArrayList<>();
    NodeList nodes = parent.getElementsByTagName(tag);
    for (int i = 0; i < nodes.getLength(); i++) {
      elements.add((Element) nodes.item(i));
    }
    return elements;
  }

  /** Returns the first number of a text: 1,234.5 of "1,234.5 ± 3". */
  private static Optional<Double> number(String text) {
    String digits = text.replaceFirst("^[^0-9]*", "").replaceFirst("[^0-9.,].*$", "");
    return digits.isEmpty() || !text.matches("\\d.*")
        ? Optional.empty()
        : Optional.of(Double.valueOf(digits.replace(",", "")));
  }
}
