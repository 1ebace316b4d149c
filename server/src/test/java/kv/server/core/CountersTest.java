package kv.server.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** The counts that are not just added up. */
class CountersTest {
  private final Counters counters = new Counters();

  private void countCommands(int commands) {
    for (int i = 0; i < commands; i++) {
      counters.countCommand();
    }
  }

  @Test
  void commandsPerSecondAreThoseOfTheLastSecond() {
    assertEquals(0, counters.commandsPerSecond());
    countCommands(500);
    counters.secondPassed();
    assertEquals(500, counters.commandsPerSecond());
    countCommands(200);
    counters.secondPassed();
    assertEquals(200, counters.commandsPerSecond());
    counters.secondPassed();
    assertEquals(0, counters.commandsPerSecond());
  }
}
