package kv.server.http;

import kv.server.core.Settings;

/** Lists of keys over HTTP, with a store of step 5 in place of the engine. */
class OwnStoreKeyListResourceTest extends KeyListResourceTest {
  @Override
  protected Settings.Builder settings() {
    return super.settings().code(STEP_5);
  }
}
