/*
 * WHAT THIS FILE IS
 *
 * The microscope: which store is looked at, and what happens when the reader chooses something.
 *
 *     api.js           reports of a store, or an example
 *        |
 *     time-view.js     the moments seen so far, and which of them is shown
 *        |
 *     log-view.js      the files and the index of that moment
 *        |
 *     record-view.js   the bytes of one record
 *        |
 *     what-if-view.js  questions about one byte
 *
 * ADDRESSES
 *
 *     microscope                    the first store, or the example of step 1
 *     microscope?store=work/demo    a store, live
 *     microscope?step=3&call=4      an example, after its fourth call
 *     microscope?as=2               a log file as the store of step 2, or the example of that step
 *
 * SAFETY
 *
 * Keys and names come from files. They are always set as text, never as HTML.
 */
import {STEPS, openApi} from './api.js';
import {LogView, markText} from './log-view.js';
import {RecordView} from './record-view.js';
import {say, size} from './segments.js';
import {TimeView} from './time-view.js';
import {WhatIfView} from './what-if-view.js';

/** The ids of examples among those of stores. */
const EXAMPLE = 'example/';

/** Milliseconds before a stream that was refused is opened again. */
const AGAIN = 3000;

const grouped = new Intl.NumberFormat('en');
const at = (id) => document.getElementById(id);
const api = openApi();
const time = new TimeView(show);
const log = new LogView(choose);
const record = new RecordView(moved);
const whatIf = new WhatIfView(ask, (place, verdict) => record.markVerdict(place.at, verdict));

let store = '';

/** The stores of the server, as the list shows them. */
let stores = [];

/** The step that the reader has chosen, or 0. */
let wanted = 0;
let chosen = null;

/** Whether the record that a call wrote is opened, until the reader chooses one. */
let follows = true;
let opened = 0;
let stop = () => {};
let again = 0;

function status(state, text) {
  at('status').className = state;
  say(at('status'), text);
}

function count(number, thing) {
  return grouped.format(number) + ' ' + thing + (number === 1 ? '' : 's');
}

function stepName(step) {
  return step === 6 ? 'the engine' : 'step ' + step;
}

/** Returns the number of dead records. A tombstone is one of them, as no get returns it. */
function deadText({dead, tombstones}) {
  return grouped.format(dead + tombstones) + ' dead'
      + (tombstones === 0 ? '' : ' (' + count(tombstones, 'tombstone') + ')');
}

// ======== A moment ========

/** Shows a moment of time. `before` is the one before it, if time went one step forward. */
function show(moment, before) {
  const {report, changes} = moment;
  const {totals} = report;
  say(at('totals'), [stepName(report.step), count(totals.files, 'file'), size(totals.bytes),
    totals.live === null ? count(totals.records, 'record')
      : grouped.format(totals.live) + ' live, ' + deadText(totals)].join(' · '));
  log.draw(report, before === undefined ? [] : changes);
  const written = follows && moment.records
    ? changes.filter((change) => change.key && log.find(change.file, change.at)).pop() : undefined;
  if (written !== undefined) {
    open(written.file, log.find(written.file, written.at));
  } else if (chosen !== null) {
    const mark = log.find(chosen.file, chosen.mark.at);
    if (mark === undefined) {
      record.clear('At this moment, the record does not exist.');
    } else {
      open(chosen.file, mark);
    }
  }
}

/** Opens the record that the reader chose. */
function choose(file, mark) {
  follows = false;
  open(file, mark);
}

/** Opens a record. */
async function open(file, mark) {
  const isOther = chosen === null || chosen.file !== file || chosen.mark.at !== mark.at;
  chosen = {file, mark};
  log.mark(file, mark.at);
  if (isOther) {
    whatIf.clear();
  }
  if (mark.kind === 'many' || mark.kind === 'zeros') {
    record.clear(markText(mark) + '.');
    return;
  }
  const number = ++opened;
  try {
    const found = time.now.records?.[file + '@' + mark.at]
        ?? await api.record(store, at('as').value, file, mark.at);
    if (number === opened) {
      record.show(found, markText(mark));
    }
  } catch (e) {
    if (number === opened) {
      record.clear(markText(mark) + '. ' + e.message);
    }
  }
}

/** Follows the cursor in a record. */
function moved(shown, offset, isFromReader) {
  whatIf.move(shown === null ? null : {file: shown.file, at: offset});
  if (isFromReader) {
    whatIf.follow();
  }
}

