package kv.benchmarks.harness;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StepTest {
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(names = {"STEP2", "STEP3", "STEP4"})
  void stepsTwoToFourReadALogOfStepOne(Step step) throws IOException {
    List<Data.Pair> pairs = Data.unicodeNames().subList(0, 500);
    try (AnyStore store = Step.STEP1.open(directory)) {
      for (Data.Pair pair : pairs) {
        store.put().put(pair.key(), pair.value());
      }
      store.sync().run();
    }
    byte[] written = Files.readAllBytes(directory.resolve("store.data"));

    try (AnyStore store = step.open(directory)) {
      for (Data.Pair pair : pairs) {
        assertArrayEquals(pair.value(), store.get().get(pair.key()));
      }
      assertNull(store.get().get(Data.key(1)));
    }
    assertArrayEquals(written, Files.readAllBytes(directory.resolve("store.data")));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "STEP1")
  void getReturnsTheValuePut(Step step) throws IOException {
    try (AnyStore store = step.open(directory)) {
      store.put().put(Data.key(1), Data.value(1));
      store.sync().run();
      assertArrayEquals(Data.value(1), store.get().get(Data.key(1)));
      assertNull(store.get().get(Data.key(2)));
    }
    try (AnyStore store = step.openDurable(directory)) {
      assertArrayEquals(Data.value(1), store.get().get(Data.key(1)));
      store.put().put(Data.key(1), Data.value(2));
      assertArrayEquals(Data.value(2), store.get().get(Data.key(1)));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"STEP4", "STEP5", "ENGINE"})
  void compactReclaimsSpace(Step step) throws IOException {
    try (AnyStore store = step.open(directory)) {
      for (int i = 0; i < 10_000; i++) {
        store.put().put(Data.key(i % 10), Data.value(i));
      }
      long before = WorkDirectory.size(directory);
      store.compact().run();
      assertTrue(WorkDirectory.size(directory) < before / 100);
      assertArrayEquals(Data.value(9_999), store.get().get(Data.key(9)));
    }
  }

  @Test
  void aDurablePutIncludesASync() throws IOException {
    List<String> calls = new ArrayList<>();
    AnyStore store =
        new AnyStore(
            (key, value) -> calls.add("put"),
            AnyStore::noGet,
            () -> calls.add("sync"),
            AnyStore::noCompact,
            () -> calls.add("close"));
    try (AnyStore durable = store.withSyncInPut()) {
      durable.put().put(Data.key(1), Data.value(1));
      durable.put().put(Data.key(2), Data.value(2));
    }
    assertEquals(List.of("put", "sync", "put", "sync", "close"), calls);
  }

  @ParameterizedTest
  @EnumSource
  void twoStepsDoNotOpenADirectoryAtTheSameTime(Step step) throws IOException {
    try (AnyStore store = step.open(directory)) {
      store.put().put(Data.key(1), Data.value(1));
      for (Step other : Step.values()) {
        IOException e = assertThrows(IOException.class, () -> other.open(directory));
        assertTrue(e.getMessage().contains(directory.toString()), e.getMessage());
      }
    }
  }

  @Test
  void aStepIsShownByTheNameOfItsModule() {
    assertEquals("step2-scan", Step.STEP2.toString());
  }
}
