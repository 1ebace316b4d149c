/*
 * The script of page.html. /events sends the numbers of /stats four times a second; segments.js
 * draws the bars.
 */
import {Segments, group, isMerging, make, parse, say, shortName, size} from './segments.js';

/** The most bars, and rows of the table. With more segments, neighbors are drawn as one. */
const MOST_GROUPS = 160;

/** The least width of a bar with its gap, in pixels. */
const BAR_WIDTH = 6;

/** Bytes of a value that are shown: as text, and in hex, which takes more room. */
const MOST_TEXT = 1 << 20;
const MOST_HEX = 4096;

/** Keys in one page of the list. */
const PAGE_KEYS = 100;

/** Samples in a rate, one second, and in its line, one minute. */
const RATE_SAMPLES = 5;
const LINE_SAMPLES = 240;

/** Milliseconds without an event after which the server counts as lost. */
const PATIENCE = 3000;

const at = (id) => document.getElementById(id);

// ======== Words ========

const grouped = new Intl.NumberFormat('en');

function percent(part, whole) {
  return whole === 0 ? '0 %' : Math.round(100 * part / whole) + '\u00a0%';
}

// ======== Requests ========

const NO_PASSWORD =
    'The server requires a password: reload the page and enter it, with any user name.';

/** Returns an absolute address: on a page of http://user:password@host, fetch refuses others. */
function address(path) {
  return location.origin + path;
}

/** Returns the message for a response that is an error. */
function errorMessage(response, text) {
  return response.status === 401 ? NO_PASSWORD : response.status + ': ' + text.trim();
}

// ======== Numbers ========

const samples = [];
const lines = {read: [], write: []};

function rate(count) {
  const old = samples[0];
  const now = samples[samples.length - 1];
  const millis = now.uptimeMillis - old.uptimeMillis;
  return millis > 0 ? 1000 * (count(now) - count(old)) / millis : 0;
}

function drawLine(name, value) {
  const line = lines[name];
  line.push(value);
  if (line.length > LINE_SAMPLES) {
    line.shift();
  }
  const most = Math.max(1, ...line);
  const from = LINE_SAMPLES - line.length;
  const points = line.map((v, i) => (from + i) + ',' + (19 - 18 * v / most).toFixed(1));
  at(name + 'Line').setAttribute('points', points.join(' '));
}

function drawNumbers(stats) {
  if (samples.length > 0 && stats.uptimeMillis < samples[samples.length - 1].uptimeMillis) {
    // The server was restarted, and its counts began at 0.
    samples.length = 0;
  }
  samples.push(stats);
  if (samples.length > RATE_SAMPLES) {
    samples.shift();
  }
  const reads = rate((s) => s.gets);
  const writes = rate((s) => s.puts + s.deletes);
  say(at('keys'), grouped.format(stats.keys));
  say(at('pairs'), stats.keys === 0 ? '' : '≈ ' + size(stats.liveBytes / stats.keys) + ' each');
  say(at('reads'), grouped.format(Math.round(reads)));
  say(at('writes'), grouped.format(Math.round(writes)));
  drawLine('read', reads);
  drawLine('write', writes);
  say(at('live'), size(stats.liveBytes));
  say(at('dead'), size(stats.deadBytes));
  say(at('share'), percent(stats.deadBytes, stats.liveBytes + stats.deadBytes) + ' of the log');
  say(at('merges'), stats.merges === null ? '–' : grouped.format(stats.merges));
  say(at('merged'), stats.merges === null
      ? 'not reported' : size(stats.mergedBytes) + ' written');
}

/** Names the store, and says why there are no bars, if there are none. */
function drawStore(stats) {
  say(at('served'), stats.store === 'engine'
      ? 'the engine on the network' : 'your own store on the network: ' + stats.store);
  say(at('empty').firstElementChild, stats.files === 0
      ? 'The log is empty. The first put creates a segment.'
      : 'This store reports the sums of its ' + grouped.format(stats.files)
          + (stats.files === 1 ? ' segment' : ' segments') + ', and not each of them.');
}

// ======== Bars ========

const bars = new Segments(at('plot'));

/** Returns the segments as files to draw. */
function filesOf(segments) {
  return segments.map((s) => {
    const {first, last} = parse(s.name);
    return {
      name: s.name,
      label: shortName(first, last),
      first,
      last,
      sealed: s.sealed,
      parts: [
        {id: 'dead', kind: 'dead', bytes: s.deadBytes},
        {id: 'live', kind: 'live', bytes: s.liveBytes},
      ],
    };
  });
}

