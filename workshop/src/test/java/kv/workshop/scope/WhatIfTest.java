package kv.workshop.scope;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import kv.engine.Options;
import kv.workshop.Folders;
import kv.workshop.Project;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The verdict on damage is the one of the store itself. */
class WhatIfTest extends ScopeFixture {
  /** Questions for each step. */
  private static final int QUESTIONS = 300;

  private static final String SHOWN = "work/demo";
  private static StepProcess steps;
  private static WhatIf whatIf;

  @TempDir private Path scratch;

  @BeforeAll
  static void start() throws Exception {
    steps = new StepProcess(Project.at(Path.of("..")));
    whatIf = new WhatIf(steps);
  }

  @AfterAll
  static void stop() throws Exception {
    whatIf.close();
    steps.close();
  }

  /** The contents after each record, of keys and values as texts. */
  private final List<Map<String, String>> history = new ArrayList<>(List.of(new TreeMap<>()));

  private void put(StepStore store, String key, String value) throws IOException {
    store.put(bytes(key), bytes(value));
    Map<String, String> next = new TreeMap<>(history.get(history.size() - 1));
    next.put(key, value);
    history.add(next);
  }

  private void delete(StepStore store, String key) throws IOException {
    store.delete(bytes(key));
    Map<String, String> next = new TreeMap<>(history.get(history.size() - 1));
    next.remove(key);
    history.add(next);
  }

  /** Writes a store with synced and unsynced records, short and long ones. */
  private void write(int step) throws IOException {
    try (StepStore store = StepStore.open(step, folder)) {
      put(store, "os", "mac");
      put(store, "editor", "vim");
      store.sync();
      put(store, "long", "x".repeat(1200));
      put(store, "zeros", "\0".repeat(1100));
      if (step > 1) {
        delete(store, "editor");
      }
      put(store, "os", "linux");
      put(store, "shell", "bash");
      // Without the sync of a close.
      Folders.copy(folder, scratch.resolve("open"));
    }
    Folders.delete(folder);
    Folders.copy(scratch.resolve("open"), folder);
    Folders.delete(scratch.resolve("open"));
  }

  private String ask(int step, Harm harm) throws IOException {
    return whatIf.answer(folder, SHOWN, step, harm);
  }

