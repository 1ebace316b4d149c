/*
 * WHAT THIS FILE IS
 *
 * A headless Chromium that a test drives: it opens a page, evaluates JavaScript in it, and takes
 * pictures. The test sends the commands of the browser's own developer tools, as JSON over a
 * WebSocket, so it needs the JDK's HTTP client only.
 *
 *     test                                           chromium
 *      | {"id": 1, "method": "Runtime.evaluate", ...}  ->
 *      |                     <-  {"id": 1, "result": {"result": {"value": 3}}}
 *      |                     <-  {"method": "Runtime.consoleAPICalled", ...}    an event
 *
 * NOT HERE, AND WHY
 *
 * Selenium. It needs another program between the test and the browser, of exactly the browser's
 * version, and downloads it if it is missing.
 */
package kv.browser;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A page in a headless Chromium. */
public final class Browser implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("chromium", "google-chrome", "chromium-browser");

  private static final List<String> FLAGS =
      List.of(
          "--headless",
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--disable-dev-shm-usage",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
          "--remote-debugging-port=0");

  /** Precedes the address of the developer tools in the browser's output. */
  private static final String LISTENING = "DevTools listening on ";

  private static final long PATIENCE_SECONDS = 120;

  private static final int MOST_TABS = 200;

  /** The keys that a test can press, and their numbers. */
  private static final Map<String, Integer> CODES =
      Map.of(
          "Tab",
          9,
          "Enter",
          13,
          "Escape",
          27,
          " ",
          32,
          "End",
          35,
          "Home",
          36,
          "ArrowLeft",
          37,
          "ArrowUp",
          38,
          "ArrowRight",
          39,
          "ArrowDown",
          40);

  private static final Map<String, String> TEXTS = Map.of("Enter", "\r", " ", " ");

  private final HttpClient http = HttpClient.newHttpClient();
  private final BlockingQueue<JsonObject> replies = new LinkedBlockingQueue<>();
  private final Process process;
  private final List<String> errors = new CopyOnWriteArrayList<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private WebSocket socket;
  private int lastId;

  private Browser(Process process) {
    this.process = process;
  }

  /** Returns the path of an installed browser, or null if there is none. */
  public static Path executable() {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
      for (String name : NAMES) {
        Path file = Path.of(folder, name);
        if (Files.isExecutable(file)) {
          return file;
        }
      }
    }
    return null;
  }

  /** Starts a browser that keeps its files in the given empty folder. */
  public static Browser start(Path folder) throws Exception {
    List<String> command = new ArrayList<>(List.of(executable().toString()));
    command.addAll(FLAGS);
    command.add("--user-data-dir=" + folder);
    command.add("about:blank");
    Browser browser = new Browser(new ProcessBuilder(command).redirectErrorStream(true).start());
    try {
      browser.connect();
      return browser;
    } catch (Throwable e) {
      browser.close();
      throw e;
    }
  }

  private void connect() throws Exception {
    URI tools = URI.create(listening());
    URI list = URI.create("http://" + tools.getAuthority() + "/json/list");
    String pages =
        http.send(HttpRequest.newBuilder(list).build(), HttpResponse.BodyHandlers.ofString())
            .body();
    for (JsonElement each : JsonParser.parseString(pages).getAsJsonArray()) {
      JsonObject target = each.getAsJsonObject();
      if (target.get("type").getAsString().equals("page")) {
        URI address = URI.create(target.get("webSocketDebuggerUrl").getAsString());
        socket = http.newWebSocketBuilder().buildAsync(address, new Listener()).get();
        for (String domain : new String[] {"Runtime", "Log", "Network"}) {
          send(domain + ".enable", new JsonObject());
        }
        // A page without the focus sends no events when an element gets it.
        JsonObject focus = new JsonObject();
        focus.addProperty("enabled", true);
        send("Emulation.setFocusEmulationEnabled", focus);
        return;
      }
    }
    throw new IOException("no page in " + pages);
  }

  /** Returns the address of the developer tools, and discards the rest of the browser's output. */
  private String listening() throws IOException {
    BufferedReader output = process.inputReader();
    StringBuilder printed = new StringBuilder();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith(LISTENING)) {
        Thread drain = new Thread(() -> output.lines().forEach(more -> {}), "browser-output");
        drain.setDaemon(true);
        drain.start();
        return line.substring(LISTENING.length()).trim();
      }
      printed.append(line).append('\n');
    }
    throw new IOException("the browser did not start:\n" + printed);
  }

  /** Opens a page. On return its script has been run. */
  public void goTo(URI page) throws Exception {
    JsonObject parameters = new JsonObject();
    parameters.addProperty("url", page.toString());
    send("Page.navigate", parameters);
    waitFor("document.readyState === 'complete'");
  }

  /** Returns the value of a JavaScript expression, or of the promise that it returns. */
  public JsonElement evaluate(String expression) throws Exception {
    JsonObject parameters = new JsonObject();
    parameters.addProperty("expression", expression);
    parameters.addProperty("awaitPromise", true);
    parameters.addProperty("returnByValue", true);
    JsonObject result = send("Runtime.evaluate", parameters);
    if (result.has("exceptionDetails")) {
      throw new IOException(expression + ": " + result.get("exceptionDetails"));
    }
    return result.getAsJsonObject("result").get("value");
  }

  /** Waits until a condition, in JavaScript, is true. */
  public void waitFor(String condition) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!evaluate("Boolean(" + condition + ")").getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError(
            "still not: " + condition + ", in\n" + evaluate("document.body.innerText"));
      }
      Thread.sleep(50);
    }
  }

  /** Makes the window the given number of pixels wide and high. */
  public void resize(int width, int height) throws Exception {
    JsonObject parameters = new JsonObject();
    parameters.addProperty("width", width);
    parameters.addProperty("height", height);
    parameters.addProperty("deviceScaleFactor", 1);
    parameters.addProperty("mobile", false);
    send("Emulation.setDeviceMetricsOverride", parameters);
  }

  /** Makes the user prefer {@code light} or {@code dark} colors. */
  public void colors(String scheme) throws Exception {
    media("", Map.of("prefers-color-scheme", scheme));
  }

  /**
   * Shows the page on other media.
   *
   * @param type {@code print}, or empty for a screen
   * @param features of CSS, such as {@code forced-colors}, and their values
   */
  public void media(String type, Map<String, String> features) throws Exception {
    JsonArray all = new JsonArray();
    features.forEach(
        (name, value) -> {
          JsonObject feature = new JsonObject();
          feature.addProperty("name", name);
          feature.addProperty("value", value);
          all.add(feature);
        });
    JsonObject parameters = new JsonObject();
    parameters.addProperty("media", type);
    parameters.add("features", all);
    send("Emulation.setEmulatedMedia", parameters);
  }

  /** Presses and releases Enter, in the element that has the focus. */
  public void pressEnter() throws Exception {
    press("Enter");
  }

  /** Presses and releases keys, one after the other, in the element that has the focus. */
  public void press(String... keys) throws Exception {
    for (String key : keys) {
      JsonObject parameters = new JsonObject();
      parameters.addProperty("key", key);
      parameters.addProperty("code", key.equals(" ") ? "Space" : key);
      parameters.addProperty("windowsVirtualKeyCode", CODES.get(key));
      parameters.addProperty("type", "keyDown");
      if (TEXTS.containsKey(key)) {
        parameters.addProperty("text", TEXTS.get(key));
      }
      send("Input.dispatchKeyEvent", parameters);
      parameters.remove("text");
      parameters.addProperty("type", "keyUp");
      send("Input.dispatchKeyEvent", parameters);
    }
  }

  /** Presses Tab until an element that matches a selector has the focus. */
  public void tabTo(String selector) throws Exception {
    String isThere = "document.activeElement.matches('" + selector + "')";
    for (int i = 0; i < MOST_TABS; i++) {
      if (evaluate(isThere).getAsBoolean()) {
        return;
      }
      press("Tab");
    }
    throw new AssertionError("Tab does not lead to " + selector);
  }

  /** Types a text into the element that has the focus. */
  public void type(String text) throws Exception {
    JsonObject parameters = new JsonObject();
    parameters.addProperty("text", text);
    send("Input.insertText", parameters);
  }

  /** Moves the pointer to the middle of the first element that matches a selector. */
  public void pointTo(String selector) throws Exception {
    JsonArray middle =
        evaluate(
                "((e) => { e.scrollIntoView({block: 'nearest'});"
                    + " const b = e.getBoundingClientRect();"
                    + " return [b.left + b.width / 2, b.top + b.height / 2]; })"
                    + "(document.querySelector('"
                    + selector
                    + "'))")
            .getAsJsonArray();
    JsonObject parameters = new JsonObject();
    parameters.addProperty("type", "mouseMoved");
    parameters.add("x", middle.get(0));
    parameters.add("y", middle.get(1));
    send("Input.dispatchMouseEvent", parameters);
  }

  /** Returns the errors of all pages so far: exceptions, messages and failed requests. */
  public List<String> errors() {
    return errors;
  }

  /** Returns the addresses that all pages requested so far. */
  public List<String> requests() {
    return requests;
  }

  /** Returns a picture of the visible part of the page, a PNG. */
  public byte[] screenshot() throws Exception {
    String data = send("Page.captureScreenshot", new JsonObject()).get("data").getAsString();
    return Base64.getDecoder().decode(data);
  }

  /** Calls a method of the browser's developer tools, and returns its result. */
  public JsonObject send(String method, JsonObject parameters) throws Exception {
    JsonObject message = new JsonObject();
    lastId++;
    message.addProperty("id", lastId);
    message.addProperty("method", method);
    message.add("params", parameters);
    socket.sendText(message.toString(), true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    JsonObject reply = replies.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (reply == null || reply.get("id").getAsInt() != lastId || reply.has("error")) {
      throw new IOException(message + " was answered with " + reply);
    }
    return reply.getAsJsonObject("result");
  }

  /** Ends the browser, and waits for it, so that its folder can be deleted. */
  @Override
  public void close() {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    try {
      // A browser that ends by itself deletes its temporary files.
      send("Browser.close", new JsonObject());
      process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (Exception e) {
      // It is killed below.
    }
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(each -> each.onExit().join());
  }

  /** Keeps the errors and the requests among the events. */
  private void event(String method, JsonObject parameters) {
    switch (method) {
      case "Runtime.exceptionThrown" -> errors.add(parameters.get("exceptionDetails").toString());
      case "Runtime.consoleAPICalled" -> {
        if (!parameters.get("type").getAsString().equals("log")) {
          errors.add(parameters.get("args").toString());
        }
      }
      case "Log.entryAdded" -> errors.add(parameters.get("entry").toString());
      case "Network.requestWillBeSent" ->
          requests.add(parameters.getAsJsonObject("request").get("url").getAsString());
      default -> {}
    }
  }

  /** Assembles replies and events from their parts. */
  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        JsonObject message = JsonParser.parseString(text.toString()).getAsJsonObject();
        text.setLength(0);
        if (message.has("id")) {
          replies.add(message);
        } else {
          event(message.get("method").getAsString(), message.getAsJsonObject("params"));
        }
      }
      from.request(1);
      return null;
    }
  }
}
