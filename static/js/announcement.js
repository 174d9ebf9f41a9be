// What a screen reader is told of a step: where the packet is, what happened, and what else changed in its headers.

import { filled } from "./messages.js";

// {header, name, value} of each field that is another than one step before; a header that was added is an event.
function changedFields(row) {
  return row.layers
    .filter((layer) => !layer.added)
    .flatMap((layer) => layer.fields.filter((field) => field.changed).map((field) => ({ header: layer.title, ...field })));
}

export function isChange(row) {
  return row.events.length > 0 || changedFields(row).length > 0;
}

function place(row, pattern, count) {
  const leg = [row.part_title, row.leg_title].filter(Boolean).join(", ");
  const where = [row.where, row.detail].filter(Boolean).join(", ");
  return `${filled(pattern, { number: row.number, count })}, ${leg}: ${where}. `;
}

// What the sentence says already is not said twice.
function changes(row) {
  const untold = changedFields(row).filter(({ value }) => !row.sentence.includes(value));
  return untold.map(({ header, name, value }) => `${header}, ${name}: ${value}. `).join("");
}

// One update for each step. `placed`: without where the packet is, for whoever hears that from the timeline.
export function announce(status, row, count, { placed = true } = {}) {
  const events = row.events.map((event) => `${event.word}. `).join("");
  const sentence = document.createElement("span");
  sentence.textContent = row.sentence;
  if (row.sentence_language) sentence.lang = row.sentence_language;
  const where = placed ? place(row, status.dataset.pattern, count) : "";
  status.replaceChildren(`${where}${events}${changes(row)}`, sentence);
}
