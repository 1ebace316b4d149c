/*
 * The script of the course's pages: explanations, guesses, and what changes while the reader works.
 * A running server sends the changes; exported pages have them in one file.
 */
import * as guesses from "./guesses.js";
import * as tips from "./tips.js";

const page = document.documentElement;
const root = page.dataset.root;
const state = { exercises: {}, experiments: {}, cards: {} };

// ======== Exercises ========

const MARKS = { done: "✓", wrong: "✗", "does not compile": "✗", "timed out": "✗" };

function showExercises(exercises) {
  for (const list of document.querySelectorAll(".exercises")) {
    const chapter = list.dataset.chapter + ".";
    const items = Object.entries(exercises)
      .filter(([number]) => number.startsWith(chapter))
      .map(([number, verdict]) => exercise(number, verdict));
    list.replaceChildren(...items);
    list.hidden = items.length === 0;
  }
}

function showProgress(exercises) {
  const progress = document.getElementById("progress");
  if (progress !== null) {
    const verdicts = Object.values(exercises);
    const done = verdicts.filter(verdict => verdict === "done").length;
    progress.textContent = `${done} of ${verdicts.length} exercises are done.`;
    progress.hidden = verdicts.length === 0;
  }
}

function exercise(number, verdict) {
  const item = document.createElement("li");
  item.className = verdict.replaceAll(" ", "-");
  const mark = document.createElement("span");
  mark.textContent = MARKS[verdict] ?? (verdict === "not started" ? "○" : "◐");
  mark.setAttribute("aria-hidden", "true");
  item.append(mark, ` ${number} `, small(verdict));
  return item;
}

function small(text) {
  const element = document.createElement("small");
  element.textContent = text;
  return element;
}

function announce(before, now) {
  const changed = Object.keys(now).filter(number => before[number] && before[number] !== now[number]);
  if (changed.length > 0) {
    status.textContent = changed.map(number => `Exercise ${number}: ${now[number]}.`).join(" ");
  }
}

// ======== Experiments ========

function showExperiments(experiments) {
  for (const figure of document.querySelectorAll(".experiment")) {
    const number = figure.dataset.experiment;
    const experiment = experiments[number];
    const text = JSON.stringify(experiment);
    if (figure.dataset.shown === text) {
      continue;
    }
    figure.dataset.shown = text;
    figure.hidden = !experiment;
    figure.replaceChildren(...(experiment ? chart(number, experiment) : []));
  }
}

function chart(number, experiment) {
  const caption = document.createElement("figcaption");
  const result = document.createElement("strong");
  result.textContent = experiment.measured;
  const whole = document.createElement("a");
  whole.href = root + "report/index.html";
  whole.textContent = "the whole report";
  caption.append(`Experiment ${number}, as it was measured: `, result, " (", whole, ")");
  const charts = experiment.charts.map(address => {
    const picture = document.createElement("img");
    // The name stays the same when the experiment is run again.
    picture.src = root + address + "?" + performance.now();
    picture.alt = `Chart of experiment ${number}. The numbers are in the report.`;
    return picture;
  });
  return [...charts, caption];
}

// ======== Changes ========

function show(now) {
  announce(state.exercises, now.exercises ?? {});
  Object.assign(state, now);
  showExercises(state.exercises);
  showProgress(state.exercises);
  showExperiments(state.experiments);
  guesses.show(state.cards);
}

let source = null;

/** Browsers allow few connections to a server, so only pages that are seen have one. */
function listen() {
  if (document.hidden) {
    source?.close();
    source = null;
  } else if (source === null) {
    source = new EventSource(root + "course.events");
    source.addEventListener("course", event => show(JSON.parse(event.data)));
    source.addEventListener("error", event => {
      // The browser connects again by itself, unless the server refused.
      if (event.target.readyState === EventSource.CLOSED) {
        source = null;
        setTimeout(listen, 2000);
      }
    });
  }
}

const status = document.createElement("p");
status.className = "unseen";
status.setAttribute("role", "status");
document.body.append(status);

tips.start();
guesses.start();
for (const figure of document.querySelectorAll("[data-picture]")) {
  const picture = await import(`./${figure.dataset.picture}.js`);
  picture.start(figure);
}
if (page.dataset.mode === "live") {
  document.addEventListener("visibilitychange", listen);
  addEventListener("pagehide", () => source?.close());
  listen();
} else {
  const answer = await fetch(root + "course.json");
  if (answer.ok) {
    show(await answer.json());
  }
}

// ======== Paper ========

let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  folded.forEach(details => (details.open = true));
});
addEventListener("afterprint", () => folded.forEach(details => (details.open = false)));