  private static Map<String, String> read(StepStore store) throws IOException {
    Map<String, String> pairs = new TreeMap<>();
    store.forEach((key, value) -> pairs.put(text(key), text(value)));
    return pairs;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, UTF_8);
  }

  private static String field(String json, String name) {
    Matcher value =
        Pattern.compile("\"" + name + "\":(\"((?:[^\"\\\\]|\\\\.)*)\"|\\w+)").matcher(json);
    assertTrue(value.find(), name + " in " + json);
    return value.group(2) != null ? value.group(2) : value.group(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void aVerdictIsTheOneOfTheStepsOwnOpen(int step) throws Exception {
    write(step);
    List<String> logs = Listing.read(folder).log();
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < QUESTIONS; i++) {
      String file = logs.get(random.nextInt(logs.size()));
      // Of an engine's reserved zeros, only the beginning.
      int size = (int) Math.min(Files.size(folder.resolve(file)), 3000);
      String action = List.of("cut", "flip", "zero").get(i % 3);
      Harm harm = new Harm(action, file, random.nextInt(size), random.nextInt(8), 0);
      String what = "step " + step + ", seed " + seed + ": " + harm;

      Path copy = scratch.resolve("copy");
      Folders.copy(folder, copy);
      harm.doTo(copy, 0);
      String verdict = ask(step, harm);
      boolean opened = false;
      try (StepStore store = StepStore.open(step, copy)) {
        opened = true;
        if (step == 1) {
          assertTrue(
              List.of("whole", "prefix", "unread").contains(field(verdict, "verdict")), what);
        } else {
          Map<String, String> pairs = read(store);
          int records = Integer.parseInt(field(verdict, "records"));
          assertEquals(history.get(records), pairs, what + verdict);
          boolean whole = records == history.size() - 1;
          assertEquals(whole ? "whole" : "prefix", field(verdict, "verdict"), what);
        }
      } catch (IOException e) {
        String expected = opened ? "failed-read" : "refused";
        assertEquals(expected, field(verdict, "verdict"), what + e);
        String message = e.getMessage().replace(copy.toRealPath().toString(), SHOWN);
        message = message.replace(copy.toString(), SHOWN).replace("\\", "/");
        assertEquals(message, field(verdict, "message").replace("\\\\", "/"), what);
      }
      Folders.delete(copy);
    }
  }

  @Test
  void aCutTakesTheRecordsAfterIt() throws Exception {
    write(3);
    String verdict = ask(3, new Harm("cut", "store.data", 30, 0, 0));
    assertEquals("prefix", field(verdict, "verdict"), verdict);
    assertEquals("1", field(verdict, "records"));
    assertEquals("7", field(verdict, "of"));
    assertEquals("Step 3 opens the copy with the first of 7 records.", field(verdict, "sentence"));
    assertTrue(verdict.contains("\"lost\":["), verdict);
    assertTrue(verdict.contains("\"shell\""), verdict);
  }

  @Test
  void keysThatAreLostOlderAndBackAgainAreToldApart() throws Exception {
    long afterTwo;
    try (StepStore store = StepStore.open(3, folder)) {
      put(store, "os", "mac");
      put(store, "editor", "vim");
      afterTwo = Files.size(folder.resolve("store.data"));
      put(store, "os", "linux");
      delete(store, "editor");
      put(store, "shell", "bash");
    }
    String verdict = ask(3, new Harm("cut", "store.data", afterTwo, 0, 0));
    String keys = "\"lost\":[\"shell\"],\"older\":[\"os\"],\"back\":[\"editor\"],";
    assertTrue(verdict.contains(keys), verdict);
  }

  @Test
  void theStoreItselfIsNotChanged() throws Exception {
    write(4);
    byte[] before = Files.readAllBytes(folder.resolve("store.data"));
    ask(4, new Harm("cut", "store.data", 30, 0, 0));
    assertEquals(List.of("LOCK", "store.data"), names());
    assertEquals(
        ByteBuffer.wrap(before), ByteBuffer.wrap(Files.readAllBytes(folder.resolve("store.data"))));
  }

  @Test
  void lostPagesCostNothingThatWasSynced() throws Exception {
    for (int step = 2; step <= 6; step++) {
      write(step);
      String file = Listing.read(folder).log().get(0);
      for (int seed = 0; seed < 20; seed++) {
        String verdict = ask(step, new Harm("lose", file, 0, 0, seed));
        String kind = field(verdict, "verdict");
        assertTrue(kind.equals("whole") || kind.equals("prefix"), step + ", " + seed + verdict);
        assertTrue(Integer.parseInt(field(verdict, "records")) >= 2, verdict);
      }
      Folders.delete(folder);
    }
  }

  @Test
  void aDeletedFileIsMissed() throws Exception {
    try (var step5 = kv.step5.Store.open(folder)) {
      step5.put(bytes("os"), bytes("mac"));
      step5.merge();
    }
    String verdict = ask(5, new Harm("delete", "000001-000001.1.data", 0, 0, 0));
    assertEquals("refused", field(verdict, "verdict"), verdict);
    assertTrue(field(verdict, "message").startsWith(SHOWN), verdict);
  }

  /** Its open reads the hint file in place of the segment. */
  @Test
  void theEngineOpensADamagedSegmentWithAHintFileAndAReadFails() throws Exception {
    Options small = Options.DEFAULT.withSegmentSize(4096);
    try (var engine = kv.engine.Store.open(folder, small)) {
      for (int i = 0; i < 100; i++) {
        engine.put(bytes("key" + i), new byte[100]);
      }
    }
    String first = Listing.read(folder).log().get(0);
    String verdict = ask(6, new Harm("flip", first, 200, 3, 0));
    assertEquals("failed-read", field(verdict, "verdict"), verdict);
    assertEquals(
        "The engine opens the copy, and a read of the damaged record fails.",
        field(verdict, "sentence"));
    assertTrue(field(verdict, "message").contains(first), verdict);
  }

  @Test
  void step1DoesNotReadWhatItOpens() throws Exception {
    write(1);
    String verdict = ask(1, new Harm("flip", "store.data", 20, 3, 0));
    assertEquals("unread", field(verdict, "verdict"));
    assertEquals("null", field(verdict, "message"));
  }

  /** The store's merge takes files away while they are copied. */
  @Test
  void theCopyOfAStoreThatMergesIsWhole() throws Exception {
    try (var step5 = kv.step5.Store.open(folder)) {
      step5.put(bytes("os"), new byte[2 << 20]);
      AtomicBoolean enough = new AtomicBoolean();
      CompletableFuture<Void> merges =
          CompletableFuture.runAsync(
              () -> {
                try {
                  for (int i = 0; !enough.get(); i++) {
                    step5.put(bytes("editor"), new byte[i % 5000]);
                    step5.merge();
                    // A copy must fit between two merges now and then, on a fast disk too.
                    Thread.sleep(20);
                  }
                } catch (IOException | InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      for (int i = 0; i < 50; i++) {
        String verdict = ask(5, new Harm("delete", "LOCK", 0, 0, 0));
        assertEquals("whole", field(verdict, "verdict"), verdict);
      }
      enough.set(true);
      merges.get();
    }
  }

  @Test
  void nothingIsLeftOfACopy() throws Exception {
    write(3);
    Path temporary;
    try (WhatIf closed = new WhatIf(steps)) {
      closed.answer(folder, SHOWN, 3, new Harm("cut", "store.data", 30, 0, 0));
      temporary = closed.folder();
      try (Stream<Path> left = Files.list(temporary)) {
        assertEquals(0, left.count());
      }
    }
    assertFalse(Files.exists(temporary));
  }

  @Test
  void aStoreThatIsTooLargeIsNotCopied() throws Exception {
    write(2);
    IllegalArgumentException refused;
    try (WhatIf small = new WhatIf(steps, 1000)) {
      refused =
          assertThrows(
              IllegalArgumentException.class,
              () -> small.answer(folder, SHOWN, 2, new Harm("cut", "store.data", 30, 0, 0)));
    }
    String message = refused.getMessage();
    assertTrue(message.endsWith("only a store of up to 1,000 bytes is copied for this"), message);
  }

  @Test
  void anUnknownPlaceIsRefused() throws Exception {
    write(2);
    for (Harm harm :
        List.of(
            new Harm("cut", "../store.data", 0, 0, 0),
            new Harm("cut", "nothing", 0, 0, 0),
            new Harm("cut", "store.data", 1 << 20, 0, 0),
            new Harm("burn", "store.data", 0, 0, 0))) {
      assertThrows(IllegalArgumentException.class, () -> ask(2, harm), harm.toString());
    }
  }

  @Test
  void theExampleOfEachStepIsReplayed() throws Exception {
    try (Examples examples = new Examples(steps, whatIf)) {
      for (int step = 1; step <= 6; step++) {
        String example = examples.of(step);
        int frames = Recorded.lastFrame(examples.folderOf(step)) + 1;
        assertEquals(frames, example.split("\"call\":").length - 1);
        assertTrue(example.contains("\"records\":{"), example);
        assertEquals(step <= 2, example.contains("\"keydir\":null"), "step " + step);
        String last = Listing.read(Recorded.frame(examples.folderOf(step), 3)).log().get(0);
        String verdict = examples.answer(step, 3, new Harm("cut", last, 8, 0, 0));
        assertTrue(field(verdict, "of").matches("[1-4]"), verdict);
      }
      assertTrue(examples.of(4).contains("\"kind\":\"merge\""), examples.of(4));
      assertTrue(examples.of(5).contains("000001-000002.2.data replaces"), examples.of(5));
      for (int step = 4; step <= 6; step++) {
        String phases = step == 4 ? "compact\\(\\): " : "merge\\(\\): ";
        List<String> calls =
            Pattern.compile("\"call\":\"" + phases + "([^\"]*)\"")
                .matcher(examples.of(step))
                .results()
                .map(call -> call.group(1))
                .toList();
        assertTrue(calls.size() > 1, calls.toString());
        assertEquals(List.of("writes the copy", "renames it"), calls.subList(0, 2));
        assertEquals(step > 4, calls.contains("deletes the inputs"), "step " + step);
      }
      assertTrue(examples.of(6).contains("\"kind\":\"seal\""), examples.of(6));
      assertFalse(examples.of(6).contains("put os at offset 16 of 000001-000002.1.data"));
      assertTrue(examples.of(3).contains("overwrite"), examples.of(3));
      assertEquals(0, Examples.step("example/7"));
      assertEquals(2, Examples.step("example/2"));
    }
  }
}
