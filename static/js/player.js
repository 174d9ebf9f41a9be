// Plays a packet's stops: keyboard, buttons, timeline and hop table all end in go(index).

import { icon } from "./icons.js";
import { PacketMarker } from "./packet_marker.js";
import { showPacket } from "./packet_panel.js";

const FLIGHT_MS = 620;
const REST_MS = 750;
const EVENT_REST_MS = 1700;

export class Player {
  constructor(bench, topology, playback) {
    this.bench = bench;
    this.topology = topology;
    this.rows = playback.rows;
    this.stops = playback.stops;
    this.lastOfRequest = this.rows.findLastIndex((row) => row.leg === "request");
    this.index = 0;
    this.playing = false;
    this.timer = 0;
    this.speed = 1;
    this.marker = new PacketMarker(topology.canvas);
    this.find = (name) => bench.querySelector(`[data-${name}]`);
  }

  start() {
    for (const name of ["player", "timeline"]) this.find(name).hidden = false;
    this.find("no-script").hidden = true;
    this.#drawMarks();
    this.#listen();
    this.topology.onMove(() => this.marker.flight || this.marker.put(this.#restingPoint()));
    this.#show(0, { announce: false });
    this.topology.aim(false);
    this.marker.put(this.#restingPoint());
  }

  async go(index, { milliseconds = FLIGHT_MS, announce = true } = {}) {
    const target = Math.max(0, Math.min(this.stops.length - 1, index));
    const before = this.index;
    if (target === before) return;
    this.#show(target, { announce });
    const stop = this.stops[target];
    await this.topology.aim();
    if (this.index !== target) return;
    const oneStep = target === before + 1;
    const start = this.topology.onCanvas(this.stops[before].at);
    const between = oneStep ? this.topology.waypoints(stop.path, stop.edges) : [];
    await this.marker.fly([start, ...between, this.#restingPoint()], milliseconds / this.speed);
  }

  play() {
    if (this.index === this.stops.length - 1) this.#show(0, { announce: false });
    this.#setPlaying(true);
    this.#tick();
  }

  pause() {
    window.clearTimeout(this.timer);
    this.#setPlaying(false);
  }

  async #tick() {
    if (!this.bench.isConnected) return;
    const next = this.index + 1;
    await this.go(next, { announce: this.rows[next].events.length > 0 });
    if (!this.playing || !this.bench.isConnected || this.index !== next) return;
    if (next === this.stops.length - 1) {
      this.pause();
      return;
    }
    const rest = this.rows[next].events.length ? EVENT_REST_MS : REST_MS;
    this.timer = window.setTimeout(() => this.#tick(), rest / this.speed);
  }

  #act(action) {
    if (action === "play") return this.playing ? this.pause() : this.play();
    if (action === "whole") return this.#toggleWhole();
    this.pause();
    const target = {
      first: 0,
      back: this.index - 1,
      forward: this.index + 1,
      last: this.stops.length - 1,
      reply: this.#otherWay(),
    }[action];
    return this.go(target);
  }

  // The first step of this part's other direction, or -1 where nothing came back.
  #otherWay() {
    const { part, leg } = this.rows[this.index];
    return this.rows.findIndex((row) => row.part === part && row.leg !== leg);
  }

  #toggleWhole() {
    this.topology.whole = !this.topology.whole;
    this.find("player").querySelector("[data-action='whole']").setAttribute("aria-pressed", String(this.topology.whole));
    return this.topology.aim();
  }

  #restingPoint() {
    return this.topology.onCanvas(this.stops[this.index].at);
  }

  #show(index, { announce }) {
    this.index = index;
    const row = this.rows[index];
    const stop = this.stops[index];
    const turnStart = this.rows.findIndex((other) => other.part === row.part && other.turn === row.turn);
    const passed = this.stops.slice(turnStart, index + 1);
    this.topology.view = stop.view;
    this.topology.mark(stop.element, passed.flatMap((each) => [...each.path, ...each.edges]));
    const outcome = this.find("outcome");
    if (outcome && index >= this.lastOfRequest) outcome.open = true;
    this.marker.show(row);
    showPacket(this.find("packet-body"), row, this.rows.length);
    this.#showControls(index, row);
    if (announce) this.find("status").textContent = this.#sentence(row);
    this.bench.dispatchEvent(new CustomEvent("packet:step", { bubbles: true, detail: { index } }));
  }

