package kv.server.http;

import kv.server.core.Settings;

/** Keys and values over HTTP, with a store of step 5 in place of the engine. */
class OwnStoreKeyResourceTest extends KeyResourceTest {
  @Override
  protected Settings.Builder settings() {
    return super.settings().code(STEP_5);
  }
}
