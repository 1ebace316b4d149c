#!/bin/sh
# A flipped bit in the middle of LevelDB's log.
#
# 1,001 keys are put, the last one with sync, and the database is closed. A close leaves the records
# in the log. One bit in the middle of the log flips. The database is opened again.
#
# Expected: an error, or the keys before the damaged record, as RocksDB has them by default.
#
# Seen with classic-level 3.0.0 (npm), which contains LevelDB 1.20: the open reports no error. 119
# keys in the middle are missing, and the keys before and after them are there. LevelDB skips the
# rest of the damaged block of 32 KiB and goes on with the next one. It writes what it found to a
# table and deletes the log, so the missing records are lost for good. Only the file LOG
# mentions it, in one line that begins with "(ignoring error)".
#
# A store that goes on after a hole can return an older value of a key, or a deleted one. The option
# against it, paranoid_checks, is not offered by classic-level.
#
# Needs: Node.js 20 or newer, npm and a network for the package.
# Usage: findings/leveldb-leaves-a-hole.sh
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/package.json" <<'JSON'
{"private": true, "dependencies": {"classic-level": "3.0.0"}}
JSON
cat > "$folder/hole.js" <<'JS'
const { ClassicLevel } = require('classic-level');
const fs = require('fs');
const path = require('path');

const name = (i) => 'key' + String(i).padStart(4, '0');

async function main(directory) {
  let db = new ClassicLevel(directory);
  await db.open();
  for (let i = 0; i < 1000; i++) {
    await db.put(name(i), 'v'.repeat(240));
  }
  await db.put('last', 'x', { sync: true });
  await db.close();

  const log = path.join(directory, fs.readdirSync(directory).find((f) => f.endsWith('.log')));
  const bytes = fs.readFileSync(log);
  bytes[132000] ^= 1;
  fs.writeFileSync(log, bytes);

  db = new ClassicLevel(directory);
  await db.open();
  const missing = [];
  for (let i = 0; i < 1000; i++) {
    if ((await db.get(name(i))) === undefined) {
      missing.push(name(i));
    }
  }
  console.log(`missing: ${missing.length}, from ${missing[0]} to ${missing.at(-1)}`);
  console.log(`last: ${await db.get('last')}`);
  console.log(`the log is there: ${fs.existsSync(log)}`);
  await db.close();
}
main(process.argv[2]);
JS
(cd "$folder" && npm install --silent --no-audit --no-fund)
seen=$(node "$folder/hole.js" "$folder/db")
echo "$seen"
expected="missing: 119, from key0488 to key0606
last: x
the log is there: false"
if [ "$seen" = "$expected" ]; then
  echo "as described"
else
  echo "not as described: this has changed" >&2
  exit 1
fi
