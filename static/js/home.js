// The home page stays light: what plays a packet is loaded when the first one is sent.

import "./no_answer.js";

const demo = () => document.querySelector("#demo");

async function play() {
  document.querySelector("[data-hero]").classList.add("hero--sent");
  demo().scrollIntoView({ block: "start" });
  await import("./lesson.js");
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt.id === "demo") play();
});

if (demo().dataset.state === "shown") play();
