// Draws a picture that was laid out on the server. It decides nothing: positions, paths and edges are given.

import cytoscape from "../vendor/cytoscape@3.34.4/dist/cytoscape.esm.min.mjs";
import { graphStyle } from "./topology_style.js";

const NARROW = 560;
const SMALLEST_ZOOM = 0.83;
const LARGEST_ZOOM = 1.35;
const CAMERA_MS = 280;
const pictures = new WeakMap();
const reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)");

export async function pictureOf(canvas, picture) {
  const key = JSON.stringify(picture);
  const known = pictures.get(canvas);
  if (known?.key === key) return known.topology;
  known?.topology.destroy();
  await Promise.all([document.fonts.load("16px 'JetBrains Mono Variable'"), document.fonts.load("16px 'Inter Variable'")]);
  const topology = new Topology(canvas, picture);
  pictures.set(canvas, { key, topology });
  return topology;
}

export class Topology {
  constructor(canvas, picture) {
    this.canvas = canvas;
    [this.width, this.height] = picture.size;
    this.view = null;
    this.whole = false;
    this.moved = () => {};
    this.picking = false;
    this.passed = new Set();
    // Cytoscape stops when its container changes its parent, and htmx moves the canvas when it swaps a bench: so the
    // container is an element of our own inside the canvas.
    const container = document.createElement("div");
    container.className = "figure__graph";
    canvas.replaceChildren(container);
    this.cy = cytoscape({
      container,
      elements: picture.elements,
      style: graphStyle(),
      layout: { name: "preset" },
      autoungrabify: true,
      autounselectify: true,
      boxSelectionEnabled: false,
      userZoomingEnabled: false,
      userPanningEnabled: false,
    });
    this.restyle = () => this.cy.style(graphStyle());
    document.addEventListener("themechange", this.restyle);
    this.cy.on("resize", () => this.aim(false));
    this.cy.on("viewport", () => this.moved());
    this.aim(false);
    canvas.dataset.drawn = "";
  }

  destroy() {
    document.removeEventListener("themechange", this.restyle);
    this.cy.destroy();
  }

  // The cluster alone again: no packet, no way that it took.
  clear() {
    this.moved = () => {};
    this.mark(null, []);
    this.canvas.querySelector(".packet")?.remove();
    this.view = null;
    this.aim(false);
  }

  get isNarrow() {
    return this.canvas.clientWidth < NARROW;
  }

  // Calls back whenever the picture moves or changes its size within the canvas.
  onMove(callback) {
    this.moved = callback;
  }

  // The current element, and the elements and edges that were passed on the way to it. Only what differs is restyled.
  mark(current, passed, lost = false) {
    const now = new Set(passed);
    this.cy.batch(() => {
      for (const id of this.passed) if (!now.has(id)) this.cy.getElementById(id).removeClass("passed");
      for (const id of now) if (!this.passed.has(id)) this.cy.getElementById(id).addClass("passed");
      this.cy.$(".current").removeClass("current lost");
      if (current) this.cy.getElementById(current).addClass(lost ? "current lost" : "current");
    });
    this.passed = now;
  }

  // Whether something on the page shows what is inside of a device.
  get isPickable() {
    return Boolean(this.canvas.closest("[data-playground], [data-bench]")?.querySelector("[data-inspector], [data-pick]"));
  }

  // From now on devices answer the pointer.
  letPick() {
    if (this.picking) return;
    this.picking = true;
    const point = (element) => {
      this.canvas.classList.toggle("figure__canvas--pick", Boolean(element));
      this.cy.nodes().removeClass("hover");
      element?.addClass("hover");
    };
    this.cy.on("mouseover", "node.pick", (event) => this.isPickable && point(event.target));
    this.cy.on("mouseout", "node.pick", () => point(null));
    this.cy.on("tap", "node.pick", (event) => this.pick(event.target.id()));
  }

  pick(element) {
    this.canvas.dispatchEvent(new CustomEvent("device:pick", { bubbles: true, detail: { element } }));
  }

  // Shows the whole picture, or on a narrow screen the part [left, right] of it. Resolves when the camera stands still.
  aim(animated = true) {
    const target = this.isNarrow && !this.whole ? this.#part() : this.#everything();
    if (!animated || reducedMotion.matches || this.#isAt(target)) {
      this.cy.viewport(target);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.cy.animate({ ...target, duration: CAMERA_MS, easing: "ease-in-out", complete: resolve });
    });
  }

  #isAt({ zoom, pan }) {
    const here = this.cy.pan();
    return Math.abs(this.cy.zoom() - zoom) < 1e-3 && Math.abs(here.x - pan.x) < 1 && Math.abs(here.y - pan.y) < 1;
  }

  // At the top of the canvas: it stays there when what is beside the picture grows.
  #everything() {
    const zoom = Math.min(this.cy.width() / this.width, this.cy.height() / this.height, LARGEST_ZOOM);
    return { zoom, pan: { x: (this.cy.width() - this.width * zoom) / 2, y: 0 } };
  }

  #part() {
    const [left, right] = this.view ?? this.#firstView();
    const byHeight = Math.max(this.cy.height() / this.height, SMALLEST_ZOOM);
    const zoom = Math.min(this.cy.width() / (right - left + 8), byHeight);
    const spare = this.cy.height() - this.height * zoom;
    const current = this.cy.$(".current");
    const wanted = current.empty() ? 0 : this.cy.height() / 2 - current.position("y") * zoom;
    const y = spare >= 0 ? spare / 2 : Math.min(0, Math.max(spare, wanted));
    const x = this.cy.width() / 2 - ((left + right) / 2) * zoom;
    const leftmost = Math.min(0, this.cy.width() - this.width * zoom);
    return { zoom, pan: { x: Math.min(0, Math.max(leftmost, x)), y } };
  }

  #firstView() {
    const first = this.cy.$(".node").first();
    if (first.empty()) return [0, this.width];
    return [first.position("x") - first.data("w") / 2, first.position("x") + first.data("w") / 2];
  }

  // A point of the picture as pixels within the canvas.
  onCanvas([x, y]) {
    const zoom = this.cy.zoom();
    const pan = this.cy.pan();
    return { x: x * zoom + pan.x, y: y * zoom + pan.y };
  }

  // The points between two resting points: along each edge, from where it leaves one box to where it meets the next.
  waypoints(path, edges) {
    return edges.flatMap((id, index) => {
      const edge = this.cy.getElementById(id);
      const ends = [edge.renderedSourceEndpoint(), edge.renderedTargetEndpoint()];
      return edge.data("source") === path[index] ? ends : ends.reverse();
    });
  }
}
