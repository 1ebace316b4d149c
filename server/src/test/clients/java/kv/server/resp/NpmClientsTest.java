package kv.server.resp;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients for Node.js with their defaults: the programs in src/test/clients/npm. */
@Tag("clients")
class NpmClientsTest extends ProgramFixture {
  @ParameterizedTest
  @ValueSource(strings = {"node-redis", "ioredis", "iovalkey", "valkey-glide"})
  void worksAndSurvivesARestart(String program) throws Exception {
    runWithRestart(npm(), "node", program + ".mjs", "" + port());
  }
}
