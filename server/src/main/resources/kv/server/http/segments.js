/*
 * WHAT THIS FILE IS
 *
 * The picture of a log: each file is a strip, whose parts are records, or the sums of many records,
 * to one scale. Two pages show it: the server's, with a column for each segment, and the course's
 * microscope, with a row for each file and a part for each record.
 *
 *     columns                                    rows
 *
 *     ////                                       |####|////|########|        a lid: sealed
 *     ####   ////                                |########|//|####~          a dashed lid:
 *     ####   ####   ~~~~                                                     being written
 *     1-4    5      6
 *     '- merging -'
 *
 * A strip that appears between its inputs and replaces them grows out of their place, and they move
 * into it: the eye follows a merge.
 *
 * THE FILES THAT ARE DRAWN
 *
 *     name     identifies the strip from one drawing to the next
 *     label    the short name that is written beside it
 *     first    the numbers of the segments that the file contains or replaces
 *     last
 *     sealed   whether the file never changes again
 *     output   whether a merge is writing the file beside its inputs; undefined for no
 *     title    one line of words with the numbers of the file
 *     parts    {id, kind, bytes}: the kind is live, dead, tombstone, many, header, seal, zeros or
 *              damage
 *
 * NOT HERE, AND WHY
 *
 * Colors: a page that draws defines them, see segments.css. The words of a part: the page adds them
 * with the function `dress`, as text, never as HTML.
 */

/** Milliseconds after which a removed strip is invisible, as in the style. */
const GOING = 700;

/** The least space between two names under the columns, in pixels. */
const NAME_GAP = 10;

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** The names of the styles for the two directions in which strips can lie. */
const COLUMNS =
    {start: 'left', size: 'width', length: 'height', tick: 'bottom', across: 'clientWidth'};
const ROWS = {start: 'top', size: 'height', length: 'width', tick: 'left', across: 'clientHeight'};

// ======== Words ========

/** Returns a size with three digits, such as 1.25 MiB, so that it always fits. */
export function size(bytes) {
  let unit = 0;
  while (bytes >= 1000 && unit < UNITS.length - 1) {
    bytes /= 1024;
    unit++;
  }
  const decimals = unit === 0 || bytes >= 100 ? 0 : bytes >= 10 ? 1 : 2;
  return bytes.toFixed(decimals) + '\u00a0' + UNITS[unit];
}

/** Returns a size without zeros at its end, such as 20 MiB, for the scale. */
function roundSize(bytes) {
  return size(bytes).replace(/\.0+(?=\D)/, '');
}

/** Parses a segment's name: 000001-000004.1 replaced the segments 1 to 4, in the first merge. */
export function parse(name) {
  const [range, generation] = name.split('.');
  const [first, last] = range.split('-').map(Number);
  return {first, last, generation: Number(generation)};
}

export function shortName(first, last) {
  return first === last ? String(first) : first + '–' + last;
}

/** Returns whether a file is an input of the merge in progress, if there is one. */
export function isMerging(file, merging) {
  return merging !== null && !file.output && file.first >= merging.first
      && file.last <= merging.last;
}

