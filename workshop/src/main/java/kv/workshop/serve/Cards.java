package kv.workshop.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kv.workshop.Project;

/**
 * The guess cards: those of GUESSES.md, and a question that the benchmarks ask in chapters 4 and 5.
 * The measured number is a number of the experiments' report, or the reader's own.
 */
final class Cards {
  private static final Pattern CARD =
      Pattern.compile(
          "\\*\\*Card (\\d)\\*\\*, chapter (\\d)\\. (.+?)\n\nGuess: _+ (\\S+?)\\. ",
          Pattern.DOTALL);

  /**
   * A card.
   *
   * @param experiment that measures the answer; 0 if none does
   * @param answer finds the measured number in the experiment's result
   */
  record Card(
      String id,
      int chapter,
      String question,
      String unit,
      int experiment,
      Function<Experiments.Experiment, Optional<Double>> answer) {
    /** Returns the section of the chapter in which the card stands. */
    String section() {
      return id.equals("card-5") ? "What breaks now" : PREDICT;
    }

    Optional<Double> measured(Experiments experiments) {
      return Optional.ofNullable(experiments.byNumber().get(experiment)).flatMap(answer);
    }
  }

  /** The section of most cards. */
  static final String PREDICT = "Predict";

  private Cards() {}

  /** Returns all cards, in the order of the chapters. */
  static List<Card> read(Project project) throws IOException {
    List<Card> cards = new ArrayList<>();
    String text =
        Files.readString(project.folder().resolve("workshop/GUESSES.md")).replace("\r\n", "\n");
    Matcher matcher = CARD.matcher(text);
    while (matcher.find()) {
      int chapter = Integer.parseInt(matcher.group(2));
      if (chapter == 4) {
        cards.add(
            new Card(
                "disk",
                chapter,
                "How many times the live bytes does the log of step 4 take, at most?",
                "times",
                4,
                Experiments.Experiment::ratio));
      } else if (chapter == 5) {
        cards.add(
            new Card(
                "pause",
                chapter,
                "The slowest put of step 4 takes a second. How long does the slowest put of step 5"
                    + " take?",
                "ms",
                5,
                result -> result.number("step5", "max").map(micros -> micros / 1000)));
      }
      String id = "card-" + matcher.group(1);
      String question = matcher.group(3).replace('\n', ' ');
      cards.add(card(id, chapter, question, matcher.group(4)));
    }
    return cards;
  }

  private static Card card(String id, int chapter, String question, String unit) {
    return switch (chapter) {
      case 1 -> new Card(id, 1, question, unit, 1, Experiments.Experiment::ratio);
      case 2 ->
          new Card(id, 2, question, unit, 2, result -> result.number("step2-scan, hit", "10,000"));
      case 3 -> new Card(id, 3, question, unit, 2, Experiments.Experiment::ratio);
      case 8 -> new Card(id, 8, question, unit, 6, Experiments.Experiment::ratio);
      default -> new Card(id, chapter, question, unit, 0, result -> Optional.empty());
    };
  }

  /** Returns a card as HTML. The script course.js lets it work, and shows it. */
  static String html(Card card) {
    String id = Html.escaped(card.id());
    String unit = Html.escaped(card.unit());
    String field = "<input type=\"text\" inputmode=\"decimal\" autocomplete=\"off\" size=\"9\"";
    return "<form class=\"card\" data-card=\""
        + id
        + "\" data-unit=\""
        + unit
        + "\" data-experiment=\""
        + card.experiment()
        + "\" hidden>\n<p class=\"question\">"
        + Html.escaped(card.question())
        + "</p>\n<p class=\"row\"><label>Your guess "
        + field
        + " name=\"guess\"></label> "
        + unit
        + (card.experiment() > 0
            ? ""
            : " <label>Measured " + field + " name=\"measured\"></label> " + unit)
        + " <button>Keep</button></p>\n<p class=\"result\" role=\"status\"></p>\n</form>\n";
  }
}
