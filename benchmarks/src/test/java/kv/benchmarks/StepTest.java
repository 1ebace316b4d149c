package kv.benchmarks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StepTest {
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "STEP1")
  void whatStepOneHasWrittenEveryOtherStepReads(Step step) throws IOException {
    List<Data.Pair> pairs = Data.unicodeNames().subList(0, 500);
    try (Engine engine = Step.STEP1.open(directory)) {
      for (Data.Pair pair : pairs) {
        engine.put().put(pair.key(), pair.value());
      }
      engine.sync().run();
    }
    byte[] written = Files.readAllBytes(directory.resolve("store.data"));

    try (Engine engine = step.open(directory)) {
      for (Data.Pair pair : pairs) {
        assertArrayEquals(pair.value(), engine.get().get(pair.key()));
      }
      assertNull(engine.get().get(Data.key(1)));
    }
    assertArrayEquals(written, Files.readAllBytes(directory.resolve("store.data")));
  }

  @ParameterizedTest
  @EnumSource
  void noTwoStepsUseOneDirectoryAtTheSameTime(Step step) throws IOException {
    try (Engine engine = step.open(directory)) {
      engine.put().put(Data.key(1), Data.value(1));
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
