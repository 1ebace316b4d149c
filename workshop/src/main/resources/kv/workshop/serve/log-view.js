/*
 * WHAT THIS FILE IS
 *
 * The upper half of the microscope: the index in memory, the files on the disk, and an arrow from
 * each key to its record.
 *
 *     keydir   [ os ]       [ shell ]
 *                  \            \
 *     1        |#####|/////|     \            segments.js draws the strips
 *     2        |/////|##########|##|~
 *
 * TO SCALE
 *
 * A byte has the same width in all files. Only long reserved zeros are drawn shorter than they are,
 * with a gap, since they would leave no room for the records.
 *
 * MANY FILES
 *
 * With more than MOST_ROWS files, all of them are columns, as on the server's page, and the rows
 * show MOST_ROWS neighbors.
 *
 * KEYBOARD
 *
 * One record is in the order of the Tab key. From there the arrow keys go to the next record, and
 * to the record above or below.
 */
import {Segments, group, parse, say, scaleFor, shortName, size, summed} from './segments.js';

const MOST_ROWS = 6;
const MOST_COLUMNS = 120;

/** The most keys that are shown with an arrow: those that changed last. */
const MOST_KEYS = 20;

/** Zeros longer than this share of a file's other bytes are drawn with this share. */
const ZEROS_SHARE = .15;

/** Milliseconds in which strips and arrows move. */
const MOVE = 800;
const ARROW_MOVE = 600;

/** The least width of a letter and of the space beside a label, in pixels. */
const LETTER = 9;
const LABEL_SPACE = 14;

/** Records of fewer pixels have no space between them. */
const NARROW = 8;

const SVG = 'http://www.w3.org/2000/svg';
const LOG_ROLES = ['log', 'segment', 'copy'];
const at = (id) => document.getElementById(id);
const grouped = new Intl.NumberFormat('en');
const reducesMotion = matchMedia('(prefers-reduced-motion: reduce)');

// ======== Words ========

/** Returns the text of a key, for a label. */
export function keyText(key) {
  return key.text === '' ? 'the empty key' : key.text;
}

/** Returns a mark of a report in words. */
export function markText(mark) {
  const place = 'at ' + mark.at + ', ' + size(mark.length);
  if (mark.kind === 'many') {
    return 'many records: ' + countsText(mark.counts) + ', ' + place;
  }
  if (mark.kind !== 'record') {
    const names = {header: 'file header', seal: 'seal', zeros: 'reserved zeros', damage: 'damage'};
    return names[mark.kind] + (mark.key ? ' to ' + keyText(mark.key) : '') + ', ' + place;
  }
  const call = (mark.type === 'delete' ? 'delete ' : 'put ') + keyText(mark.key);
  return call + ', ' + (mark.state === null ? '' : mark.state + ', ') + place
      + (mark.syncMark ? ', with the sync mark' : '');
}

function countsText(counts) {
  const names = {live: 'live', dead: 'dead', tombstone: 'tombstones', unknown: 'not counted'};
  return Object.keys(names).filter((kind) => counts[kind] > 0)
      .map((kind) => grouped.format(counts[kind]) + ' ' + names[kind]).join(', ');
}

/** Returns the numbers of the segments in a file; the one file of steps 1 to 4 is number 1. */
function rangeOf(name) {
  return name.startsWith('store.') ? {first: 1, last: 1} : parse(name);
}

function nameText(file, isLast) {
  const words = [file.name, size(file.length)];
  if (file.damage) {
    words.push(file.damage.kind + ' at ' + file.damage.at);
  }
  if (file.role === 'copy') {
    words.push('output of a merge, not yet in the log');
  } else if (file.coveredBy) {
    words.push('replaced by ' + file.coveredBy + '; the merge or the next open deletes it');
  } else {
    words.push(file.sealed ? 'sealed' : isLast ? 'the next put goes here' : 'complete');
  }
  return words.join(' · ');
}

// ======== The model ========

function kindOf(mark) {
  return mark.kind === 'record' ? mark.state ?? 'unknown' : mark.kind;
}

function partsOf(file) {
  const others = file.marks.reduce((sum, m) => sum + (m.kind === 'zeros' ? 0 : m.length), 0);
  const most = Math.max(24, others * ZEROS_SHARE);
  return file.marks.map((mark) => ({
    id: mark.at,
    kind: kindOf(mark),
    bytes: mark.kind === 'zeros' ? Math.min(mark.length, most) : mark.length,
    mark,
  }));
}