function bytesOfKind(file, kind) {
  return file.parts.find((part) => part.kind === kind).bytes;
}

function words(file) {
  return (file.sealed ? 'sealed, ' : 'being written, ') + size(bytesOfKind(file, 'live'))
      + ' live, ' + size(bytesOfKind(file, 'dead')) + ' dead';
}

function drawBars(files, merging) {
  at('empty').hidden = files.length > 0;
  bars.draw(files.map((file) => ({...file, title: file.name + ': ' + words(file)})), merging);
}

// ======== The table ========

/** Sets a segment's name, which may be broken after its hyphen where the window is narrow. */
function sayName(cell, name) {
  if (cell.textContent !== name) {
    const end = name.indexOf('-') + 1;
    cell.replaceChildren(name.slice(0, end), document.createElement('wbr'), name.slice(end));
  }
}

function drawTable(files, merging) {
  const rows = at('rows').rows;
  while (rows.length > files.length) {
    at('rows').deleteRow(-1);
  }
  while (rows.length < files.length) {
    const row = at('rows').insertRow();
    make(row, 'th', '').scope = 'row';
    for (let i = 0; i < 4; i++) {
      row.insertCell();
    }
  }
  files.forEach((file, i) => {
    const cells = rows[i].cells;
    const live = bytesOfKind(file, 'live');
    const dead = bytesOfKind(file, 'dead');
    sayName(cells[0], file.name);
    say(cells[1], isMerging(file, merging) ? 'being merged' : file.sealed ? 'sealed' : 'being written');
    say(cells[2], size(live));
    say(cells[3], size(dead));
    say(cells[4], percent(dead, live + dead));
  });
}

// ======== Finished merges ========

/** The last event without a half-done merge, for comparison with the next one; or null. */
let settled = null;

/**
 * Returns whether a segment is shown together with its replacement. A merge publishes its output
 * first, then moves the keys to it, and then removes the inputs: an event in between has both.
 */
function hasOverlap(segments) {
  let end = 0;
  return segments.some((segment) => {
    const {first, last} = parse(segment.name);
    const overlaps = first <= end;
    end = Math.max(end, last);
    return overlaps;
  });
}

/** Returns the segments that are not among the others. */
function without(segments, others) {
  const names = new Set(others.map((s) => s.name));
  return segments.filter((s) => !names.has(s.name));
}

function bytesOf(segments) {
  return segments.reduce((sum, s) => sum + s.liveBytes + s.deadBytes, 0);
}

/** Returns whether each of the segments that were merged into an output is among the inputs. */
function isComplete(output, inputs) {
  const whole = parse(output.name);
  const parts = inputs.map((s) => parse(s.name))
      .filter((part) => part.first >= whole.first && part.last <= whole.last);
  return parts.reduce((sum, part) => sum + part.last - part.first + 1, 0)
      === whole.last - whole.first + 1;
}

/**
 * Returns how much space a merge reclaimed: its inputs' bytes minus its output's. An input may have
 * grown after it was last seen, or appeared and disappeared between two events: then the size is a
 * lower bound.
 */
function reclaimed(inputs, outputs, wasQuiet) {
  const bytes = bytesOf(inputs) - bytesOf(outputs);
  const isExact = (wasQuiet || inputs.every((s) => s.sealed))
      && outputs.every((output) => isComplete(output, inputs));
  if (isExact) {
    return ': ' + size(bytes) + ' reclaimed.';
  }
  return bytes > 0 ? ': at least ' + size(bytes) + ' reclaimed.' : '.';
}

function reportMerges(stats) {
  if (hasOverlap(stats.segments)) {
    return;
  }
  if (settled !== null && stats.uptimeMillis >= settled.uptimeMillis) {
    const inputs = without(settled.segments, stats.segments);
    const outputs = without(stats.segments, settled.segments)
        .filter((s) => parse(s.name).generation > 0);
    const wasQuiet = stats.puts === settled.puts && stats.deletes === settled.deletes;
    if (inputs.length > 0) {
      say(at('notice'), 'Merged' + (outputs.length > 0 ? ' into ' : '')
          + outputs.map((s) => s.name).join(', ') + reclaimed(inputs, outputs, wasQuiet));
    }
  }
  settled = stats;
}

