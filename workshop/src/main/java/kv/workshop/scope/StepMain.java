package kv.workshop.scope;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import kv.workshop.Json;

/**
 * A process that runs the stores of the steps, one request a line. So a store that hangs, or needs
 * too much memory for a damaged file, harms no page.
 */
final class StepMain {
  private StepMain() {}

  /** Answers each line of the input with a line of JSON, until the input ends. */
  public static void main(String[] arguments) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    // A store that prints would break the answers.
    System.setOut(System.err);
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      out.println(answer(Json.read(line)));
    }
    System.exit(0);
  }

  private static String answer(Map<String, String> request) {
    try {
      int step = Integer.parseInt(request.get("step"));
      Path folder = Path.of(request.get("folder"));
      return request.containsKey("copy")
          ? Verdict.of(step, folder, Path.of(request.get("copy")), request.get("shown"))
          : Recorded.replay(step, folder);
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      return new Json().object().field("failed", e.toString()).end().toString();
    }
  }
}
