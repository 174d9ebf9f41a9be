import { forget } from "./answer_backup.js";
import { setUpSaving } from "./answer_saving.js";
import { filled } from "./messages.js";
import { setUpClock } from "./quiz_clock.js";

// Comfort for the quiz form. Without it the form works all the same: numbers instead of arrows, "Save answers" instead
// of saving while one goes. Nothing here knows or decides what is right.

const hopsOf = (list) => [...list.querySelectorAll("[data-hop]")];
const labelOf = (hop) => hop.querySelector(".hop__label").textContent.trim();

function number(list) {
  const hops = hopsOf(list);
  hops.forEach((hop, index) => {
    hop.querySelector("select").value = String(index + 1);
    hop.querySelector('[data-move="-1"]').setAttribute("aria-disabled", String(index === 0));
    hop.querySelector('[data-move="1"]').setAttribute("aria-disabled", String(index === hops.length - 1));
  });
}

function place(list, hop, index) {
  const others = hopsOf(list).filter((other) => other !== hop);
  const focused = document.activeElement;
  list.insertBefore(hop, others[index] ?? null);
  focused?.focus({ preventScroll: true });
  number(list);
  for (const other of others) other.classList.remove("hop--moved");
  hop.classList.add("hop--moved");
  const status = list.parentElement.querySelector("[data-order-status]");
  status.textContent = filled(status.dataset.pattern, { step: labelOf(hop), position: index + 1, count: others.length + 1 });
}

function announceChange(list) {
  list.dispatchEvent(new Event("change", { bubbles: true }));
}

function setUpOrder(list) {
  if (list.dataset.ready) return;
  list.dataset.ready = "yes";
  for (const moves of list.querySelectorAll("[data-moves]")) moves.hidden = false;
  const tools = list.parentElement.querySelector("[data-order-tools]");
  tools.hidden = hopsOf(list).every((hop) => hop.querySelector("select").value);
  tools.querySelector("[data-accept]").addEventListener("click", () => {
    number(list);
    tools.hidden = true;
    announceChange(list);
  });
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button || button.getAttribute("aria-disabled") === "true") return;
    const hop = button.closest("[data-hop]");
    place(list, hop, hopsOf(list).indexOf(hop) + Number(button.dataset.move));
    tools.hidden = true;
    announceChange(list);
  });
  list.closest("fieldset").addEventListener("answer:restored", () => {
    const positionOf = (hop) => Number(hop.querySelector("select").value);
    if (hopsOf(list).every(positionOf)) list.append(...hopsOf(list).sort((one, other) => positionOf(one) - positionOf(other)));
  });
  list.addEventListener("change", (event) => {
    if (!event.target.matches("select") || !event.target.value) return;
    place(list, event.target.closest("[data-hop]"), Number(event.target.value) - 1);
    tools.hidden = true;
  });
}

function setUpClear(button) {
  const question = button.closest("fieldset");
  const refresh = () => { button.hidden = !question.querySelector("input:checked"); };
  question.addEventListener("change", refresh);
  button.addEventListener("click", () => {
    const checked = question.querySelector("input:checked");
    checked.checked = false;
    checked.focus();
    checked.dispatchEvent(new Event("change", { bubbles: true }));
  });
  refresh();
}

// A picture whose devices can be clicked: each stands for a radio button of the list, which decides what is chosen.
function setUpDevices(box) {
  const list = box.querySelector("[data-device-list]");
  const status = box.querySelector("[data-chosen]");
  const targets = [...box.querySelectorAll("[data-device]")];
  const radioOf = (target) => list.querySelector(`input[value="${CSS.escape(target.dataset.device)}"]`);
  const refresh = () => {
    const chosen = list.querySelector("input:checked");
    for (const target of targets) target.classList.toggle("devices__target--chosen", target.dataset.device === chosen?.value);
    status.textContent = chosen ? filled(status.dataset.pattern, { device: nameOf(chosen) }) : "";
  };
  const nameOf = (radio) => {
    const place = radio.closest("[role=group]").querySelector(".devices__place")?.textContent.trim();
    return [radio.parentElement.textContent.trim(), place].filter(Boolean).join(" · ");
  };
  for (const target of targets) {
    target.addEventListener("click", () => {
      const radio = radioOf(target);
      radio.checked = true;
      radio.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
  list.addEventListener("change", refresh);
  list.open = false;
  refresh();
}

// Enter in a text field saves that answer; it must not send the whole form.
function setUpTyping(field) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

for (const list of document.querySelectorAll("[data-order]")) setUpOrder(list);
for (const box of document.querySelectorAll("[data-devices]:has(input)")) setUpDevices(box);
for (const button of document.querySelectorAll("[data-clear]")) setUpClear(button);
for (const field of document.querySelectorAll("form[data-quiz] input.typed")) setUpTyping(field);
for (const form of document.querySelectorAll("form[data-quiz]")) {
  setUpSaving(form);
  setUpClock(form);
}
for (const result of document.querySelectorAll("[data-closed-attempt]")) forget(result.dataset.closedAttempt);
