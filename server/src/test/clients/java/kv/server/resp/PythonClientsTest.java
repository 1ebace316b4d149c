package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Debian's redis-py, with and without the parser of hiredis. */
@Tag("clients")
class PythonClientsTest extends ProgramFixture {
  /** Debian's Python: another in the path would not see Debian's packages. */
  private static final String PYTHON = "/usr/bin/python3";

  @BeforeEach
  void requirePackages() throws Exception {
    ClientPrograms.Result result =
        ClientPrograms.run(30, null, PYTHON, "-c", "import redis, hiredis");
    String hint = "on Debian: apt-get install python3-redis python3-hiredis\n" + result.output();
    assertEquals(0, result.status(), hint);
  }

  @ParameterizedTest
  @ValueSource(strings = {"HiredisParser", "PythonParser"})
  void worksAndSurvivesARestart(String parser) throws Exception {
    runWithRestart(PROGRAMS.resolve("python"), PYTHON, "redis-py.py", "" + port(), parser);
  }
}