function draw(stats) {
  const merging = stats.merging === null
      ? null : {...parse(stats.merging.name), bytes: stats.merging.bytes};
  const room = Math.max(1, Math.floor(at('plot').clientWidth / BAR_WIDTH));
  drawNumbers(stats);
  drawStore(stats);
  const files = filesOf(stats.segments);
  drawBars(group(files, Math.min(MOST_GROUPS, room)), merging);
  drawTable(group(files, MOST_GROUPS), merging);
  reportMerges(stats);
  at('plot').setAttribute('aria-label', 'Segments: ' + stats.files + '. Live: '
      + size(stats.liveBytes) + '. Dead: ' + size(stats.deadBytes)
      + '. The table below lists them.');
}

// ======== The connection ========

let events = null;
let patience = 0;

function connection(state, text) {
  document.body.className = state;
  say(at('connection'), text);
}

function lost() {
  connection('lost', 'The server does not answer. Trying again.');
}

function heard(stats) {
  if (stats?.failure) {
    connection('failed', 'The store refuses writes; reads continue: ' + stats.failure);
  } else {
    connection('live', stats?.readOnly ? 'live, read-only' : 'live');
  }
  clearTimeout(patience);
  patience = setTimeout(lost, PATIENCE);
}

function connect() {
  events = new EventSource(address('/events'));
  events.onmessage = receive;
  events.addEventListener('failure', (message) => {
    heard();
    connection('lost', 'The store has failed: ' + JSON.parse(message.data));
  });
  events.onerror = disconnected;
}

function receive(message) {
  const stats = JSON.parse(message.data);
  heard(stats);
  draw(stats);
}

function disconnected() {
  lost();
  if (events.readyState === EventSource.CLOSED) {
    retry();
  }
}

function disconnect() {
  events?.close();
  clearTimeout(patience);
}

/** Connects again after the server refused to send events, and the browser gave up. */
async function retry() {
  // An EventSource does not report why it was refused. Another request does.
  const response = await fetch(address('/health')).catch(() => null);
  if (response?.status === 401) {
    clearTimeout(patience);
    connection('lost', NO_PASSWORD);
  } else {
    setTimeout(() => document.hidden || connect(), PATIENCE);
  }
}

// A page in the background needs no events, and a browser has only six connections to a server.
document.addEventListener('visibilitychange', () => {
  disconnect();
  if (!document.hidden) {
    connect();
  }
});

// ======== One key ========

let lastRequest = 0;

/** Returns the key in the form, percent-encoded. */
function keyOfForm() {
  const text = at('key').value;
  // With the box ticked, % begins an escape, which the server checks. All else is encoded here.
  return at('encoded').checked
      ? text.replace(/[^%]+/g, (some) => encodeURIComponent(some)) : encodeURIComponent(text);
}

/** Returns the length of a value, of which the response may contain the first bytes only. */
function lengthOf(response, bytes) {
  const range = /\/(\d+)$/.exec(response.headers.get('Content-Range'));
  return range === null ? bytes.length : Number(range[1]);
}

/** Shows a value as text, or in hex, and returns a description of it. */
function showValue(response, bytes) {
  const length = lengthOf(response, bytes);
  const isText = response.headers.get('Content-Type').startsWith('text/plain');
  const some = isText ? bytes : bytes.subarray(0, MOST_HEX);
  const field = at('shown');
  // The last character of a long text may be cut: a stream leaves that out.
  field.value = isText
      ? new TextDecoder('utf-8', {ignoreBOM: true}).decode(some, {stream: true})
      : Array.from(some, (b) => b.toString(16).padStart(2, '0')).join(' ');
  at('found').hidden = length === 0;
  // As high as the text, up to the limit in the style.
  field.style.height = 'auto';
  field.style.height = field.scrollHeight + 2 + 'px';
  return [
    grouped.format(length) + (length === 1 ? ' byte' : ' bytes'),
    isText ? '' : 'in hex',
    some.length < length ? 'the first ' + grouped.format(some.length) + ' shown' : '',
  ].filter((part) => part !== '').join(', ');
}

/** Returns a description of the outcome, and shows the value, if any. Throws errors for the user. */
function outcome(method, response, bytes) {
  if (response.status === 404) {
    return 'no such key';
  }
  if (response.status === 416 && lengthOf(response, bytes) === 0) {
    // An empty value has no byte in the requested range.
    return '0 bytes';
  }
  if (!response.ok) {
    throw new Error(errorMessage(response, new TextDecoder().decode(bytes)));
  }
  if (method === 'GET') {
    return showValue(response, bytes);
  }
  if (method === 'DELETE') {
    return 'deleted';
  }
  return response.status === 201 ? 'put, new key' : 'put, supersedes the old value';
}

