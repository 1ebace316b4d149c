/*
 * The script of the course's pages.
 */
import * as tips from "./tips.js";

tips.start();

// On paper the answers are not folded.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  folded.forEach(details => (details.open = true));
});
addEventListener("afterprint", () => folded.forEach(details => (details.open = false)));
