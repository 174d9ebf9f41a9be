// The packets that were sent in this playground, as long as the tab is open: each can be shown again, or be compared
// with the one that is shown. A packet is kept as the query of the page's address that repeats it.

const MOST = 8;
const OTHER = "b-";

const keyOf = (playground) => `sent ${playground.dataset.page}`;

function read(playground) {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(playground))) ?? [];
  } catch (error) {
    if (error instanceof DOMException) return []; // storage is switched off in this browser
    throw error;
  }
}

function remember(playground) {
  const { query, label } = playground.dataset;
  const packets = [{ query, label }, ...read(playground).filter((packet) => packet.query !== query)];
  try {
    sessionStorage.setItem(keyOf(playground), JSON.stringify(packets.slice(0, MOST)));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

// The packet that is shown as A, this one as B.
function besides(shown, query) {
  const other = [...new URLSearchParams(query)].filter(([name]) => name !== "sent");
  return `${shown}&${new URLSearchParams(other.map(([name, value]) => [OTHER + name, value]))}`;
}

function link(anchor, address) {
  anchor.href = address;
  anchor.setAttribute("hx-get", address.replace(/#.*/, ""));
}

function list(playground) {
  const place = playground.querySelector("[data-sent]");
  const { query, page } = playground.dataset;
  const others = read(playground).filter((packet) => packet.query !== query);
  if (!place || !others.length) return;
  const pattern = place.querySelector("template");
  const items = others.map((packet) => {
    const item = pattern.content.cloneNode(true);
    for (const label of item.querySelectorAll("[data-label]")) label.textContent = packet.label;
    link(item.querySelector("[data-show]"), `${page}?${packet.query}`);
    const compare = item.querySelector("[data-besides]");
    if (query) link(compare, `${page}?${besides(query, packet.query)}#compare`);
    else compare.remove();
    return item;
  });
  place.querySelector("ul").replaceChildren(...items);
  place.hidden = false;
  window.htmx.process(place);
}

function show(root) {
  const playground = root.matches?.("[data-playground]") ? root : root.querySelector?.("[data-playground]");
  if (!playground) return;
  if (playground.dataset.query) remember(playground);
  list(playground);
}

document.addEventListener("htmx:load", (event) => show(event.detail.elt));
