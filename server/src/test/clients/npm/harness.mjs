// The common part of the programs for the clients. Each runs with the server's port as argument.
// It prints "restart" when it wants the server to be restarted, and reads a line when that is done.

import assert from 'node:assert/strict';
import readline from 'node:readline';

const RECONNECT_MILLIS = 20_000;

export const port = Number(process.argv[2]);

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Has the server restarted on its port. */
export async function restart() {
  console.log('restart');
  await lines.next();
}

/** Returns the result of an action that may fail while a client connects again. */
export async function afterReconnect(action) {
  const deadline = Date.now() + RECONNECT_MILLIS;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (Date.now() > deadline) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Checks that an action fails with a message. */
export async function fails(action, message) {
  await assert.rejects(action, (error) => {
    assert.match(String(error), message);
    return true;
  });
}

/** Runs a program, and ends the process: clients that connect again would keep it alive. */
export async function run(program) {
  const watchdog = setTimeout(() => {
    console.error('no end within 60 s');
    process.exit(2);
  }, 60_000);
  try {
    await program();
    console.log('done');
    process.exit(0);
  } catch (error) {
    console.error(error);
    process.exit(1);
  } finally {
    clearTimeout(watchdog);
  }
}