function ask(question) {
  const more = store.startsWith(EXAMPLE) ? {frame: time.index} : {step: at('as').value};
  return api.whatIf({store, ...more, ...question});
}

// ======== The store ========

function forget() {
  stop();
  clearTimeout(again);
  stop = () => {};
  opened++;
  chosen = null;
  follows = true;
  log.clear();
  record.clear('Choose a record in the log: its bytes appear here.');
  whatIf.clear();
}

async function showExample(step, call) {
  forget();
  store = EXAMPLE + step;
  status('', 'loading');
  try {
    const example = await api.example(step);
    if (store === EXAMPLE + step) {
      time.example(example.frames, call);
      status('', '');
    }
  } catch (e) {
    status('lost', e.message);
  }
}

function listen() {
  const id = store;
  stop();
  clearTimeout(again);
  stop = api.listen(id, at('as').value, () => status('', 'reading the files'), (moment) => {
    status('live', 'live');
    time.add(moment);
  }, (message) => status('lost', message), (isClosed) => {
    status('lost', 'The server does not answer. Trying again.');
    if (isClosed) {
      again = setTimeout(() => document.hidden || (store === id && listen()), AGAIN);
    }
  });
}

/** Offers the steps that open a store. The one that the reader has chosen stays, if it is among them. */
function offerSteps(its) {
  at('as').replaceChildren(...its.map((step) => new Option(stepName(step), step)));
  at('as').value = its.includes(wanted) ? wanted : its[its.length - 1];
  at('reader').hidden = its.length < 2;
}

/** Looks at a store, or at an example after the given number of calls. */
function look(id, call = 1) {
  if (id.startsWith(EXAMPLE)) {
    at('reader').hidden = true;
    showExample(Number(id.slice(EXAMPLE.length)), call - 1);
  } else {
    forget();
    store = id;
    offerSteps(stores.find((found) => found.id === id).steps);
    status('', 'connecting');
    time.live();
    listen();
  }
}

// A browser has only six connections to a server, and a page in the background needs none.
document.addEventListener('visibilitychange', () => {
  if (store !== '' && !store.startsWith(EXAMPLE)) {
    stop();
    clearTimeout(again);
    if (!document.hidden) {
      listen();
    }
  }
});

function addGroup(label, options) {
  if (options.length > 0) {
    const group = document.createElement('optgroup');
    group.label = label;
    group.append(...options);
    at('store').append(group);
  }
}

/** Fills the list of stores. The choice stays, even if the server no longer lists its store. */
function fill(found) {
  const gone = stores.filter(({id}) => id === store && !found.some((other) => other.id === id));
  stores = [...found, ...gone];
  at('store').replaceChildren();
  addGroup('Stores, live', stores.map(({id, title, path}) =>
    new Option(title === path ? path.split(/[/\\]/).slice(-2).join('/') : title, id)));
  addGroup('The running example', STEPS.map((step) =>
    new Option(step === 6 ? 'Engine' : 'Step ' + step, EXAMPLE + step)));
  if (store !== '') {
    at('store').value = store;
  }
}

/** Adds the stores that were created since the page was opened. */
async function refill() {
  const found = await api.stores().catch(() => stores);
  if (JSON.stringify(found) !== JSON.stringify(stores)) {
    fill(found);
  }
}

/** Writes into the address what is looked at. */
function note() {
  const names = store.startsWith(EXAMPLE) ? {step: store.slice(EXAMPLE.length)}
    : {store, ...wanted > 0 ? {as: wanted} : {}};
  history.replaceState(null, '', '?' + new URLSearchParams(names));
}

async function start() {
  const query = new URLSearchParams(location.search);
  fill(await api.stores().catch(() => []));
  wanted = Number(query.get('as') ?? 0);
  at('store').addEventListener('focus', refill);
  at('store').addEventListener('pointerenter', refill);
  at('store').addEventListener('change', () => {
    look(at('store').value);
    note();
  });
  at('as').addEventListener('change', () => {
    wanted = Number(at('as').value);
    look(store);
    note();
  });
  const asked = query.get('store') ?? (query.has('step') ? EXAMPLE + query.get('step')
    : stores.find((found) => found.steps.includes(wanted))?.id
      ?? (stores.length === 0 && wanted > 0 ? EXAMPLE + wanted : null));
  if (asked !== null && [...at('store').options].some((option) => option.value === asked)) {
    at('store').value = asked;
  }
  look(at('store').value, Number(query.get('call') ?? 1));
}

start();
