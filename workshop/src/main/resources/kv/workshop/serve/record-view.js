/*
 * WHAT THIS FILE IS
 *
 * One record, opened: its bytes, field by field, and a cursor on one byte.
 *
 *     type   flags   key length   value length   ...   key     value
 *     50     01      00 02        00 00 00 03          6f 73   6d 61 63
 *     P      mark    2            3                    os      mac
 *
 * Hovering over a byte, or moving to it with the arrow keys, shows its field, and hovering over a
 * field shows its bytes. The questions about damage are about the byte at the cursor.
 */
import {make, say} from './segments.js';

/** Bytes that are shown at first; a button shows the rest. */
const FIRST_BYTES = 512;

const at = (id) => document.getElementById(id);

function byteText(hex) {
  const number = parseInt(hex, 16);
  const character = number > 32 && number < 127
    ? ', the character ' + String.fromCharCode(number) : '';
  return '0x' + hex + ' is ' + number + character;
}

function bitsOf(hex) {
  return parseInt(hex, 16).toString(2).padStart(8, '0');
}

/** Returns a few words for a field: its value, or whether it is right. */
function valueText({name, value, meaning, ok}) {
  const words = value !== '' ? value : name.includes('checksum') ? '' : meaning.split(':')[0];
  return ((ok ? name.includes('checksum') ? '✓ ' : '' : '✗ ') + words).trim();
}

/** The bytes of one record. */
export class RecordView {
  #moved;
  #record = null;
  #bytes = [];
  #cursor = 0;

