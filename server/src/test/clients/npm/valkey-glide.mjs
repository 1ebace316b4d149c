// valkey-glide with its defaults: RESP3, and a look at INFO replication for the server's role.

import assert from 'node:assert/strict';
import { Batch, GlideClient, TimeUnit } from '@valkey/valkey-glide';
import { afterReconnect, fails, port, restart, run } from './harness.mjs';

await run(async () => {
  const client = await GlideClient.createClient({
    addresses: [{ host: '127.0.0.1', port }],
    requestTimeout: 10_000, // The default, 250 ms, is short on a machine with other work.
  });

  assert.equal(await client.ping(), 'PONG');
  assert.equal(await client.set('os', 'linux'), 'OK');
  assert.equal(await client.get('os'), 'linux');
  const onlyNew = { conditionalSet: 'onlyIfDoesNotExist' };
  assert.equal(await client.set('os', 'bsd', onlyNew), null);
  const onlyOld = { conditionalSet: 'onlyIfExists', returnOldValue: true };
  assert.equal(await client.set('os', 'bsd', onlyOld), 'linux');
  assert.equal(await client.incrBy('n', 42), 42);
  assert.deepEqual(await client.mget(['os', 'x', 'n']), ['bsd', null, '42']);
  assert.equal(await client.type('os'), 'string');
  assert.equal(await client.ttl('os'), -1);
  assert.equal(await client.unlink(['os', 'x']), 1);

  const keys = Array.from({ length: 300 }, (_, i) => `key${i}`);
  const pipeline = new Batch(false);
  keys.forEach((key) => pipeline.set(key, key));
  assert.equal((await client.exec(pipeline, true)).length, 300);
  const found = [];
  let cursor = '0';
  do {
    const [next, page] = await client.scan(cursor, { match: 'key*' });
    found.push(...page);
    cursor = next;
  } while (cursor !== '0');
  assert.deepEqual(new Set(found), new Set(keys));

  const transaction = new Batch(true).set('t', '1').incr('t');
  assert.deepEqual(await client.exec(transaction, true), ['OK', 2]);

  const minute = { expiry: { type: TimeUnit.Seconds, count: 60 } };
  await fails(() => client.set('k', 'v', minute), /EX is not supported/);
  await fails(() => client.customCommand(['EVAL', 'return 1', '0']), /not supported/);
  await fails(() => client.publish('text', 'channel'), /not supported/);
  assert.equal(await client.get('k'), null);

  await restart();
  assert.equal(await afterReconnect(() => client.get('key7')), 'key7');
  assert.equal(await client.set('key7', 'again'), 'OK');
});
