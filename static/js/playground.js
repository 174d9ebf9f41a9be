// The playground's conveniences. Without this file every control still works: the forms are plain.

import "./sent_packets.js";
import "./steady.js";

const typedLines = (terminal) => [...terminal.querySelectorAll("[data-typed]")].map((input) => input.value);
let armed = null;

function arm(button) {
  for (const each of document.querySelectorAll("[data-pick]")) each.setAttribute("aria-pressed", String(each === button));
  armed = button;
}

const isInSight = ({ top, bottom }) => bottom > innerHeight / 4 && top < (innerHeight * 3) / 4;

// On a phone the picture lies below the form.
function showPicture() {
  const picture = document.querySelector("#playground [data-canvas]");
  if (!isInSight(picture.getBoundingClientRect())) picture.scrollIntoView({ block: "center" });
}

function choose(select, option) {
  select.value = option.value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

// A destination offers its port, as long as it has one.
function offerPort(form) {
  const option = form.querySelector("#pg-to").selectedOptions[0];
  if (option) form.querySelector("#pg-port").value = option.dataset.port ?? "";
}

function swap(form) {
  const [from, to] = ["#pg-from", "#pg-to"].map((name) => form.querySelector(name));
  const matching = (select, value) => [...select.options].find((option) => option.value === value);
  const [newFrom, newTo] = [matching(from, to.value), matching(to, from.value)];
  if (!newFrom || !newTo) return false;
  choose(from, newFrom);
  choose(to, newTo);
  return true;
}

function show(root) {
  for (const hidden of root.querySelectorAll("[data-pick], [data-copy], [data-suggestions], [data-swap]")) hidden.hidden = false;
  const log = root.querySelector(".session__log") ?? root.closest("[data-terminal]")?.querySelector(".session__log");
  if (log) log.scrollTop = log.scrollHeight;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.matches("[data-pick]")) {
    arm(armed === button ? null : button);
    if (armed) showPicture();
  }
  if (button.matches("[data-swap]")) swap(button.form);
  if (button.matches("[data-suggest]")) {
    const line = button.closest("[data-terminal]").querySelector("[data-line]");
    line.value = button.dataset.suggest;
    line.focus();
  }
  if (button.matches("[data-copy]")) {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.querySelector("span").textContent = button.dataset.copied;
  }
});

document.addEventListener("change", (event) => {
  if (event.target.id === "pg-to") offerPort(event.target.form);
});

// An armed picker takes the next device that is picked; it is then not opened.
document.addEventListener(
  "device:pick",
  (event) => {
    if (!armed?.isConnected) return;
    const select = document.getElementById(armed.dataset.pick);
    const option = [...select.options].find((each) => each.dataset.elements?.split(" ").includes(event.detail.element));
    if (!option) return;
    event.stopPropagation();
    choose(select, option);
    arm(null);
    select.focus();
  },
  { capture: true },
);

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && armed) arm(null);
});

// Arrow keys go through the lines that were typed, as in a shell.
document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.("[data-line]") || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  const input = event.target;
  const lines = typedLines(input.closest("[data-terminal]"));
  const place = Number(input.dataset.place ?? lines.length) + (event.key === "ArrowUp" ? -1 : 1);
  if (place < 0 || place > lines.length) return;
  event.preventDefault();
  input.dataset.place = String(place);
  input.value = lines[place] ?? "";
});

// Of several requests for the playground the latest counts: the answer to an older one would come to a part that is gone,
// and take the picture, which is kept between answers, with it. What asks by itself gives way to the learner.
const DONE = 4; // a request's readyState
let latest = null;

function leaveOlder({ detail }) {
  if (detail.target.id === "playground" && detail.xhr !== latest) detail.shouldSwap = false;
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, target, xhr } = event.detail;
  if (target.id !== "playground") return;
  if (elt.hidden && latest !== null && latest.readyState !== DONE) {
    event.preventDefault();
    return;
  }
  latest = xhr;
  target.addEventListener("htmx:beforeSwap", leaveOlder); // of its own: events of what is gone do not reach the document
});

// After “Send” the packet is what matters, or else what is wrong beside the button; after a switch the switches stay.
// At once, because a player that grows under way would shift the target.
document.addEventListener("htmx:afterSwap", (event) => {
  const submitter = event.detail.requestConfig?.triggeringEvent?.submitter;
  if (submitter?.id !== "pg-send" || document.querySelector("#playground-form [role=alert]")) return;
  document.querySelector("#playground [data-bench]")?.scrollIntoView({ block: "start", behavior: "instant" });
});

// What was chosen may be gone after the answer, and the focus with it: it goes to the cell of the matrix that is
// explained now, else to the heading of the part where it was.
let partWithFocus = null;

document.addEventListener("htmx:beforeSwap", ({ detail: { target, shouldSwap } }) => {
  if (target.id !== "playground" || !shouldSwap || !target.contains(document.activeElement)) return;
  partWithFocus = document.activeElement.closest("section[id], [hx-swap*='show:#playground:']").id || "playground";
});

function keepFocus() {
  const part = partWithFocus && document.getElementById(partWithFocus);
  partWithFocus = null;
  if (!part || document.activeElement !== document.body) return;
  const heading = part.querySelector("h2, h3");
  heading.tabIndex = -1;
  const cell = part.id === "matrix" && part.querySelector("[aria-current] a");
  (cell || heading).focus({ preventScroll: true });
}

// What decides a cell stands below the matrix: on a phone out of sight.
function showReason({ requestConfig }) {
  if (requestConfig?.elt.closest(".matrix")) document.querySelector(".why")?.scrollIntoView({ block: "nearest" });
}

// A link into the playground of a lesson names a part of it that was not there when the page was opened.
let linked = location.hash.startsWith("#playground");

document.addEventListener("htmx:load", (event) => {
  show(event.detail.elt);
  if (!linked || event.detail.elt.id !== "playground") return;
  linked = false;
  event.detail.elt.scrollIntoView({ block: "start" });
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt.matches?.("[data-terminal]")) event.detail.elt.querySelector("[data-line]").focus();
  if (event.detail.elt.id !== "playground") return;
  keepFocus();
  showReason(event.detail);
});
show(document.documentElement);