  #sentence(row) {
    const events = row.events.map((event) => event.word).join(", ");
    return `Step ${row.number} of ${this.rows.length}, ${row.part_title ? `${row.part_title}, ` : ""}${row.leg}: ${row.where}, ${row.detail}. ${events ? `${events}. ` : ""}${row.sentence}`;
  }

  #showControls(index, row) {
    const last = this.stops.length - 1;
    const disabled = { first: index === 0, back: index === 0, forward: index === last, last: index === last };
    for (const [action, is] of Object.entries(disabled)) {
      this.find("player").querySelector(`[data-action="${action}"]`).setAttribute("aria-disabled", String(is));
    }
    const reply = this.find("player").querySelector("[data-action='reply']");
    if (reply) {
      reply.textContent = row.leg === "reply" ? "Show request" : "Show reply";
      reply.setAttribute("aria-disabled", String(this.#otherWay() < 0));
    }
    this.find("count").textContent = `${row.number} / ${this.rows.length}`;
    const range = this.find("range");
    range.value = String(index + 1);
    range.setAttribute("aria-valuetext", `${row.number} of ${this.rows.length}, ${row.leg}, ${row.where}`);
    for (const each of this.bench.querySelectorAll("tr[data-row]")) {
      const isCurrent = Number(each.dataset.row) === index;
      if (isCurrent) each.setAttribute("aria-current", "step");
      else each.removeAttribute("aria-current");
      if (isCurrent) this.#scrollTable(each);
    }
  }

  #scrollTable(row) {
    const table = this.find("hops");
    const head = table.querySelector("thead").offsetHeight;
    const top = row.offsetTop - head;
    if (top < table.scrollTop) table.scrollTop = top;
    else if (row.offsetTop + row.offsetHeight > table.scrollTop + table.clientHeight) {
      table.scrollTop = row.offsetTop + row.offsetHeight - table.clientHeight;
    }
  }

  #setPlaying(playing) {
    this.playing = playing;
    const button = this.find("player").querySelector("[data-action='play']");
    button.setAttribute("aria-label", playing ? "Pause" : "Play");
    button.querySelector(".icon").replaceWith(icon(playing ? "pause" : "play"));
    this.find("play-word").textContent = playing ? "Pause" : "Play";
  }

  #drawMarks() {
    const marks = this.find("marks");
    marks.replaceChildren();
    const share = (index) => `${(100 * index) / (this.rows.length - 1 || 1)}%`;
    this.rows.forEach((row, index) => {
      const event = row.events[0];
      if (index && row.starts_leg) {
        const turn = document.createElement("span");
        turn.className = row.starts_part ? "timeline__turn timeline__turn--part" : "timeline__turn";
        turn.style.left = share(index - 0.5);
        marks.append(turn);
      }
      if (!event) return;
      const mark = document.createElement("span");
      mark.className = `timeline__mark timeline__mark--${event.kind === "decapsulate" ? "encapsulate" : event.kind}`;
      mark.style.left = share(index);
      mark.append(icon(event.icon));
      marks.append(mark);
    });
  }

  #listen() {
    const toolbar = this.find("player");
    toolbar.addEventListener("click", (event) => {
      const button = event.target.closest("[data-action]");
      if (button && button.getAttribute("aria-disabled") !== "true") this.#act(button.dataset.action);
    });
    toolbar.addEventListener("keydown", (event) => this.#rove(event));
    this.#tabStop(toolbar.querySelector("[data-action]"));
    this.find("speed").addEventListener("change", (event) => {
      this.speed = Number(event.target.value);
    });
    this.find("range").addEventListener("input", (event) => {
      this.pause();
      this.go(Number(event.target.value) - 1, { milliseconds: 160 });
    });
    this.find("hops").addEventListener("click", (event) => {
      const button = event.target.closest("[data-jump]");
      if (!button) return;
      this.pause();
      this.go(Number(button.dataset.jump));
    });
  }

  // One tab stop for the toolbar; arrows, Home and End move inside it (WAI-ARIA toolbar pattern).
  #rove(event) {
    const items = [...this.find("player").querySelectorAll("[data-action], select")].filter((item) => item.offsetParent);
    const here = items.indexOf(document.activeElement);
    if (document.activeElement.matches("select") && !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const next = {
      ArrowRight: (here + 1) % items.length,
      ArrowLeft: (here - 1 + items.length) % items.length,
      Home: 0,
      End: items.length - 1,
    }[event.key];
    if (here < 0 || next === undefined) return;
    event.preventDefault();
    this.#tabStop(items[next]);
    items[next].focus();
  }

  #tabStop(chosen) {
    for (const item of this.find("player").querySelectorAll("[data-action], select")) item.tabIndex = item === chosen ? 0 : -1;
  }
}
