/*
 * Explanations of terms, as tooltips: a link with aria-describedby shows the element of that id
 * while the pointer is on one of them, or while the link has the focus. Escape hides it.
 */
const GAP = 6;
let shown = null;
let timer = 0;

function place(tip, link) {
  const box = link.getClientRects()[0];
  const root = document.documentElement;
  tip.classList.add("shown");
  const left = Math.min(box.left, root.clientWidth - tip.offsetWidth - GAP);
  const below = box.bottom + GAP;
  const fits = below + tip.offsetHeight <= root.clientHeight || box.top < tip.offsetHeight + GAP;
  const top = fits ? below : box.top - tip.offsetHeight - GAP;
  tip.style.left = Math.max(GAP, left) + window.scrollX + "px";
  tip.style.top = top + window.scrollY + "px";
}

function hide() {
  clearTimeout(timer);
  shown?.classList.remove("shown");
  shown = null;
}

function show(link) {
  const tip = document.getElementById(link.getAttribute("aria-describedby"));
  clearTimeout(timer);
  if (tip === shown) {
    return;
  }
  hide();
  shown = tip;
  place(tip, link);
}

function hideSoon() {
  clearTimeout(timer);
  // The pointer needs time to cross the gap between the word and its explanation.
  timer = setTimeout(hide, 200);
}

/** Shows explanations on this page. */
export function start() {
  const term = event => event.target.closest?.("a.term");
  const tip = event => event.target.closest?.(".tip");
  document.addEventListener("pointerover", event => {
    if (term(event)) {
      show(term(event));
    } else if (tip(event)) {
      clearTimeout(timer);
    }
  });
  document.addEventListener("pointerout", event => {
    if (term(event) || tip(event)) {
      hideSoon();
    }
  });
  document.addEventListener("focusin", event => (term(event) ? show(term(event)) : hide()));
  document.addEventListener("focusout", hideSoon);
  document.addEventListener("keydown", event => {
    if (event.key === "Escape") {
      hide();
    }
  });
}
