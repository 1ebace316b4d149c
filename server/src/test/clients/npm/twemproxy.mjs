// The settings with which clients work through twemproxy 0.5.0: it hangs up on HELLO, CLIENT and INFO.

import assert from 'node:assert/strict';
import { Redis } from 'ioredis';
import { Redis as Valkey } from 'iovalkey';
import { createClient } from 'redis';
import { port, run } from './harness.mjs';

await run(async () => {
  const nodeRedis = createClient({
    url: `redis://127.0.0.1:${port}`,
    RESP: 2,
    disableClientInfo: true,
  });
  await nodeRedis.connect();
  assert.equal(await nodeRedis.set('node-redis', '1'), 'OK');
  assert.equal(await nodeRedis.get('node-redis'), '1');

  const ioredis = new Redis(port, {
    protocol: 2,
    enableReadyCheck: false,
    disableClientInfo: true,
  });
  assert.equal(await ioredis.set('ioredis', '1'), 'OK');
  assert.deepEqual(await ioredis.mget('ioredis', 'x'), ['1', null]);

  const iovalkey = new Valkey(port, { enableReadyCheck: false, disableClientInfo: true });
  assert.equal(await iovalkey.set('iovalkey', '1'), 'OK');
  assert.equal(await iovalkey.get('iovalkey'), '1');
});
