package kv.server.resp;

import java.io.IOException;
import kv.server.core.Settings;
import org.junit.jupiter.api.Test;

/** The commands, with a store of step 5 in place of the engine. */
class OwnStoreCommandsTest extends CommandsTest {
  @Override
  protected Settings.Builder settings() {
    return super.settings().code(STEP_5);
  }

  @Override
  @Test
  void flushDeletesAllKeys() throws IOException {
    String refusal =
        "-ERR the store in "
            + STEP_5
            + " cannot delete all keys: step 5 has no call for that; delete them by DEL|";
    check("SET a 1", "+OK|");
    check("FLUSHDB", refusal);
    check("FLUSHALL", refusal);
    check("DBSIZE", ":1|");
  }

  @Test
  void snapshotsAreRefusedWithTheReason() throws IOException {
    String refusal =
        "-ERR the store in "
            + STEP_5
            + " cannot take snapshots: step 5 has no call for that; stop the server and copy"
            + " --dir|";
    check("SAVE", refusal);
    check("BGSAVE", refusal);
  }
}
