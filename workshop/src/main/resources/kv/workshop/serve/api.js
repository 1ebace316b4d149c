/*
 * WHAT THIS FILE IS
 *
 * What the microscope asks for, and the two ways to get it. A page of a running server asks the
 * server. An exported page has no server: it reads the recorded examples, one file for each step.
 *
 *     /api/stores                          the stores that can be looked at
 *     /api/live?store=&step=               reports, one for each change, as server-sent events
 *     /api/record?store=&step=&file=&at=   the bytes of a record
 *     /api/whatif                          the verdict on a damaged copy, for a POST
 *     /api/example?step=                   the running example of the course, call by call
 *     recorded/step-N.json                 {example, whatifs}, in an exported page
 */

/** The steps that have an example; 6 is the engine. */
export const STEPS = [1, 2, 3, 4, 5, 6];

async function answerOf(response) {
  if (!response.ok) {
    throw new Error((await response.text()).trim() || 'status ' + response.status);
  }
  return response.json();
}

async function get(address) {
  return answerOf(await fetch(address));
}

/** A running server. */
class Server {
  #root;

  constructor(root) {
    this.#root = root;
  }

  #address(name, parameters) {
    return this.#root + 'api/' + name + '?' + new URLSearchParams(parameters);
  }

  async stores() {
    return (await get(this.#address('stores', {}))).stores;
  }

  /**
   * Calls `opened` when the server begins to read the store, `heard` with each report, `failed` with
   * the reason if the server cannot read the store, and `lost` when the server does not answer.
   * Returns a stop.
   */
  listen(store, step, opened, heard, failed, lost) {
    const events = new EventSource(this.#address('live', {store, step}));
    events.onopen = opened;
    events.addEventListener('report', (event) => heard(JSON.parse(event.data)));
    events.addEventListener('failed', (event) => failed(JSON.parse(event.data).message));
    events.onerror = () => lost(events.readyState === EventSource.CLOSED);
    return () => events.close();
  }

  example(step) {
    return get(this.#address('example', {step}));
  }

  record(store, step, file, at) {
    return get(this.#address('record', {store, step, file, at}));
  }

  async whatIf(question) {
    return answerOf(await fetch(this.#root + 'api/whatif', {
      method: 'POST',
      headers: {'Content-Type': 'application/json'},
      body: JSON.stringify(question),
    }));
  }
}

/** The recorded examples of an exported page. */
class Recording {
  #root;
  #steps = new Map();

  constructor(root) {
    this.#root = root;
  }

  async stores() {
    return [];
  }

  async #recorded(step) {
    if (!this.#steps.has(step)) {
      this.#steps.set(step, await get(this.#root + 'recorded/step-' + step + '.json'));
    }
    return this.#steps.get(step);
  }

  async example(step) {
    return (await this.#recorded(step)).example;
  }

  async record() {
    throw new Error('this record was not recorded');
  }

  async whatIf(question) {
    const step = Number(question.store.replace('example/', ''));
    const {whatifs} = await this.#recorded(step);
    const found = whatifs.find(({request}) =>
      Object.keys(request).every((name) => request[name] === question[name]));
    if (found === undefined) {
      throw new Error('These pages were recorded without this question. The command serve of the'
          + ' workshop tool answers it.');
    }
    return found.answer;
  }
}

/** Returns the source of everything that the microscope shows. */
export function openApi() {
  const {mode, root} = document.documentElement.dataset;
  return mode === 'static' ? new Recording(root ?? '') : new Server(root ?? '');
}
