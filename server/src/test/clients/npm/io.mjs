// The common part of ioredis and iovalkey: iovalkey began as a copy of ioredis.

import assert from 'node:assert/strict';
import { afterReconnect, fails, port, restart, run } from './harness.mjs';

/** Checks a client that is created with its defaults. */
export async function check(Client) {
  await run(async () => {
    const client = new Client(port);
    client.on('error', () => {}); // Reported for each failed attempt to connect again.

    assert.equal(await client.ping(), 'PONG');
    assert.equal(await client.set('os', 'linux'), 'OK');
    assert.equal(await client.get('os'), 'linux');
    assert.equal(await client.set('os', 'bsd', 'NX'), null);
    assert.equal(await client.set('os', 'bsd', 'XX', 'GET'), 'linux');
    assert.equal(await client.incrby('n', 42), 42);
    assert.deepEqual(await client.mget('os', 'x', 'n'), ['bsd', null, '42']);
    assert.equal(await client.type('os'), 'string');
    assert.equal(await client.ttl('os'), -1);
    assert.equal(await client.unlink('os', 'x'), 1);
    const bytes = Buffer.from([0, 13, 10, 255]);
    await client.set('bytes', bytes);
    assert.deepEqual(await client.getBuffer('bytes'), bytes);

    const keys = Array.from({ length: 300 }, (_, i) => `key${i}`);
    const pipeline = client.pipeline();
    keys.forEach((key) => pipeline.set(key, key));
    assert.equal((await pipeline.exec()).length, 300);
    const found = [];
    for await (const page of client.scanStream({ match: 'key*' })) {
      found.push(...page);
    }
    assert.deepEqual(new Set(found), new Set(keys));

    const results = await client.multi().set('t', '1').incr('t').exec();
    assert.deepEqual(results, [[null, 'OK'], [null, 2]]);

    await fails(() => client.set('k', 'v', 'EX', 60), /EX is not supported/);
    await fails(() => client.eval('return 1', 0), /not supported/);
    await fails(() => client.publish('channel', 'text'), /not supported/);
    assert.equal(await client.get('k'), null);

    await restart();
    assert.equal(await afterReconnect(() => client.get('key7')), 'key7');
    assert.equal(await client.set('key7', 'again'), 'OK');
  });
}
