// Brings the benches of a lesson to life: the picture first, the player as soon as there is a packet to play.

import { pictureOf } from "./topology.js";
import { Player } from "./player.js";

const NEXT = ["[data-action='play']", ".options input", "[data-gap]", "[data-retry]"];
const started = new WeakSet();
const answered = new WeakSet();

function jsonIn(element, selector) {
  const script = element.querySelector(selector);
  return script ? JSON.parse(script.textContent) : null;
}

async function start(bench) {
  const picture = jsonIn(bench, "[data-picture] script[type='application/json']");
  const canvas = bench.querySelector("[data-canvas]");
  if (!picture || !canvas || started.has(bench)) return;
  started.add(bench);
  const topology = await pictureOf(canvas, picture);
  const playback = jsonIn(bench, ":scope > script[type='application/json']");
  if (!bench.isConnected) return;
  if (topology.isPickable) topology.letPick();
  if (!playback?.stops.length) {
    topology.clear();
    return;
  }
  const player = new Player(bench, topology, playback);
  player.start();
  if ("play" in bench.dataset) player.play();
  if (answered.has(bench)) focusNext(bench);
}

function startAll(root) {
  for (const bench of root.querySelectorAll("[data-bench]")) start(bench);
  const around = root.closest("[data-bench]");
  if (around) start(around);
}

// htmx reports what it swapped in, text between elements included.
document.addEventListener("htmx:load", (event) => event.detail.elt instanceof Element && startAll(event.detail.elt));

// When a bench is replaced the focus would be lost with the form that held it: it goes to what comes next.
function focusNext(bench) {
  const here = document.activeElement;
  const heading = bench.querySelector(".bench__head h2");
  if (here && here !== document.body && here !== heading) return;
  const next = NEXT.map((selector) => bench.querySelector(selector)).find((element) => element?.offsetParent) ?? heading;
  if (next === heading) heading.tabIndex = -1;
  next.focus({ preventScroll: true });
}

document.addEventListener("htmx:afterSettle", (event) => {
  const bench = event.detail.elt;
  if (bench.matches("[data-check]")) bench.querySelector("h3")?.focus({ preventScroll: true });
  if (!bench.matches("[data-bench]")) return;
  answered.add(bench);
  focusNext(bench);
});

startAll(document.documentElement);
