// Brings the benches of a lesson to life: the picture first, the player as soon as there is a packet to play.
// What draws and plays is loaded when the first bench comes near; until then the page shows the server's picture.

import { dataOf } from "./bench_data.js";
import "./no_answer.js";
import "./steady.js";
import "./step_link.js";

const NEXT = ["[data-action='play']", ".options input", "[data-gap]", "[data-retry]"];
const NEAR = "30% 0px";
const started = new WeakSet();
const asked = new Set();
let isRead = false;
let stateBefore = "";

async function start(bench) {
  const canvas = bench.querySelector("[data-canvas]");
  if (!canvas || started.has(bench)) return;
  started.add(bench);
  const [data, { pictureOf }, { Player }] = await Promise.all([
    dataOf(bench),
    import("./topology.js"),
    import("./player.js"),
  ]);
  const { picture, ...playback } = data;
  if (!picture) return;
  const topology = await pictureOf(canvas, picture);
  if (!bench.isConnected) return;
  if (topology.isPickable) topology.letPick();
  if (!playback.stops?.length) {
    topology.clear();
    return;
  }
  const player = new Player(bench, topology, playback);
  player.start();
  if ("play" in bench.dataset) player.play();
  if (asked.has(bench.id)) focusNext(bench);
}

const approaching = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      approaching.unobserve(target);
      start(target);
    }
  },
  { rootMargin: NEAR },
);

function watch(bench) {
  approaching.unobserve(bench);
  approaching.observe(bench);
}

function watchAll(root) {
  root.querySelectorAll("[data-bench]").forEach(watch);
}

// htmx reports what it swapped in, text between elements included: benches, and pictures that their benches waited for.
document.addEventListener("htmx:load", (event) => {
  const swapped = event.detail.elt;
  if (!(swapped instanceof Element) || swapped === document.body) return;
  const around = swapped.closest("[data-bench]");
  if (around) watch(around);
  watchAll(swapped);
});

// When a bench is replaced the focus would be lost with the form that held it: it goes to what comes next.
function focusNext(bench) {
  const here = document.activeElement;
  const heading = bench.querySelector(".bench__head h2");
  if (here && here !== document.body && here !== heading) return;
  const next = NEXT.map((selector) => bench.querySelector(selector)).find((element) => element?.offsetParent) ?? heading;
  if (next === heading) heading.tabIndex = -1;
  next.focus({ preventScroll: true });
}

// On a phone the picture lies far above the button that was pressed, and the text below stays where it was.
// Whoever reads elsewhere by now is left alone. At once, because a player that grows under way would shift the target.
function bringIntoView(bench) {
  const part = bench.querySelector(
    bench.dataset.state === "ask" ? ".bench__side, .trace__body" : ".bench__stage, .trace__body",
  );
  const start = part.getBoundingClientRect().top;
  const isSeen = start >= 0 && start < innerHeight / 2;
  if (!isRead) return;
  // In sight, too: a scroll still under way, to the field that had the focus, ends here.
  if (isSeen) scrollTo({ top: scrollY, behavior: "instant" });
  else part.scrollIntoView({ block: "start", behavior: "instant" });
}

// What takes the place of a long bench may be so short that it lies above the screen: so this is asked before.
document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  if (!target.matches("[data-bench]")) return;
  const { top, bottom } = target.getBoundingClientRect();
  isRead = bottom > 0 && top < innerHeight;
  stateBefore = target.dataset.state;
});

// Only a bench that the learner used takes the focus: others may ask for their results while the page is read.
document.addEventListener("htmx:beforeRequest", ({ detail: { elt, requestConfig } }) => {
  const bench = elt.closest("[data-bench]");
  if (bench && requestConfig.triggeringEvent?.type === "submit") asked.add(bench.id);
});

document.addEventListener("htmx:afterSettle", (event) => {
  const bench = event.detail.elt;
  if (bench.matches("[data-check]")) bench.querySelector("h3")?.focus({ preventScroll: true });
  if (!bench.matches("[data-bench]") || !asked.has(bench.id)) return;
  if (bench.dataset.state !== stateBefore) bringIntoView(bench);
  focusNext(bench);
});

watchAll(document.documentElement);
