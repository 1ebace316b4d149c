/*
 * The parts that the course's drawn pictures share: elements of SVG, and a row of buttons that goes
 * through the steps of a story.
 */
const NAMESPACE = "http://www.w3.org/2000/svg";

/** Returns an element of SVG. */
export function svg(tag, attributes, ...children) {
  const element = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Returns an element of HTML. */
export function html(tag, className, ...children) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
}

/** Returns a text in a picture. */
export function words(x, y, text, className = "") {
  return svg("text", { x, y, class: className }, text);
}

/** Returns a record: a box with its text. */
export function record(x, y, width, text, className) {
  return svg(
    "g",
    { class: `record ${className}` },
    svg("rect", { x, y, width, height: 34 }),
    words(x + width / 2, y + 22.5, text, "middle"),
  );
}

/** Returns the definitions that pictures refer to: the hatching of dead records, and an arrow. */
export function definitions(id) {
  return svg(
    "defs",
    {},
    svg(
      "pattern",
      { id: `${id}-dead`, width: 8, height: 8, patternUnits: "userSpaceOnUse",
        patternTransform: "rotate(45)" },
      svg("rect", { width: 8, height: 8, class: "hatch-back" }),
      svg("line", { x1: 0, y1: 0, x2: 0, y2: 8, class: "hatch" }),
    ),
    svg(
      "marker",
      { id: `${id}-arrow`, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 7, markerHeight: 7,
        orient: "auto-start-reverse" },
      svg("path", { d: "M0 0L10 5L0 10z", class: "head-of-arrow" }),
    ),
  );
}

/**
 * Fills a figure with a story. The story has a title, a hint, the height of its picture, the names of its
 * steps, and a function draw(step, unplugged) that returns the parts of the picture, a text, and
 * whether something is lost.
 *
 * @returns a function that draws the picture again
 */
export function tell(figure, story) {
  let step = 0;
  let unplugged = false;
  const picture = svg("svg", { viewBox: `0 0 600 ${story.height}`, role: "img" });
  const stage = html("div", "stage", picture);
  stage.tabIndex = 0;
  const text = html("p", "told");
  text.setAttribute("role", "status");
  const list = html("ol", "steps");
  const back = button("Back", () => go(step - 1));
  const next = button("Next", () => go(step + 1));
  const plug = button("Pull the plug", () => {
    unplugged = !unplugged;
    show();
  });
  plug.className = "plug";

  function go(to) {
    step = Math.min(Math.max(to, 0), story.steps.length);
    unplugged = false;
    show();
  }

  function show() {
    const drawn = story.draw(step, unplugged);
    picture.replaceChildren(definitions(story.id), ...drawn.parts);
    picture.setAttribute("aria-label", `${story.title}. ${drawn.text}`);
    figure.classList.toggle("lost", drawn.lost);
    text.textContent = drawn.text;
    back.disabled = step === 0;
    next.disabled = step === story.steps.length || unplugged;
    plug.setAttribute("aria-pressed", String(unplugged));
    [...list.children].forEach((item, i) => {
      item.className = i < step ? "past" : "";
      item.toggleAttribute("aria-current", i === step - 1);
      if (i === step - 1) {
        item.setAttribute("aria-current", "step");
      }
    });
  }

  list.append(...story.steps.map(name => story.item?.(name, show) ?? html("li", "", name)));
  const caption = html("figcaption", "", story.title, html("small", "", story.hint));
  figure.replaceChildren(caption, stage, text, list, html("p", "controls", back, next, plug));
  figure.hidden = false;
  show();
}

function button(name, action) {
  const element = html("button", "", name);
  element.type = "button";
  element.addEventListener("click", action);
  return element;
}
