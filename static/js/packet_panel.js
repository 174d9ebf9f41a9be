// “Packet now”: the headers as nested boxes, outermost first, as the server compared them.

import { tag } from "./icons.js";

function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function value(field) {
  if (!field.changed) return element("dd", "", field.value);
  const word = element("span", "changed__word", field.was ? "changed" : "new");
  return element("dd", "", element("span", "changed", field.value, " ", word));
}

function box(layer) {
  const title = element("p", "layer__title", layer.title);
  if (layer.added) title.append(" ", element("span", "tag tag--accent", "added"));
  const fields = element("dl", "");
  for (const field of layer.fields) fields.append(element("dt", "", field.name), value(field));
  return element("div", `layer layer--${layer.kind}`, title, fields);
}

export function showPacket(body, row, count) {
  const boxes = row.layers.map(box);
  boxes.forEach((inner, index) => index && boxes[index - 1].append(inner));
  const where = element("p", "packet-now__where", `${row.number}. ${row.where}`);
  for (const event of row.events) where.append(tag(event));
  const place = element("p", "eyebrow", `${row.part_title ? `${row.part_title} · ` : ""}${row.leg === "reply" ? "Reply" : "Request"} · step ${row.number} of ${count} · ${row.detail}`);
  body.replaceChildren(place, where, element("p", "packet-now__sentence", row.sentence), element("div", "layers", boxes[0]));
}