/** Returns the parts with each sum of many records divided into its kinds, for the columns. */
function divided(parts) {
  return parts.flatMap((part) => {
    const counts = Object.entries(part.mark.counts ?? {}).filter(([, count]) => count > 0);
    const all = counts.reduce((sum, [, count]) => sum + count, 0);
    return all === 0 ? [part]
      : counts.map(([kind, count]) => ({id: kind, kind, bytes: part.bytes * count / all}));
  });
}

/** Returns the files of the log, for segments.js. */
function filesOf(report) {
  const files = report.files.filter((file) => LOG_ROLES.includes(file.role));
  const last = files.filter((file) => file.role !== 'copy' && !file.coveredBy).pop();
  return files.map((file) => ({
    // The output of a merge keeps its strip when it gets its final name.
    name: file.role === 'copy' && !file.name.startsWith('store.')
      ? file.name.replace('.tmp', '') : file.name,
    label: nameText(file, file === last),
    ...rangeOf(file.name),
    sealed: file.sealed || (file !== last && file.role !== 'copy'),
    output: file.role === 'copy',
    title: nameText(file, file === last),
    parts: partsOf(file),
    file,
  }));
}

function mergingOf(files) {
  const output = files.find((file) => file.output);
  return output === undefined ? null
    : {first: output.first, last: output.last, bytes: output.file.length};
}

// ======== The picture ========

/** The log with its index. */
export class LogView {
  #choose;
  #rows;
  #columns;
  #files = [];
  #shown = [];
  #report = null;
  #zoom = 1;
  #from = null;
  #chosen = null;
  #arrows = new Map();

  /** The numbers of the reports in which keys changed. */
  #changed = new Map();
  #moving = 0;
  #movesUntil = 0;

