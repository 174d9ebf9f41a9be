// “Packet now”: the headers as nested boxes, outermost first, as the server compared them.

import { icon, tag } from "./icons.js";
import { filled } from "./messages.js";

function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function value(field, words) {
  if (!field.changed) return element("dd", "", field.value);
  const word = element("span", "changed__word", field.was ? words.changed : words.fresh);
  return element("dd", "", element("span", "changed", field.value, " ", word));
}

function box(layer, words) {
  const title = element("p", "layer__title", layer.title);
  if (layer.added) title.append(" ", element("span", "tag tag--accent", words.added));
  const fields = element("dl", "");
  for (const field of layer.fields) fields.append(element("dt", "", field.name), value(field, words));
  return element("div", `layer layer--${layer.kind}`, element("div", "layer__own", title, fields));
}

function lookInside(words) {
  const button = element("button", "button button--quiet packet-now__look", icon("info"), words.look);
  button.type = "button";
  button.dataset.look = "";
  return button;
}

// The engine's own sentences are English on every page.
function sentence(row) {
  const told = element("p", "packet-now__sentence", row.sentence);
  if (row.sentence_language) told.lang = row.sentence_language;
  return told;
}

// `pickable`: the device where the packet is can be looked into.
export function showPacket(panel, row, count, pickable) {
  const words = panel.dataset;
  const boxes = row.layers.map((layer) => box(layer, words));
  boxes.forEach((inner, index) => index && boxes[index - 1].append(inner));
  const where = element("p", "packet-now__where", `${row.number}. ${row.where}`);
  for (const event of row.events) where.append(tag(event));
  if (pickable) where.append(lookInside(words));
  const step = filled(words.step, { number: row.number, count });
  const place = element("p", "eyebrow", [row.leg_title, step, row.detail].filter(Boolean).join(" · "));
  const told = element("div", "packet-now__told", place, where, sentence(row));
  if (row.part_title) told.prepend(element("p", "packet-now__part", row.part_title));
  panel.querySelector("[data-packet-body]").replaceChildren(told, element("div", "layers", boxes[0]));
}

const roomy = window.matchMedia("(width >= 64rem)");

// Keeps the room that the largest packet and the longest sentence need, so that nothing below moves at a step. On small
// screens the controls stand still at the bottom of the screen, and the room is needed for what is read.
export function reserveRoom(panel, rows) {
  const body = panel.querySelector("[data-packet-body]");
  const size = (row) => row.layers.reduce((sum, layer) => sum + layer.fields.length + 2, 0);
  const largest = rows.reduce((most, row) => (size(row) > size(most) ? row : most));
  const longest = rows.reduce((most, row) => (row.sentence.length > most.sentence.length ? row : most));
  let width = 0;
  const measure = () => {
    if (panel.clientWidth === width || !panel.isConnected) return;
    width = panel.clientWidth;
    body.style.minHeight = "";
    if (!roomy.matches) return;
    const shown = [...body.childNodes];
    const heights = [largest, longest].map((row) => {
      showPacket(panel, row, rows.length, true);
      return body.offsetHeight;
    });
    body.style.minHeight = `${Math.max(...heights)}px`;
    body.replaceChildren(...shown);
  };
  measure();
  new ResizeObserver(measure).observe(panel);
}