/** Sets an element's text if it differs, so that a screen reader does not read it again. */
export function say(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

export function make(parent, tag, className) {
  const element = document.createElement(tag);
  element.className = className;
  parent.appendChild(element);
  return element;
}

// ======== Grouping ========

/** Returns the sums of parts, one for each kind, in the order in which the kinds first occur. */
function sums(parts) {
  const all = new Map();
  for (const {kind, bytes} of parts) {
    const sum = all.get(kind) ?? {id: kind, kind, bytes: 0};
    sum.bytes += bytes;
    all.set(kind, sum);
  }
  return [...all.values()];
}

/** Returns a file with one part for each kind. */
export function summed(file) {
  return {...file, parts: sums(file.parts)};
}

/** Returns the files, or groups of neighbors if there are more than the given number. */
export function group(files, most) {
  const each = Math.ceil(files.length / most);
  if (each <= 1) {
    return files;
  }
  const groups = [];
  for (let i = 0; i < files.length; i += each) {
    const some = files.slice(i, i + each);
    const first = some[0].first;
    const last = some[some.length - 1].last;
    groups.push({
      name: some.length === 1 ? some[0].name : first + '-' + last,
      label: shortName(first, last),
      first,
      last,
      sealed: some.every((s) => s.sealed),
      title: some.length === 1 ? some[0].title
        : some.length + ' files, ' + first + ' to ' + last + ': '
            + size(some.reduce((sum, s) => sum + bytesOf(s), 0)),
      parts: sums(some.flatMap((s) => s.parts)),
    });
  }
  return groups;
}

function bytesOf(file) {
  return file.parts.reduce((sum, part) => sum + part.bytes, 0);
}

/** Returns a round number above the longest strip. It rarely changes while the strip grows. */
export function scaleFor(files) {
  const most = Math.max(64, ...files.map(bytesOf));
  const power = 2 ** Math.floor(Math.log2(most));
  return power * [1.25, 1.5, 2, 2.5].find((times) => most <= power * times * .97);
}

// ======== The picture ========

const pen = document.createElement('canvas').getContext('2d');

/** Returns where a label begins that is centered on a place, but does not leave the plot. */
function startOf(center, width, plotWidth) {
  return Math.max(0, Math.min(center - width / 2, plotWidth - width));
}

/** Returns whether two names touch if each stride-th strip is named, counted from the newest. */
function touch(labels, stride) {
  for (let i = labels.length - 1 - stride; i >= 0; i -= stride) {
    if (labels[i].start + labels[i].width + NAME_GAP > labels[i + stride].start) {
      return true;
    }
  }
  return false;
}

/** The strips in one element of a page, which has the class `segments`. */
export class Segments {
  /** The strips by the names of their files. Places are percentages of the plot. */
  #bars = new Map();
  #axis;
  #shownScale = '';
  #tag;
  #dress;

  /**
   * @param plot the element; its `.run`, if it has one, becomes the bracket of a merge
   * @param rows whether strips are rows, and not columns
   * @param tag the kind of element that a part is
   * @param dress called with a part's element, the part, its file, and its extent in pixels;
   *     returns more classes for the element, each with a space before it
   */
  constructor(plot, {rows = false, tag = 'i', dress = () => ''} = {}) {
    this.plot = plot;
    this.run = plot.querySelector('.run');
    this.#axis = rows ? ROWS : COLUMNS;
    this.#tag = tag;
    this.#dress = dress;
    plot.classList.toggle('rows', rows);
  }

  /**
   * Draws the files.
   *
   * @param merging the merge in progress, {first, last, bytes}, or null
   * @param scale the bytes that fill the plot, or undefined for a round number
   */
  draw(files, merging, scale = scaleFor(files)) {
    const width = 100 / files.length;
    this.#drawTicks(scale);
    this.#addBars(files, width);
    let next = this.plot.querySelector('.bar');
    files.forEach((file, i) => {
      const bar = this.#bars.get(file.name);
      this.#drawBar(bar, file, merging, scale);
      this.#place(bar, i * width, width);
      // Screen readers read the strips in the order of the log.
      if (bar.element === next) {
        next = next.nextElementSibling;
      } else {
        this.plot.insertBefore(bar.element, next);
      }
    });
    this.#nameBars(files);
    this.#removeBars(files, width);
    this.#drawRun(files, merging);
  }

  /** Returns the element of a part, or undefined. */
  element(name, id) {
    return this.#bars.get(name)?.parts.get(id)?.element;
  }

  /** Returns the element of a file's strip, or undefined. */
  strip(name) {
    return this.#bars.get(name)?.stack;
  }

  /** Returns the element that has a file's strip and name, or undefined. */
  bar(name) {
    return this.#bars.get(name)?.element;
  }

  #place(bar, start, extent) {
    bar.start = start;
    bar.extent = extent;
    bar.element.style[this.#axis.start] = start + '%';
    bar.element.style[this.#axis.size] = extent + '%';
  }

  /** Places a new strip where its inputs are, or, if it has none, at its own place. */
  #comeFrom(bar, start, extent) {
    const inputs = [...this.#bars.values()].filter(
        (b) => b.first >= bar.first && b.last <= bar.last);
    if (inputs.length > 0) {
      const from = Math.min(...inputs.map((b) => b.start));
      this.#place(bar, from, Math.max(...inputs.map((b) => b.start + b.extent)) - from);
    } else {
      this.#place(bar, start, extent);
    }
  }

  #newBar({first, last}) {
    const element = make(this.plot, 'div', 'bar coming');
    const stack = make(element, 'div', 'stack');
    return {
      element, stack, first, last, parts: new Map(),
      cap: make(stack, 'i', 'cap'),
      name: make(element, 'span', 'name'),
    };
  }

  /** Adds a strip for each file that has none. */
  #addBars(files, width) {
    const fresh = files.filter((file) => !this.#bars.has(file.name));
    const added = fresh.map((file) => {
      const bar = this.#newBar(file);
      this.#comeFrom(bar, files.indexOf(file) * width, width);
      return bar;
    });
    // Not before: a new strip comes from old ones.
    fresh.forEach((file, i) => this.#bars.set(file.name, added[i]));
    if (fresh.length > 0) {
      // A strip moves only from a place that was laid out.
      void this.plot.offsetWidth;
    }
  }

  #drawBar(bar, file, merging, scale) {
    bar.element.className = 'bar' + (file.sealed ? '' : ' open')
        + (isMerging(file, merging) ? ' merging' : '') + (file.output ? ' output' : '');
    bar.element.title = file.title;
    this.#drawParts(bar, file, scale);
  }

  #drawParts(bar, file, scale) {
    const kept = new Set(file.parts.map((part) => part.id));
    for (const [id, part] of bar.parts) {
      if (!kept.has(id)) {
        part.element.remove();
        bar.parts.delete(id);
      }
    }
    const pixels = this.#axis === ROWS ? this.plot.clientWidth : this.plot.clientHeight;
    let next = this.#axis === ROWS ? bar.stack.firstChild : bar.cap.nextSibling;
    for (const part of file.parts) {
      let known = bar.parts.get(part.id);
      if (known === undefined) {
        known = {element: document.createElement(this.#tag), length: '', look: ''};
        bar.parts.set(part.id, known);
      }
      if (known.element === next) {
        next = next.nextSibling;
      } else {
        bar.stack.insertBefore(known.element, next);
      }
      const length = 'calc((100% - .4rem) * ' + part.bytes / scale + ')';
      if (known.length !== length) {
        known.length = length;
        known.element.style[this.#axis.length] = length;
      }
      const look = 'part ' + part.kind
          + this.#dress(known.element, part, file, pixels * part.bytes / scale);
      if (known.look !== look) {
        known.look = look;
        known.element.className = look;
      }
    }
  }

  /** Removes the strips without a file. The inputs of a merge move to its output before that. */
  #removeBars(files, width) {
    const kept = new Set(files.map((file) => file.name));
    for (const [name, bar] of this.#bars) {
      if (!kept.has(name)) {
        const heir = files.findIndex(
            (file) => bar.first >= file.first && bar.last <= file.last);
        this.#bars.delete(name);
        bar.element.className = 'bar going';
        bar.element.inert = true;
        say(bar.name, '');
        if (heir >= 0) {
          this.#place(bar, heir * width, width);
        }
        setTimeout(() => bar.element.remove(), GOING);
      }
    }
  }

  #drawTicks(scale) {
    const shown = scale + '';
    if (shown === this.#shownScale) {
      return;
    }
    this.#shownScale = shown;
    this.plot.querySelectorAll('.tick').forEach((old) => old.remove());
    for (const quarter of [0, 1, 2, 3, 4]) {
      const tick = make(this.plot, 'div', 'tick');
      tick.style[this.#axis.tick] = 25 * quarter + '%';
      make(tick, 'span', '').textContent = quarter === 0 ? '0' : roundSize(scale * quarter / 4);
      this.plot.prepend(tick);
    }
  }

  /** Returns the width of a name in pixels, in the bold type of the file that is being written. */
  #nameWidth(name) {
    const style = getComputedStyle(this.plot);
    pen.font = '700 ' + style.fontSize + ' ' + style.fontFamily;
    return Math.ceil(pen.measureText(name).width);
  }

  /** Names all rows; of the columns all, or every second, third and so on, always the newest. */
  #nameBars(files) {
    if (this.#axis === ROWS) {
      files.forEach((file) => say(this.#bars.get(file.name).name, file.label));
      return;
    }
    const plotWidth = this.plot.clientWidth;
    const barWidth = plotWidth / files.length;
    const labels = files.map(({label}, i) => {
      const width = this.#nameWidth(label);
      return {label, width, start: startOf((i + .5) * barWidth, width, plotWidth)};
    });
    let stride = 1;
    while (touch(labels, stride)) {
      stride++;
    }
    labels.forEach(({label, start}, i) => {
      const {name} = this.#bars.get(files[i].name);
      say(name, (files.length - 1 - i) % stride === 0 ? label : '');
      name.style.left = start - i * barWidth + 'px';
    });
  }

  /** Forgets the place of the last merge, which can lie outside a plot with fewer strips. */
  #resetRun() {
    if (!this.run.classList.contains('on')) {
      this.run.style[this.#axis.start] = '';
      this.run.style[this.#axis.size] = '';
      this.run.firstElementChild.style.left = '';
    }
  }

  /** Draws the bracket beside the strips that are being merged. */
  #drawRun(files, merging) {
    const run = this.run;
    if (run === null) {
      return;
    }
    const inputs = merging === null ? [] : files
        .filter((f) => !f.output && f.first <= merging.last && f.last >= merging.first)
        .map((f) => this.#bars.get(f.name));
    const wasOn = run.classList.contains('on');
    run.classList.toggle('on', inputs.length > 0);
    if (inputs.length === 0) {
      if (wasOn) {
        setTimeout(() => this.#resetRun(), GOING);
      }
      return;
    }
    const plotWidth = this.plot[this.#axis.across];
    const last = inputs[inputs.length - 1];
    const start = inputs[0].start / 100 * plotWidth;
    const extent = (last.start + last.extent) / 100 * plotWidth - start;
    run.style[this.#axis.start] = start + 'px';
    run.style[this.#axis.size] = extent + 'px';
    const text = run.firstElementChild;
    text.textContent = 'merging ' + shortName(merging.first, merging.last) + ', '
        + size(merging.bytes) + ' written';
    if (this.#axis === COLUMNS) {
      text.style.maxWidth = plotWidth + 'px';
      text.style.left = startOf(start + extent / 2, text.offsetWidth, plotWidth) - start
          - run.clientLeft + 'px';
    }
  }
}
