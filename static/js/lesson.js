// Brings the benches of a lesson to life: the picture first, the player as soon as there is a packet to play.

import { pictureOf } from "./topology.js";
import { Player } from "./player.js";

const started = new WeakSet();

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
  if (playback && bench.isConnected) new Player(bench, topology, playback).start();
}

function startAll(root) {
  for (const bench of root.querySelectorAll("[data-bench]")) start(bench);
  const around = root.closest("[data-bench]");
  if (around) start(around);
}

document.addEventListener("htmx:load", (event) => startAll(event.detail.elt));

// After the learner's own click the focus would be lost with the replaced form: it goes to what comes next.
document.addEventListener("htmx:afterSettle", (event) => {
  const bench = event.detail.elt?.closest?.("[data-bench]");
  if (!bench || (document.activeElement && document.activeElement !== document.body)) return;
  const next = bench.querySelector("[data-action='play'], .options input, [role='alert'] ~ form button, .bench__head h2");
  if (!next) return;
  if (!next.matches("button, input")) next.tabIndex = -1;
  next.focus({ preventScroll: true });
});

startAll(document.documentElement);
