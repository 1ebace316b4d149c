/*
 * WHAT THIS FILE IS
 *
 * Time: the reports seen so far, the moment that is shown, and the list of changes. A moment
 * is {report, changes, call, records}; only the moments of an example have a call and records.
 */
import {say} from './segments.js';

/** The most moments that are kept, and the most records in all of them together. */
const MOST_MOMENTS = 1000;
const MOST_MARKS = 300_000;

/** The most lines in the list of events, and the most for one moment. */
const MOST_LINES = 300;
const MOST_NEW_LINES = 6;

/** Milliseconds between two moments of an example that plays. */
const BEAT = 1800;

const at = (id) => document.getElementById(id);

function marksOf(moment) {
  return moment.report.files.reduce((sum, file) => sum + file.marks.length, 0);
}

/** The controls of time. */
export class TimeView {
  #moments = [];
  #marks = 0;
  #index = -1;
  #isLive = true;
  #isRunning = true;
  #timer = 0;
  #show;
  #lines = 0;

  /** Creates the controls; `show` is called with the moment to show, and the one shown before. */
  constructor(show) {
    this.#show = show;
    at('back').addEventListener('click', () => this.#stopAt(this.#index - 1));
    at('forward').addEventListener('click', () => this.#stopAt(this.#index + 1));
    at('pause').addEventListener('click', () => this.#toggle());
    at('moment').addEventListener('input', () => this.#stopAt(Number(at('moment').value)));
  }

  /** Returns the moment that is shown, or undefined. */
  get now() {
    return this.#moments[this.#index];
  }

  /** Returns the place of the moment that is shown among all moments of an example. */
  get index() {
    return this.#index;
  }

  /** Forgets everything, and waits for the reports of a store. */
  live() {
    this.#start([], true);
  }

  /** Shows an example, from the given moment on. */
  example(moments, first) {
    this.#start(moments, false);
    moments.forEach((moment, i) => this.#addCall(moment, i));
    this.#go(Math.max(0, Math.min(first, moments.length - 1)));
  }

  #start(moments, isLive) {
    clearInterval(this.#timer);
    this.#moments = moments;
    this.#marks = 0;
    this.#index = -1;
    this.#isLive = isLive;
    this.#isRunning = isLive;
    this.#lines = 0;
    at('events').replaceChildren();
    at('calls').replaceChildren();
    at('calls').hidden = isLive;
    at('moment').hidden = !isLive;
    for (const [id, word] of [['back', 'Previous'], ['forward', 'Next']]) {
      const words = word + (isLive ? ' change' : ' call');
      at(id).title = words;
      at(id).setAttribute('aria-label', words);
    }
    this.#draw();
  }

  /** Adds a report of a store. It is shown at once, unless the reader has paused. */
  add(moment) {
    this.#moments.push(moment);
    this.#marks += marksOf(moment);
    while (this.#moments.length > MOST_MOMENTS
        || (this.#marks > MOST_MARKS && this.#moments.length > 2)) {
      this.#marks -= marksOf(this.#moments.shift());
      this.#index = Math.max(0, this.#index - 1);
    }
    this.#tell(moment.changes);
    if (this.#isRunning) {
      this.#go(this.#moments.length - 1);
    } else {
      this.#draw();
    }
  }

  #toggle() {
    if (this.#isRunning) {
      this.#stop();
    } else if (this.#isLive) {
      this.#isRunning = true;
      this.#go(this.#moments.length - 1);
    } else {
      this.#play();
    }
  }

  #stop() {
    clearInterval(this.#timer);
    this.#isRunning = false;
    this.#draw();
  }

  #play() {
    this.#isRunning = true;
    this.#go(this.#index === this.#moments.length - 1 ? 0 : this.#index + 1);
    this.#timer = setInterval(() => {
      if (this.#index < this.#moments.length - 1) {
        this.#go(this.#index + 1);
      } else {
        this.#stop();
      }
    }, BEAT);
  }

  #stopAt(index) {
    this.#stop();
    if (index >= 0 && index < this.#moments.length) {
      this.#go(index);
    }
  }

  #go(index) {
    const before = this.now;
    const isNext = index === this.#index + 1;
    const isLater = index > this.#index;
    this.#index = index;
    this.#draw();
    if (!this.#isLive && isLater) {
      this.#tell(this.now.changes);
    }
    this.#show(this.now, isNext ? before : undefined);
  }

  #draw() {
    const last = this.#moments.length - 1;
    at('moment').max = Math.max(0, last);
    at('moment').value = this.#index;
    at('moment').setAttribute('aria-valuetext', this.#index < 0 ? 'none'
        : 'moment ' + (this.#index + 1) + ' of ' + (last + 1));
    at('back').disabled = this.#index <= 0;
    at('forward').disabled = this.#index >= last;
    say(at('pause'), this.#isRunning ? 'Pause' : this.#isLive ? 'Live' : 'Play');
    const newer = last - this.#index;
    say(at('age'), !this.#isLive || last < 0 ? '' : newer === 0 ? 'now'
        : newer + (newer === 1 ? ' change' : ' changes') + ' ago');
    at('calls').childNodes.forEach((item, i) => {
      const button = item.firstChild;
      button.className = i > this.#index ? 'later' : '';
      if (i === this.#index) {
        button.setAttribute('aria-current', 'step');
        at('calls').scrollTop = item.offsetTop - at('calls').clientHeight / 2;
      } else {
        button.removeAttribute('aria-current');
      }
    });
  }

  #addCall(moment, i) {
    const item = document.createElement('li');
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = moment.call;
    button.addEventListener('click', () => this.#stopAt(i));
    item.append(button);
    at('calls').append(item);
  }

  /** Adds lines to the list of events. A reader at its end stays there. */
  #tell(changes) {
    const list = at('events');
    const isAtEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 8;
    for (const {kind, text} of changes.slice(0, MOST_NEW_LINES)) {
      this.#line(kind, text);
    }
    if (changes.length > MOST_NEW_LINES) {
      this.#line('more', 'And ' + (changes.length - MOST_NEW_LINES) + ' more changes.');
    }
    if (isAtEnd) {
      list.scrollTop = list.scrollHeight;
    }
  }

  #line(kind, text) {
    const item = document.createElement('p');
    item.className = kind;
    item.textContent = text;
    at('events').append(item);
    this.#lines++;
    if (this.#lines > MOST_LINES) {
      at('events').firstChild.remove();
      this.#lines--;
    }
  }
}