  /** Creates the view; `choose` is called with the file and the mark that the reader chose. */
  constructor(choose) {
    this.#choose = choose;
    this.#rows = new Segments(at('plot'), {
      rows: true,
      tag: 'button',
      dress: (element, part, file, pixels) => this.#dress(element, part, file, pixels),
    });
    this.#columns = new Segments(at('all').querySelector('.segments'));
    at('plot').addEventListener('keydown', (press) => this.#press(press));
    at('plot').addEventListener('click', (click) => this.#open(click.target.closest('.part')));
    at('keydir').addEventListener('click', (click) => this.#follow(click.target.closest('button')));
    at('keydir').addEventListener('keydown', (press) => this.#pressKey(press));
    for (const [on, type] of [[true, 'pointerover'], [false, 'pointerout'], [true, 'focusin'],
        [false, 'focusout']]) {
      at('keydir').addEventListener(type, (event) => {
        const chip = event.target.closest('button');
        chip?.arrow?.path.classList.toggle('on', on);
      });
    }
    at('in').addEventListener('click', () => this.#zoomTo(this.#zoom * 2));
    at('out').addEventListener('click', () => this.#zoomTo(this.#zoom / 2));
    at('from').addEventListener('change', () => {
      const index = at('from').selectedIndex;
      this.#from = index === at('from').options.length - 1 ? null : at('from').value;
      this.draw(this.#report, []);
    });
    new ResizeObserver(() => this.#report && this.draw(this.#report, [])).observe(at('view'));
  }

  /** Forgets another store, and the choices of the reader in it. */
  clear() {
    this.#from = null;
    this.#chosen = null;
    this.#report = null;
    this.#zoomTo(1);
    at('plot').classList.remove('empty');
    this.#rows.draw([], null);
    this.#arrows.forEach(({path}) => path.remove());
    this.#arrows.clear();
    this.#changed.clear();
    at('keydir').replaceChildren();
  }

  /** Draws a report. The changes since the report before it are animated. */
  draw(report, changes) {
    const hadFocus = at('plot').contains(document.activeElement);
    this.#report = report;
    this.#files = filesOf(report);
    this.#shown = this.#select();
    const scale = scaleFor(this.#files.length > MOST_ROWS ? this.#shown : this.#files);
    at('plot').style.setProperty('--files', this.#shown.length);
    at('plot').style.width = 100 * this.#zoom + '%';
    at('plot').classList.toggle('empty', this.#files.length === 0);
    at('plot').classList.toggle('dense', this.#shown.length > 2);
    this.#rows.draw(this.#shown, mergingOf(this.#shown), scale);
    this.#drawColumns();
    this.#drawSyncs(scale);
    this.#drawBeside();
    changes.filter((change) => change.key).forEach((change) => {
      this.#changed.set(change.key.hex, report.seq);
    });
    this.#drawKeydir();
    changes.forEach((change) => this.#animate(change));
    this.#rove();
    if (hadFocus && !at('plot').contains(document.activeElement)) {
      at('plot').querySelector('[tabindex="0"]')?.focus();
    }
    this.#move();
  }

  /** Marks a record as the one that is open. */
  mark(file, offset) {
    this.#chosen = {file, at: offset};
    this.#rove();
  }

  /** Returns the mark of a report at an offset, or undefined. */
  find(name, offset) {
    return this.#report?.files.find((f) => f.name === name)?.marks.find((m) => m.at === offset);
  }

  /** Shows a record, even if its file is not among the rows. */
  reveal(name, offset) {
    const file = this.#files.find((f) => f.file.name === name);
    if (file !== undefined && !this.#shown.includes(file)) {
      this.#from = file.name;
      this.draw(this.#report, []);
    }
    const element = this.#elementOf(name, offset);
    element?.scrollIntoView({block: 'nearest', inline: 'nearest'});
    return element;
  }

  // ======== Files ========

  /** Returns the files that are rows. */
  #select() {
    if (this.#files.length <= MOST_ROWS) {
      return this.#files;
    }
    const last = this.#files.length - MOST_ROWS;
    const chosen = this.#files.findIndex((file) => file.name === this.#from);
    const from = this.#from === null || chosen < 0 ? last : Math.min(chosen, last);
    return this.#files.slice(from, from + MOST_ROWS);
  }

  #drawColumns() {
    const isMany = this.#files.length > MOST_ROWS;
    at('all').hidden = !isMany;
    if (!isMany) {
      return;
    }
    const columns = this.#files.map((file) =>
      summed({...file, label: shortName(file.first, file.last), parts: divided(file.parts)}));
    this.#columns.draw(group(columns, MOST_COLUMNS), mergingOf(this.#files));
    const names = this.#files.slice(0, this.#files.length - MOST_ROWS + 1).map((f) => f.name);
    const select = at('from');
    if ([...select.options].map((option) => option.value).join() !== names.join()) {
      select.replaceChildren(...names.map((name, i) =>
        new Option(i === names.length - 1 ? name + ', the newest' : name, name)));
    }
    select.value = this.#shown[0].name;
  }

  #drawBeside() {
    const others = this.#report.files.filter((file) => !LOG_ROLES.includes(file.role));
    say(at('beside'), others.length === 0 ? '' : 'Beside the log: '
        + others.map((file) => file.name + ' (' + file.role + ', ' + size(file.length) + ')')
            .join(', '));
  }

  /** Draws the place up to which each file was durable, as its last sync mark says. */
  #drawSyncs(scale) {
    for (const {name, file, parts} of this.#shown) {
      const strip = this.#rows.strip(name);
      let line = strip.querySelector('.synced');
      const isShown = file.syncedTo !== null && file.syncedTo > 0
          && parts.some((part) => part.id + part.bytes >= file.syncedTo);
      if (!isShown) {
        line?.remove();
        continue;
      }
      if (line === null) {
        line = document.createElement('i');
        line.className = 'synced';
        strip.append(line);
      }
      line.title = 'durable up to ' + file.syncedTo;
      line.style.left = 'calc((100% - .4rem) * ' + file.syncedTo / scale + ')';
    }
  }

  // ======== Records ========

  #dress(element, part, file, pixels) {
    const {mark} = part;
    const key = mark.key ? keyText(mark.key) : '';
    const label = {header: 'header', seal: 'seal', zeros: 'zeros', many: '…'}
        [part.kind] ?? (mark.kind === 'damage' ? '⚠ ' + key : mark.type === 'delete' ? '✕ ' + key
        : key);
    const text = label.length * LETTER + LABEL_SPACE <= pixels ? label : '';
    const words = markText(mark);
    element.mark = mark;
    element.file = file.file.name;
    if (element.words !== words || element.text !== text) {
      element.type = 'button';
      element.words = words;
      element.text = text;
      element.tabIndex = -1;
      element.title = words;
      element.setAttribute('aria-label', words);
      const span = document.createElement('span');
      span.textContent = text;
      element.replaceChildren(...(text === '' ? [] : [span]));
    }
    if (mark.kind === 'many') {
      const {live = 0, dead = 0, tombstone = 0, unknown = 0} = mark.counts;
      const all = Math.max(1, live + dead + tombstone + unknown);
      element.style.setProperty('--live', 100 * (live + unknown) / all + '%');
    }
    return (mark.syncMark ? ' sync' : '') + (part.bytes < mark.length ? ' short' : '')
        + (pixels < NARROW ? ' narrow' : '');
  }

  #stripName(name) {
    return this.#files.find((file) => file.file.name === name)?.name;
  }

  #elementOf(name, offset) {
    return this.#rows.element(this.#stripName(name), offset);
  }

  /** Puts one record into the order of the Tab key. */
  #rove() {
    const chosen = this.#chosen && this.#elementOf(this.#chosen.file, this.#chosen.at);
    const plot = at('plot');
    plot.querySelectorAll('.part[aria-current]').forEach((old) => {
      old.removeAttribute('aria-current');
    });
    plot.querySelectorAll('.part[tabindex="0"]').forEach((old) => {
      old.tabIndex = -1;
    });
    chosen?.setAttribute('aria-current', 'true');
    const one = chosen ?? plot.querySelector('.bar:not(.going) .part');
    if (one) {
      one.tabIndex = 0;
    }
  }

  #open(element) {
    if (element?.mark) {
      this.#choose(element.file, element.mark);
    }
  }

  #press(press) {
    const element = press.target.closest('.part');
    const steps = {ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity};
    const lines = {ArrowDown: 1, ArrowUp: -1};
    let next;
    if (!element || press.altKey || press.ctrlKey || press.metaKey) {
      return;
    } else if (press.key in steps) {
      next = this.#beside(element, steps[press.key]);
    } else if (press.key in lines) {
      next = this.#across(element, lines[press.key]);
    } else {
      return;
    }
    press.preventDefault();
    if (next) {
      this.#open(next);
      next.focus();
    }
  }

  /** Returns the record n places further in the strip, or the first or last of the log. */
  #beside(element, n) {
    const all = Number.isFinite(n)
      ? [...at('plot').querySelectorAll('.bar:not(.going) .part')]
      : [...element.parentNode.querySelectorAll('.part')];
    return all[Math.max(0, Math.min(all.length - 1, all.indexOf(element) + n))];
  }

  /** Returns the record in the strip below or above that is nearest. */
  #across(element, step) {
    const bars = [...at('plot').querySelectorAll('.bar:not(.going)')];
    const bar = bars[bars.indexOf(element.closest('.bar')) + step];
    const {left, width} = element.getBoundingClientRect();
    const distance = (other) => {
      const box = other.getBoundingClientRect();
      return Math.abs(box.left + box.width / 2 - left - width / 2);
    };
    return bar && [...bar.querySelectorAll('.part')]
        .reduce((best, other) => (distance(other) < distance(best) ? other : best));
  }

  /** Lets the change of a record be seen: it lands, or it dies. */
  #animate(change) {
    if (['put', 'overwrite', 'delete'].includes(change.kind)) {
      this.#play(change, 'landing');
    }
    if (change.kills) {
      this.#play(change.kills, 'dying');
    }
    if (change.kind === 'damage') {
      this.#play(change, 'dying');
    }
    if (change.kind === 'rename' || change.kind === 'seal') {
      this.#rows.bar(this.#stripName(change.file))?.classList.add('changed');
    }
  }

  #play(place, animation) {
    const element = this.#elementOf(place.file, place.at);
    if (element) {
      element.classList.add(animation);
      element.addEventListener('animationend', () => element.classList.remove(animation),
          {once: true});
    }
  }

  #zoomTo(zoom) {
    this.#zoom = Math.max(1, Math.min(64, zoom));
    at('out').disabled = this.#zoom === 1;
    at('in').disabled = this.#zoom === 64;
    if (this.#report !== null) {
      this.draw(this.#report, []);
      const chosen = this.#chosen && this.#elementOf(this.#chosen.file, this.#chosen.at);
      chosen?.scrollIntoView({block: 'nearest', inline: 'center'});
    }
  }

  // ======== The keydir ========

  #drawKeydir() {
    const {keydir, step} = this.#report;
    const box = at('keydir');
    let note = box.querySelector('.note');
    if (note === null) {
      box.replaceChildren();
      note = document.createElement('span');
      note.className = 'note';
      box.append(note);
    }
    const entries = this.#newestKeys(keydir?.entries ?? []);
    const kept = new Set(entries.map((entry) => entry.key.hex));
    for (const [hex, arrow] of this.#arrows) {
      if (!kept.has(hex)) {
        arrow.chip.remove();
        arrow.path.remove();
        this.#arrows.delete(hex);
      }
    }
    entries.forEach((entry) => this.#drawKey(entry));
    const more = keydir === null ? 0 : keydir.count - entries.length;
    say(note, keydir === null ? (step === 1 ? 'Step 1 cannot read, and has no index.'
        : 'Step 2 has no index: a get reads the whole log.')
      : 'Keydir' + (more > 0 ? ', ' + (entries.length > 0 ? entries.length + ' of ' : '')
          + grouped.format(keydir.count) : '')
          + (keydir.count === 0 ? ': empty' : entries.length > 0 ? ''
            : keydir.count === 1 ? ' key' : ' keys'));
    const chips = box.querySelectorAll('button');
    if (chips.length > 0 && !box.querySelector('button[tabindex="0"]')) {
      chips[0].tabIndex = 0;
    }
  }

  /** Returns the entries whose keys changed last, or are last in the log, in the given order. */
  #newestKeys(entries) {
    const when = (entry) => this.#changed.get(entry.key.hex) ?? -1;
    const newest = new Set([...entries].reverse().sort((a, b) => when(b) - when(a))
        .slice(0, MOST_KEYS));
    return entries.filter((entry) => newest.has(entry));
  }

  #drawKey(entry) {
    let arrow = this.#arrows.get(entry.key.hex);
    if (arrow === undefined) {
      const chip = document.createElement('button');
      const path = document.createElementNS(SVG, 'path');
      chip.type = 'button';
      chip.tabIndex = -1;
      at('keydir').append(chip);
      at('arrows').append(path);
      arrow = {chip, path, end: null, from: null, since: 0};
      chip.arrow = arrow;
      this.#arrows.set(entry.key.hex, arrow);
    }
    const target = entry.file + '@' + entry.offset;
    if (arrow.target !== target) {
      arrow.from = arrow.end;
      arrow.since = performance.now();
      arrow.target = target;
    }
    arrow.entry = entry;
    say(arrow.chip, keyText(entry.key));
    arrow.chip.setAttribute('aria-label', 'key ' + keyText(entry.key) + ' points to '
        + entry.offset + ' in ' + entry.file);
  }

  #follow(chip) {
    if (chip) {
      const {file, offset} = chip.arrow.entry;
      const element = this.reveal(file, offset);
      this.#open(element);
      element?.focus();
    }
  }

  #pressKey(press) {
    const step = {ArrowRight: 1, ArrowLeft: -1}[press.key];
    if (step) {
      const chips = [...at('keydir').querySelectorAll('button')];
      const next = chips[chips.indexOf(press.target) + step];
      if (next) {
        press.preventDefault();
        press.target.tabIndex = -1;
        next.tabIndex = 0;
        next.focus();
      }
    }
  }

  // ======== Arrows ========

  /** Draws the arrows until everything stands still. */
  #move() {
    this.#movesUntil = performance.now() + (reducesMotion.matches ? 0 : MOVE);
    if (this.#moving === 0) {
      const step = () => {
        this.#drawArrows();
        this.#moving = performance.now() < this.#movesUntil ? requestAnimationFrame(step) : 0;
      };
      this.#moving = requestAnimationFrame(step);
    }
  }

  #drawArrows() {
    at('arrows').classList.toggle('many', this.#arrows.size > 12);
    const stage = at('arrows').parentNode.getBoundingClientRect();
    const now = performance.now();
    for (const arrow of this.#arrows.values()) {
      const {file, offset} = arrow.entry;
      const element = this.#elementOf(file, offset);
      arrow.path.toggleAttribute('hidden', !element);
      if (element) {
        const chip = arrow.chip.getBoundingClientRect();
        const box = element.getBoundingClientRect();
        const end = {
          x: box.left + Math.min(box.width / 2, 40 + box.width / 8) - stage.left,
          y: box.top - stage.top,
        };
        const part = reducesMotion.matches ? 1 : Math.min(1, (now - arrow.since) / ARROW_MOVE);
        const ease = 1 - (1 - part) ** 3;
        const from = arrow.from ?? end;
        const x = from.x + (end.x - from.x) * ease;
        const y = from.y + (end.y - from.y) * ease;
        arrow.end = {x, y};
        const startX = chip.left + chip.width / 2 - stage.left;
        const startY = chip.bottom - stage.top;
        const half = (y - startY) / 2;
        const d = 'M' + [startX, startY, 'C' + startX, startY + half, x, y - half, x, y - 1]
            .map((n) => (typeof n === 'number' ? n.toFixed(1) : n)).join(' ')
            + 'm-5 -9l5 9l5 -9';
        if (arrow.d !== d) {
          arrow.d = d;
          arrow.path.setAttribute('d', d);
        }
      }
    }
  }
}