/** Gets, puts or deletes a key, which is percent-encoded. */
async function ask(method, key, value) {
  const number = ++lastRequest;
  const start = performance.now();
  const path = '/kv?key=' + key;
  const response = await fetch(address(path), {
    method,
    headers: method === 'GET' ? {Range: 'bytes=0-' + (MOST_TEXT - 1)} : {},
    body: method === 'PUT' ? value : undefined,
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const millis = (performance.now() - start).toFixed(1);
  // The user may have sent another request, which was answered first.
  if (number === lastRequest) {
    at('found').hidden = true;
    at('shown').value = '';
    at('whole').setAttribute('href', path);
    say(at('answer'), outcome(method, response, bytes) + ', ' + millis + ' ms');
  }
}

async function askAndReport(method, key, value) {
  try {
    await ask(method, key, value);
  } catch (e) {
    say(at('answer'), e.message);
  }
}

at('form').addEventListener('submit', (submit) => {
  submit.preventDefault();
  askAndReport(submit.submitter.value, keyOfForm(), at('value').value);
});

at('value').addEventListener('keydown', (press) => {
  // While an input method composes a word, Enter only accepts the word.
  if (press.key === 'Enter' && !press.isComposing) {
    press.preventDefault();
    at('form').requestSubmit(at('form').querySelector('[value=PUT]'));
  }
});

// ======== Keys ========

let lastList = 0;
let nextPage = null;

/**
 * Returns a key as text, or null if it has bytes that are not text, or characters that a field
 * drops or does not show.
 */
function textOf(key) {
  try {
    const text = decodeURIComponent(key);
    return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text) ? null : text;
  } catch {
    return null;
  }
}

/** Adds a key to the list: a button that looks it up. */
function addKey(key) {
  const text = textOf(key);
  const button = make(make(at('list'), 'li', ''), 'button', text ? '' : 'encoded');
  button.type = 'button';
  button.textContent = text === '' ? 'the empty key' : text ?? key;
  button.addEventListener('click', () => {
    at('key').value = text ?? key;
    at('encoded').checked = text === null;
    askAndReport('GET', key);
  });
}

/** Adds a page of keys to the list. Throws an error for the user. */
async function addPage(path) {
  const number = ++lastList;
  const response = await fetch(address(path));
  const text = await response.text();
  if (number !== lastList) {
    return;
  }
  at('more').hidden = true;
  if (!response.ok) {
    throw new Error(response.status === 410
        ? 'The list is too old to continue: list the keys again.' : errorMessage(response, text));
  }
  const page = JSON.parse(text);
  page.keys.forEach(addKey);
  nextPage = '/kv?limit=' + PAGE_KEYS + '&cursor=' + page.cursor;
  at('more').hidden = !page.more;
  const count = at('list').childElementCount;
  say(at('listed'), count === 0 ? 'no key has this prefix'
      : grouped.format(count) + (count === 1 ? ' key' : ' keys')
          + (page.more ? ', and there are more' : ''));
}

at('search').addEventListener('submit', async (submit) => {
  submit.preventDefault();
  at('list').replaceChildren();
  at('more').hidden = true;
  try {
    await addPage('/kv?limit=' + PAGE_KEYS + '&prefix=' + encodeURIComponent(at('prefix').value));
  } catch (e) {
    say(at('listed'), e.message);
  }
});

at('more').addEventListener('click', async () => {
  const count = at('list').childElementCount;
  try {
    await addPage(nextPage);
    // The button may be hidden now, and would lose the focus.
    at('list').children[count]?.firstChild.focus();
  } catch (e) {
    say(at('listed'), e.message);
  }
});

// ======== Merging by hand ========

at('merge').addEventListener('click', async () => {
  const button = at('merge');
  if (button.getAttribute('aria-disabled') === 'true') {
    return;
  }
  button.setAttribute('aria-disabled', 'true');
  try {
    const response = await fetch(address('/merge'), {method: 'POST'});
    const text = await response.text();
    if (!response.ok) {
      say(at('notice'), errorMessage(response, text));
    } else if (JSON.parse(text).merges === 0) {
      say(at('notice'), 'There was nothing to merge.');
    }
  } catch (e) {
    say(at('notice'), e.message);
  }
  button.setAttribute('aria-disabled', 'false');
});

connect();

// For the browser's console, and for tests.
window.page = {PATIENCE, draw, heard, lost, receive, disconnect, disconnected};
