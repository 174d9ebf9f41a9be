// Plays a packet's stops: keyboard, buttons, timeline, hop table and links all end in go(index).

import { announce, isChange } from "./announcement.js";
import { PacketMarker } from "./packet_marker.js";
import { reserveRoom, showPacket } from "./packet_panel.js";
import { Controls } from "./player_controls.js";
import { copyLink, followLinks, rememberStep } from "./step_link.js";

const FLIGHT_MS = 620;
const SLIDE_MS = 160;
const REST_MS = 750;
const CHANGE_REST_MS = 1700;

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
    this.controls = new Controls(bench, this.rows, {
      act: (action) => this.#act(action),
      go: (index) => this.#jump(index),
      slide: (index) => this.#jump(index, { milliseconds: SLIDE_MS, told: { placed: false } }),
      setSpeed: (speed) => {
        this.speed = speed;
      },
    });
  }

  start() {
    this.controls.start();
    this.find("no-script").hidden = true;
    this.topology.onMove(() => this.#moved());
    this.topology.letPick();
    reserveRoom(this.find("packet-now"), this.rows);
    this.#show(0, null);
    this.topology.aim(false);
    this.#moved();
    this.find("packet-body").addEventListener("click", (event) => {
      if (event.target.closest("[data-look]")) this.topology.pick(this.stops[this.index].element);
    });
    this.bench.addEventListener("packet:go", (event) => this.#jump(event.detail.index));
    followLinks(this.bench, this.rows.length, (index) => this.#jump(index, { milliseconds: 0 }));
  }

  // `told`: how the step is announced, null for not at all.
  async go(index, { milliseconds = FLIGHT_MS, told = {} } = {}) {
    const target = Math.max(0, Math.min(this.stops.length - 1, index));
    const before = this.index;
    if (target === before) return;
    this.#show(target, told);
    const stop = this.stops[target];
    await this.topology.aim(milliseconds > 0);
    if (this.index !== target) return;
    const oneStep = target === before + 1;
    const start = this.topology.onCanvas(this.stops[before].at);
    const between = oneStep ? this.topology.waypoints(stop.path, stop.edges) : [];
    await this.marker.fly([start, ...between, this.#restingPoint()], milliseconds / this.speed);
  }

  play() {
    if (this.index === this.stops.length - 1) this.#show(0, null);
    this.#setPlaying(true);
    this.#tick();
  }

  pause() {
    window.clearTimeout(this.timer);
    if (!this.playing) return;
    this.#setPlaying(false);
    rememberStep(this.bench, this.index + 1);
  }

  async #tick() {
    if (!this.bench.isConnected) return;
    const next = this.index + 1;
    const changes = isChange(this.rows[next]);
    await this.go(next, { told: changes ? {} : null });
    if (!this.playing || !this.bench.isConnected || this.index !== next) return;
    if (next === this.stops.length - 1) {
      this.pause();
      return;
    }
    const rest = changes ? CHANGE_REST_MS : REST_MS;
    this.timer = window.setTimeout(() => this.#tick(), rest / this.speed);
  }

  #act(action) {
    if (action === "play") return this.playing ? this.pause() : this.play();
    if (action === "whole") return this.#toggleWhole();
    if (action === "link") return this.#copyLink();
    if (action === "bookmark") return this.#tell("packet:bookmark");
    const target = {
      first: 0,
      back: this.index - 1,
      forward: this.index + 1,
      last: this.stops.length - 1,
      change: this.controls.nextChange(this.index),
      reply: this.controls.otherWay(this.index),
    }[action];
    return this.#jump(target);
  }

  #jump(index, options) {
    this.pause();
    const arrival = this.go(index, options);
    rememberStep(this.bench, this.index + 1);
    return arrival;
  }

  async #copyLink() {
    rememberStep(this.bench, this.index + 1);
    const copied = await copyLink(this.bench, this.index + 1);
    this.find("status").textContent = this.controls.showCopied(copied);
  }

  #toggleWhole() {
    this.topology.showWhole(!this.topology.isWhole);
    this.controls.showWhole(this.topology.isWhole);
  }

  // The picture has another size now.
  #moved() {
    if (!this.marker.flight) this.marker.put(this.#restingPoint());
    this.controls.offerWhole(this.topology.isCut || this.topology.isWhole);
  }

  #setPlaying(playing) {
    this.playing = playing;
    this.controls.showPlaying(playing);
  }

  #restingPoint() {
    return this.topology.onCanvas(this.stops[this.index].at);
  }

  #show(index, told) {
    this.index = index;
    const row = this.rows[index];
    const stop = this.stops[index];
    const turnStart = this.rows.findIndex((other) => other.part === row.part && other.turn === row.turn);
    const passed = this.stops.slice(turnStart, index + 1);
    this.topology.view = stop.view;
    const lost = row.events.some((event) => event.kind === "drop");
    this.topology.mark(stop.element, passed.flatMap((each) => [...each.path, ...each.edges]), lost, stop.read);
    const outcome = this.find("outcome");
    if (outcome && index >= this.lastOfRequest) outcome.open = true;
    this.marker.show(row);
    showPacket(this.find("packet-now"), row, this.rows.length, this.topology.isPickable);
    this.controls.show(index);
    if (told) announce(this.find("status"), row, this.rows.length, told);
    this.#tell("packet:step");
  }

  #tell(event) {
    return this.bench.dispatchEvent(new CustomEvent(event, { bubbles: true, detail: { index: this.index } }));
  }
}
