/*
 * WHAT THIS FILE IS
 *
 * Damage on request: the reader chooses a byte and a fault, the server makes a copy of the files
 * with that fault, and the store of the step opens the copy. The verdict is the store's own.
 *
 *     whole     the store opens with all records
 *     prefix    the store opens with the first records, as after a crash
 *     refused   the store does not open: something that was promised is damaged
 *     unread    step 1 opens the store without reading it, and does not notice the damage
 *     failed-read   the store opens, and a read of the damaged record fails
 *     other     anything else, which would be a fault of the store
 */
import {make, say} from './segments.js';

/** Milliseconds after a move of the cursor before the question is asked again. */
const PAUSE = 120;

const WORDS = {
  whole: 'Nothing is lost', prefix: 'Torn: the end is cut', refused: 'Refused',
  unread: 'Not noticed', 'failed-read': 'Read fails', other: 'Unexpected',
};
/** The words for the verdict prefix on a store without its only file. */
const EMPTIED = 'An empty store';

const SIGNS = {whole: '✓', prefix: '✂', refused: '✗', unread: '○', 'failed-read': '!', other: '?'};

/** The words for the keys that differ from the store, by their names in an answer. */
const KEYS = {lost: 'Lost', older: 'With an older value', back: 'Deleted, and back again'};

const at = (id) => document.getElementById(id);

/** The questions and the verdicts. */
export class WhatIfView {
  #ask;
  #answered;
  #place = null;
  #last = null;
  #number = 0;
  #timer = 0;
  #bit;
  #seed;
  #buttons = [];

  /**
   * Creates the panel.
   *
   * @param ask returns a promise of the answer to a question
   * @param answered called with the place of a question about a byte, and the verdict
   */
  constructor(ask, answered) {
    this.#ask = ask;
    this.#answered = answered;
    this.#button('Cut the file here', 'cut');
    this.#button('Flip bit', 'flip', (row) => {
      this.#bit = document.createElement('select');
      this.#bit.setAttribute('aria-label', 'Bit');
      for (let bit = 7; bit >= 0; bit--) {
        this.#bit.append(new Option(bit, bit));
      }
      row.append(this.#bit);
    });
    this.#button('Zero its sector', 'zero');
    this.#button('Lose unsynced pages, seed', 'lose', (row) => {
      this.#seed = document.createElement('input');
      this.#seed.type = 'number';
      this.#seed.min = 0;
      this.#seed.value = 1;
      this.#seed.setAttribute('aria-label', 'Seed');
      row.append(this.#seed);
    });
    this.#button('Delete the file', 'delete');
    this.move(null);
  }

  #button(text, action, add = () => {}) {
    const row = make(at('actions'), 'span', 'action');
    const button = make(row, 'button', '');
    button.type = 'button';
    button.textContent = text;
    button.addEventListener('click', () => this.#question(action));
    add(row);
    this.#buttons.push(button);
  }

  /** Moves the questions to a place, {file, at}, or null. */
  move(place) {
    this.#place = place;
    this.#buttons.forEach((button) => {
      button.disabled = place === null;
    });
    say(at('place'), place === null ? 'On a copy of the files: choose a byte of a record first.'
      : 'On a copy of the files, at byte ' + place.at + ' of ' + place.file + ':');
  }

  /** Asks the last question again, if the reader wants that for each byte. */
  follow() {
    if (at('follow').checked && this.#last !== null) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#question(this.#last), PAUSE);
    }
  }

  /** Forgets the verdict. */
  clear() {
    clearTimeout(this.#timer);
    this.#last = null;
    this.#number++;
    at('verdict').replaceChildren();
  }

  async #question(action) {
    if (this.#place === null) {
      return;
    }
    this.#last = action;
    const number = ++this.#number;
    const place = this.#place;
    const question = {action, file: place.file, at: place.at};
    if (action === 'flip') {
      question.bit = Number(this.#bit.value);
    } else if (action === 'lose') {
      question.seed = Number(this.#seed.value);
    }
    try {
      const answer = await this.#ask(question);
      if (number === this.#number) {
        this.#show(answer, action);
        if (['cut', 'flip', 'zero'].includes(action)) {
          this.#answered(place, answer.verdict);
        }
      }
    } catch (e) {
      if (number === this.#number) {
        at('verdict').className = '';
        at('verdict').replaceChildren();
        make(at('verdict'), 'p', '').textContent = e.message;
      }
    }
  }

  #show(answer, action) {
    const box = at('verdict');
    box.replaceChildren();
    box.className = answer.verdict;
    const isEmptied = action === 'delete' && answer.verdict === 'prefix' && answer.records === 0;
    make(box, 'p', 'verdict-word').textContent = SIGNS[answer.verdict] + ' '
        + (isEmptied ? EMPTIED : WORDS[answer.verdict]);
    make(box, 'p', '').textContent = answer.sentence;
    if (answer.message) {
      make(box, 'p', 'message').textContent = answer.message;
    }
    for (const [kind, words] of Object.entries(KEYS)) {
      if (answer[kind].length > 0) {
        make(box, 'p', '').textContent = words + ': ' + answer[kind].join(', ') + '.';
      }
    }
  }
}
