// node-redis with its defaults: RESP3, and a connection that is opened again without end.

import assert from 'node:assert/strict';
import { createClient } from 'redis';
import { afterReconnect, fails, port, restart, run } from './harness.mjs';

await run(async () => {
  const client = createClient({ url: `redis://127.0.0.1:${port}` });
  client.on('error', () => {}); // Reported for each failed attempt to connect again.
  await client.connect();

  assert.equal(await client.ping(), 'PONG');
  assert.equal(await client.set('os', 'linux'), 'OK');
  assert.equal(await client.get('os'), 'linux');
  assert.equal(await client.set('os', 'bsd', { condition: 'NX' }), null);
  assert.equal(await client.set('os', 'bsd', { condition: 'XX', GET: true }), 'linux');
  assert.equal(await client.incrBy('n', 42), 42);
  assert.deepEqual(await client.mGet(['os', 'x', 'n']), ['bsd', null, '42']);
  assert.equal(await client.type('os'), 'string');
  assert.equal(await client.ttl('os'), -1);
  assert.equal(await client.unlink(['os', 'x']), 1);
  const bytes = Buffer.from([0, 13, 10, 255]);
  await client.set('bytes', bytes);

  // Commands of one turn are pipelined.
  const keys = Array.from({ length: 300 }, (_, i) => `key${i}`);
  await Promise.all(keys.map((key) => client.set(key, key)));
  const found = [];
  for await (const page of client.scanIterator({ MATCH: 'key*' })) {
    found.push(...page);
  }
  assert.deepEqual(new Set(found), new Set(keys));

  assert.deepEqual(await client.multi().set('t', '1').incr('t').exec(), ['OK', 2]);

  await fails(() => client.set('k', 'v', { expiration: { type: 'EX', value: 60 } }), /EX is not supp/);
  await fails(() => client.eval('return 1'), /not supported/);
  await fails(() => client.publish('channel', 'text'), /not supported/);
  assert.equal(await client.get('k'), null);

  await restart();
  assert.equal(await afterReconnect(() => client.get('key7')), 'key7');
  assert.equal(await client.set('key7', 'again'), 'OK');
});
