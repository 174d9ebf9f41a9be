// Draws a picture that was laid out on the server. It decides nothing: positions, paths and edges are given.

import cytoscape from "../vendor/cytoscape@3.34.4/dist/cytoscape.esm.min.mjs";
import { graphStyle } from "./topology_style.js";

const LARGEST_ZOOM = 1.35;
const SCROLL_MS = 600;
const WHOLE = "figure__picture--whole";
// A finger scrolls the page and the picture: Cytoscape, which would keep it, hears of taps only, as clicks of a mouse.
const TOUCHES = ["touchstart", "touchmove", "touchend"];
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
    this.moved = () => {};
    this.picking = false;
    this.passed = new Set();
    // Cytoscape stops when its container changes its parent, and htmx moves the canvas when it swaps a bench: so the
    // container is an element of our own inside the canvas.
    const container = document.createElement("div");
    container.className = "figure__graph";
    for (const type of TOUCHES) container.addEventListener(type, (event) => event.stopPropagation(), { capture: true, passive: true });
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
    this.cy.on("resize", () => this.#fill());
    canvas.dataset.drawn = "";
    this.#fill();
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

  // What scrolls where the picture is larger than its place.
  get frame() {
    return this.canvas.closest(".figure__picture");
  }

  // Whether a part of the picture is out of sight.
  get isCut() {
    const { frame } = this;
    return frame.scrollWidth > frame.clientWidth + 1 || frame.scrollHeight > frame.clientHeight + 1;
  }

  // Whether all of the picture is shown, even where its labels are then too small to read well.
  get isWhole() {
    return this.frame.classList.contains(WHOLE);
  }

  showWhole(is) {
    this.frame.classList.toggle(WHOLE, is);
  }

  // Calls back whenever the picture changes its size within the canvas.
  onMove(callback) {
    this.moved = callback;
  }

  // The current element, the elements and edges that were passed on the way to it, and what is read there. Only what
  // differs is restyled.
  mark(current, passed, lost = false, read = []) {
    const now = new Set(passed);
    this.cy.batch(() => {
      for (const id of this.passed) if (!now.has(id)) this.cy.getElementById(id).removeClass("passed");
      for (const id of now) if (!this.passed.has(id)) this.cy.getElementById(id).addClass("passed");
      this.cy.$(".current").removeClass("current lost");
      this.cy.$(".read").removeClass("read");
      for (const id of read) this.cy.getElementById(id).addClass("read");
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

  // Scrolls to the part of the picture where the packet is. Resolves when it stands still.
  aim(animated = true) {
    const { frame } = this;
    const [left, right] = this.view ?? [0, 0];
    const middle = this.onCanvas([(left + right) / 2, this.cy.$(".current").first().position()?.y ?? 0]);
    const kept = (wanted, size, shown) => Math.round(Math.max(0, Math.min(wanted - shown / 2, size - shown)));
    const target = {
      left: kept(middle.x, frame.scrollWidth, frame.clientWidth),
      top: kept(middle.y, frame.scrollHeight, frame.clientHeight),
    };
    if (Math.abs(frame.scrollLeft - target.left) < 1 && Math.abs(frame.scrollTop - target.top) < 1) return Promise.resolve();
    const smooth = animated && !reducedMotion.matches;
    frame.scrollTo({ ...target, behavior: smooth ? "smooth" : "instant" });
    if (!smooth) return Promise.resolve();
    return new Promise((resolve) => {
      frame.addEventListener("scrollend", resolve, { once: true });
      window.setTimeout(resolve, SCROLL_MS);
    });
  }

  // The whole picture in the canvas, at its top: it stays there when what is beside the picture grows.
  #fill() {
    const zoom = Math.min(this.cy.width() / this.width, this.cy.height() / this.height, LARGEST_ZOOM);
    this.cy.viewport({ zoom, pan: { x: (this.cy.width() - this.width * zoom) / 2, y: 0 } });
    this.#letKeysScroll();
    this.aim(false);
    this.moved();
  }

  // Arrow keys scroll a frame that has the focus; one that shows all is no stop of the Tab key, unless that stands there.
  #letKeysScroll() {
    if (this.isCut) this.frame.tabIndex = 0;
    else if (document.activeElement !== this.frame) this.frame.removeAttribute("tabindex");
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