  /** Creates the view; `moved` is called with the record and the offset of the cursor. */
  constructor(moved) {
    this.#moved = moved;
    const fields = at('fields');
    fields.addEventListener('pointerover', (event) => this.#point(event.target));
    fields.addEventListener('pointerleave', () => this.#explain(this.#cursor));
    fields.addEventListener('focusin', (event) => this.#focus(event.target));
    fields.addEventListener('click', (event) => this.#focus(event.target));
    fields.addEventListener('keydown', (press) => this.#press(press));
  }

  /** Forgets the record. */
  clear(text) {
    this.#record = null;
    this.#bytes = [];
    at('fields').replaceChildren();
    say(at('record-name'), 'A record');
    say(at('record-text'), text);
    say(at('byte'), '');
    this.#moved(null, 0);
  }

  /** Shows a record, with the given words about it. */
  show(record, words) {
    const isSame = this.#record !== null && this.#record.file === record.file
        && this.#record.at === record.at && this.#record.hex === record.hex;
    this.#record = record;
    say(at('record-name'), record.file + ', from ' + record.at);
    say(at('record-text'), words + this.#fate());
    at('record-text').classList.toggle('bad', record.damage !== null);
    if (!isSame) {
      this.#cursor = Math.max(0, (record.damage?.flippedAt ?? record.at) - record.at);
      this.#draw(FIRST_BYTES);
    }
    this.#go(this.#cursor, false);
  }

  /** Marks a byte with the verdict of a question about it. */
  markVerdict(offset, verdict) {
    const byte = this.#bytes[offset - (this.#record?.at ?? 0)];
    if (byte) {
      byte.dataset.verdict = verdict;
    }
  }

  #fate() {
    const {supersededBy, damage} = this.#record;
    return (supersededBy === null ? '' : '. The record at ' + supersededBy.at + ' of '
        + supersededBy.file + ' supersedes it') + '.'
        + (damage === null ? '' : ' Damaged: ' + damage.message + '.');
  }

  // ======== Drawing ========

  #draw(most) {
    const {fields, hex} = this.#record;
    at('fields').replaceChildren();
    this.#bytes = [];
    for (const field of fields) {
      const from = field.at;
      const to = Math.min(from + field.length, hex.length / 2, Math.max(most, from + 1));
      this.#drawField(field, from, to, hex);
    }
    const rest = hex.length / 2 - this.#bytes.filter(Boolean).length;
    if (rest > 0) {
      const more = make(at('fields'), 'button', 'more');
      more.type = 'button';
      more.textContent = 'Show ' + rest + ' more bytes';
      more.addEventListener('click', () => {
        const next = this.#bytes.length;
        this.#draw(Infinity);
        this.#bytes[Math.min(next, this.#bytes.length - 1)].focus();
      });
    }
    if (this.#record.cut) {
      make(at('fields'), 'p', 'quiet').textContent = 'The rest of the record is not shown.';
    }
  }

  #drawField(field, from, to, hex) {
    const box = make(at('fields'), 'div', 'field' + (field.ok ? '' : ' wrong'));
    box.dataset.field = field.name.replaceAll(' ', '-');
    box.field = field;
    make(box, 'span', 'field-name').textContent = field.name;
    const bytes = make(box, 'span', 'bytes');
    bytes.setAttribute('role', 'group');
    bytes.setAttribute('aria-label', field.name);
    for (let i = from; i < to; i++) {
      const byte = make(bytes, 'button', 'byte');
      const pair = hex.slice(2 * i, 2 * i + 2);
      byte.type = 'button';
      byte.tabIndex = -1;
      byte.textContent = pair;
      byte.index = i;
      if (this.#record.damage?.flippedAt === this.#record.at + i) {
        byte.classList.add('flipped');
      }
      byte.setAttribute('aria-label', 'byte ' + (this.#record.at + i) + ', ' + pair);
      this.#bytes[i] = byte;
    }
    make(box, 'span', 'field-value').textContent = valueText(field);
  }

  // ======== The cursor ========

  #press(press) {
    const steps = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: 16, ArrowUp: -16};
    let next = press.target.index;
    if (next === undefined || press.altKey || press.ctrlKey || press.metaKey) {
      return;
    } else if (press.key in steps) {
      next += steps[press.key];
    } else if (press.key === 'Home') {
      next = 0;
    } else if (press.key === 'End') {
      next = this.#bytes.length - 1;
    } else {
      return;
    }
    press.preventDefault();
    this.#bytes[Math.max(0, Math.min(this.#bytes.length - 1, next))].focus();
  }

  #focus(target) {
    if (target.index !== undefined && target.index !== this.#cursor) {
      this.#go(target.index, true);
    }
  }

  #point(target) {
    if (target.index !== undefined) {
      this.#explain(target.index);
    } else {
      const field = target.closest('.field')?.field;
      if (field) {
        this.#explain(field.at);
      }
    }
  }

  #go(index, isFromReader) {
    if (this.#bytes.length === 0) {
      return;
    }
    const last = this.#bytes.length - 1;
    this.#bytes[this.#cursor]?.classList.remove('cursor');
    this.#bytes.forEach((byte) => {
      byte.tabIndex = -1;
    });
    this.#cursor = Math.max(0, Math.min(last, index));
    this.#bytes[this.#cursor].classList.add('cursor');
    this.#bytes[this.#cursor].tabIndex = 0;
    this.#explain(this.#cursor);
    this.#moved(this.#record, this.#record.at + this.#cursor, isFromReader);
  }

  /** Says what a byte means, and shows the other bytes of its field. */
  #explain(index) {
    const byte = this.#bytes[index];
    const box = byte?.closest('.field');
    at('fields').querySelectorAll('.field.on').forEach((old) => old.classList.remove('on'));
    at('fields').querySelectorAll('.byte.on').forEach((old) => old.classList.remove('on'));
    if (!box) {
      return;
    }
    box.classList.add('on');
    byte.classList.add('on');
    const hex = byte.textContent;
    const {damage} = this.#record;
    const place = this.#record.at + index;
    const flip = damage?.flippedAt === place
      ? '. Bit ' + damage.flippedBit + ' of it is flipped' : '';
    at('byte').replaceChildren();
    make(at('byte'), 'b', '').textContent = 'Byte ' + place;
    make(at('byte'), 'code', '').textContent = bitsOf(hex);
    make(at('byte'), 'span', '').textContent = byteText(hex) + flip + '. ' + box.field.name + ': '
        + box.field.meaning + '.';
  }
}
