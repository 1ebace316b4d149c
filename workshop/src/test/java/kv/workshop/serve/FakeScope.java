package kv.workshop.serve;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The answers that the microscope's page needs, without stores: recorded examples, and one store,
 * {@code fake}, whose reports the test sends.
 */
final class FakeScope {
  private static final long COMMENT_SECONDS = 1;

  /** The questions about damage that the page asked. */
  final List<JsonObject> questions = new CopyOnWriteArrayList<>();

  /** The steps as whose store the page asked for reports. */
  final List<String> steps = new CopyOnWriteArrayList<>();

  /** The steps as whose store the page asked for records. */
  final List<String> recordSteps = new CopyOnWriteArrayList<>();

  /** The ids of more stores, which were created after the page was opened. */
  final List<String> others = new CopyOnWriteArrayList<>();

  /** The answer to each question about damage in place of the usual one, or null. */
  volatile String otherAnswer;

  private final BlockingDeque<String> reports = new LinkedBlockingDeque<>();

  /** Number of streams of reports that the page opened. */
  private final AtomicInteger streams = new AtomicInteger();

  private volatile JsonObject records = new JsonObject();

  /** Returns a recorded file. */
  static JsonObject recorded(String name) throws IOException {
    try (InputStream in = FakeScope.class.getResourceAsStream(name)) {
      return JsonParser.parseString(new String(in.readAllBytes(), StandardCharsets.UTF_8))
          .getAsJsonObject();
    }
  }

  /** Returns the moments of an example. */
  static List<JsonElement> frames(int step) throws IOException {
    return recorded("example-" + step + ".json").getAsJsonArray("frames").asList();
  }

  /** Adds the routes to a site. */
  void addTo(Site site) {
    site.get(
        "/api/stores",
        request ->
            request.json(
                "{\"stores\":["
                    + Stream.concat(Stream.of("fake"), others.stream())
                        .map(FakeScope::store)
                        .collect(Collectors.joining(","))
                    + "]}"));
    site.get(
        "/api/example",
        request ->
            request.json(recorded("example-" + request.query("step").get() + ".json").toString()));
    site.get(
        "/api/record",
        request -> {
          recordSteps.add(request.query("step").orElse(""));
          JsonElement record =
              records.get(request.query("file").get() + "@" + request.query("at").get());
          if (record == null) {
            throw Refusal.notFound("nothing begins at this offset");
          }
          request.json(record.toString());
        });
    site.get("/api/live", this::live);
    site.post("/api/whatif", this::answer);
  }

  private static String store(String id) {
    String json = "{\"id\":\"%s\",\"title\":\"A store\",\"steps\":[1,2,3],\"path\":\"work/%s\"}";
    return String.format(Locale.ROOT, json, id, id);
  }

  private void live(Request request) throws IOException, Refusal {
    steps.add(request.query("step").orElse(""));
    int stream = streams.incrementAndGet();
    try (Events events = request.events()) {
      while (true) {
        String next = reports.poll(COMMENT_SECONDS, TimeUnit.SECONDS);
        if (stream != streams.get()) {
          // The page has closed this stream, and the report is for the newer one.
          if (next != null) {
            reports.addFirst(next);
          }
          return;
        }
        if (next == null) {
          events.comment();
        } else {
          events.send(next.startsWith("{\"message\"") ? "failed" : "report", next);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Sends a moment to the page, as a change of the store. */
  void send(JsonElement moment) {
    JsonObject copy = moment.deepCopy().getAsJsonObject();
    records = copy.getAsJsonObject("records");
    copy.remove("records");
    copy.remove("call");
    reports.add(copy.toString());
  }

  /** Tells the page that the store cannot be read. */
  void fail(String message) {
    reports.add("{\"message\":\"" + message + "\"}");
  }

  /** Answers that a cut loses the newest record, and that all other damage is refused. */
  private void answer(Request request) throws IOException, Refusal {
    JsonObject question = JsonParser.parseString(request.body()).getAsJsonObject();
    questions.add(question);
    if (otherAnswer != null) {
      request.json(otherAnswer);
      return;
    }
    boolean isCut = question.get("action").getAsString().equals("cut");
    JsonObject answer = new JsonObject();
    answer.addProperty("verdict", isCut ? "prefix" : "refused");
    answer.addProperty("records", 2);
    answer.addProperty("of", 3);
    answer.addProperty("message", isCut ? "" : "store.data, offset 54: the checksum is wrong");
    JsonArray lost = new JsonArray();
    if (isCut) {
      lost.add("os");
    }
    answer.add("lost", lost);
    JsonArray older = new JsonArray();
    JsonArray back = new JsonArray();
    if (isCut) {
      older.add("shell");
      back.add("editor");
    }
    answer.add("older", older);
    answer.add("back", back);
    answer.addProperty("sentence", isCut ? "2 of 3 records are left." : "The open fails.");
    request.json(answer.toString());
  }
}
