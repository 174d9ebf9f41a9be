// The packet: one element over the canvas, moved along points that the topology gives.

import { icon } from "./icons.js";

const reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)");

export class PacketMarker {
  constructor(canvas) {
    canvas.querySelector(".packet")?.remove();
    this.element = document.createElement("div");
    this.element.className = "packet";
    canvas.append(this.element);
    this.flight = null;
  }

  show(row) {
    const lost = row.events.some((event) => event.kind === "drop");
    this.element.dataset.leg = row.leg;
    this.element.dataset.wrapped = String(row.wrapped);
    this.element.dataset.lost = String(lost);
    this.element.replaceChildren(icon(lost ? "drop" : row.leg === "reply" ? "back" : "forward"));
  }

  put(point) {
    this.stop();
    this.element.style.transform = `translate(${point.x}px, ${point.y}px)`;
  }

  stop() {
    this.flight?.cancel();
    this.flight = null;
  }

  // Resolves with true when the packet arrived, with false when something else interrupted the flight.
  async fly(points, milliseconds) {
    const last = points.at(-1);
    if (reducedMotion.matches || milliseconds <= 0 || points.length < 2) {
      this.put(last);
      return true;
    }
    this.stop();
    const lengths = points.slice(1).map((point, index) => Math.hypot(point.x - points[index].x, point.y - points[index].y));
    const total = lengths.reduce((sum, length) => sum + length, 0) || 1;
    let travelled = 0;
    const frames = points.map((point, index) => {
      if (index) travelled += lengths[index - 1];
      return { transform: `translate(${point.x}px, ${point.y}px)`, offset: Math.min(1, travelled / total) };
    });
    this.element.style.transform = frames.at(-1).transform;
    const flight = this.element.animate(frames, { duration: milliseconds, easing: "ease-in-out" });
    this.flight = flight;
    try {
      await flight.finished;
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return false;
      throw error;
    }
    return this.flight === flight;
  }
}
