// Icons come from the sprite that the page names; each is used beside a word or as the content of a labelled button.

const SVG = "http://www.w3.org/2000/svg";
const SPRITE = document.documentElement.dataset.icons;

export const iconAddress = (name) => `${SPRITE}#${name}`;

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", iconAddress(name));
  svg.append(use);
  return svg;
}

export function tag(event) {
  const kind = event.kind === "decapsulate" ? "encapsulate" : event.kind;
  const element = document.createElement("span");
  element.className = `tag tag--${kind}`;
  element.append(icon(event.icon), event.word);
  return element;
}
