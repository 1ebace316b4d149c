/*
 * Guess cards. A card keeps the reader's guess in the browser. Beside it appears the measured number,
 * once there is one: from the experiment's report, or from a second field of the card.
 */
const NAME = "five-steps.";
const NUMBER = /^((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e\d{1,2})?) *(?:x|×|times|µs|us|ms|bytes|fsyncs)?$/i;

const FORMAT = new Intl.NumberFormat("en", { maximumFractionDigits: 3 });

function parse(text) {
  const match = NUMBER.exec(text.trim());
  const number = match ? Number(match[1].replaceAll(",", "")) : NaN;
  return number > 0 ? number : NaN;
}

// A browser may refuse to keep anything.
function stored(key) {
  try {
    return localStorage.getItem(NAME + key) ?? "";
  } catch {
    return "";
  }
}

function keep(key, text) {
  try {
    localStorage.setItem(NAME + key, text);
  } catch {
    // The guess is shown as long as the page is open.
  }
}

function words(number) {
  return FORMAT.format(Number(number.toPrecision(3)));
}

function compared(guess, measured) {
  const factor = measured / guess;
  if (factor >= 1.05) {
    return `${words(factor)} times your guess`;
  }
  return factor <= 0.95 ? `your guess was ${words(1 / factor)} times as much` : "your guess was right";
}

function figure(name, number, unit) {
  const figure = document.createElement("span");
  figure.className = "figure";
  const label = document.createElement("small");
  label.textContent = name;
  const value = document.createElement("b");
  value.textContent = `${words(number)} ${unit}`;
  figure.append(label, value);
  return figure;
}

function show1(card) {
  const { unit, experiment } = card.dataset;
  const guess = parse(card.elements.guess.value);
  const measured = parse(card.elements.measured?.value ?? card.dataset.measured ?? "");
  const result = card.querySelector(".result");
  const kept = card.dataset.kept === "true";
  if (!kept || Number.isNaN(guess)) {
    result.replaceChildren();
    return;
  }
  const parts = [figure("your guess", guess, unit)];
  const last = document.createElement("span");
  last.className = "comment";
  if (!Number.isNaN(measured)) {
    parts.push(figure("measured", measured, unit));
    last.textContent = compared(guess, measured);
  } else {
    last.textContent =
      experiment === "0" ? "measure it, and write the number down too" : `experiment ${experiment} measures it`;
  }
  result.replaceChildren(...parts, last);
}

function submit(card) {
  const input = card.elements.guess;
  if (Number.isNaN(parse(input.value))) {
    input.setAttribute("aria-invalid", "true");
    card.dataset.kept = "false";
    card.querySelector(".result").textContent = "write a number, such as 10, 2.5, 1,000 or 1e6";
    input.focus();
    return;
  }
  input.removeAttribute("aria-invalid");
  card.dataset.kept = "true";
  keep(card.dataset.card, input.value.trim());
  if (card.elements.measured) {
    keep(card.dataset.card + ".measured", card.elements.measured.value.trim());
  }
  show1(card);
}

/** Lets the cards of the page work. */
export function start() {
  for (const card of document.querySelectorAll("form.card")) {
    const { guess, measured } = card.elements;
    guess.value = stored(card.dataset.card);
    card.dataset.kept = String(guess.value !== "");
    if (measured) {
      measured.value = stored(card.dataset.card + ".measured");
    }
    card.addEventListener("submit", event => {
      event.preventDefault();
      submit(card);
    });
    card.hidden = false;
    show1(card);
  }
}

/** Shows the numbers that the experiments measured, by the names of the cards. */
export function show(measured) {
  for (const card of document.querySelectorAll("form.card")) {
    card.dataset.measured = measured[card.dataset.card] ?? "";
    show1(card);
  }
}
