package kv.workshop.authoring;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import kv.workshop.Project;
import kv.workshop.authoring.Texts.Text;
import kv.workshop.authoring.Tutorial.Woven;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Excerpts, transcripts and summaries of changes agree with the code and a run. */
class TextsTest {
  private static List<Text> texts() throws IOException {
    return Texts.all();
  }

  @ParameterizedTest
  @MethodSource("texts")
  @Execution(ExecutionMode.CONCURRENT)
  void agreesWithTheCodeAndARun(Text text) throws Exception {
    Woven woven = Tutorial.weave(Project.at(Texts.ROOT), text.name(), text.markdown());
    List<String> complaints = new ArrayList<>(woven.mistakes());
    woven.changes().forEach(change -> complaints.add(change.toString()));
    if (!woven.changes().isEmpty()) {
      complaints.add("(- is in the text, + is right. To correct it, run");
      complaints.add(Authoring.CALL + " weave");
      complaints.add("and review the changes.)");
    }
    if (!complaints.isEmpty()) {
      fail(String.join("\n", complaints));
    }
  }
}
