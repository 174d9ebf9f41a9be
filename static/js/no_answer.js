// A request of a bench that got no answer is said where it was made, until the next one leaves. Nothing of it is lost.

import { icon } from "./icons.js";

const PARTS = "[data-bench], [data-playground]";

function notice() {
  const element = document.createElement("div");
  element.className = "notice notice--error";
  element.role = "alert";
  element.dataset.noAnswer = "";
  const text = document.createElement("p");
  text.textContent = document.querySelector("meta[name=no-answer]").content;
  element.append(icon("warning"), text);
  return element;
}

// Below the button that was pressed, or at the end of a form that sends itself; what asks by itself has neither.
function say({ requestConfig: { elt, triggeringEvent } }) {
  const part = elt.closest(PARTS);
  if (!part || part.querySelector("[data-no-answer]")) return;
  const pressed = triggeringEvent?.submitter ?? elt.closest("a, button");
  const said = notice();
  if (pressed) pressed.parentElement.after(said);
  else if (elt.matches("form")) elt.append(said);
  else part.prepend(said);
  said.scrollIntoView({ block: "nearest" });
}

for (const failure of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, (event) => say(event.detail));
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.isError && !detail.shouldSwap) say(detail);
});

document.addEventListener("htmx:beforeRequest", () => {
  for (const old of document.querySelectorAll("[data-no-answer]")) old.remove();
});
