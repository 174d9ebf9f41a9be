// The player's buttons, timeline and hop table: shows where the packet is, and tells the player what was asked for.

import { icon } from "./icons.js";
import { filled } from "./messages.js";

const ITEMS = "[data-action], select";
const COPIED_MS = 2000;
const MARK_WIDTH = 15;

export class Controls {
  constructor(bench, rows, player) {
    this.bench = bench;
    this.rows = rows;
    this.player = player;
    this.find = (name) => bench.querySelector(`[data-${name}]`);
    this.toolbar = this.find("player");
    this.words = this.toolbar.dataset;
    this.button = (action) => this.toolbar.querySelector(`[data-action="${action}"]`);
  }

  start() {
    for (const name of ["player", "timeline"]) this.find(name).hidden = false;
    this.#drawMarks();
    new ResizeObserver(() => this.#spaceMarks()).observe(this.find("marks"));
    this.#listen();
  }

  // The next step at which a header changed or something happened, or the last one.
  nextChange(index) {
    const found = this.rows.findIndex((row, other) => other > index && (row.events.length || row.changed.length));
    return found < 0 ? this.rows.length - 1 : found;
  }

  // The first step of this part's other direction, or -1 where nothing came back.
  otherWay(index) {
    const { part, leg } = this.rows[index];
    return this.rows.findIndex((row) => row.part === part && row.leg !== leg);
  }

  show(index) {
    const row = this.rows[index];
    const last = this.rows.length - 1;
    const off = { first: index === 0, back: index === 0, forward: index === last, last: index === last, change: index === last };
    off.reply = this.otherWay(index) < 0;
    for (const [action, is] of Object.entries(off)) this.button(action)?.setAttribute("aria-disabled", String(is));
    const reply = this.toolbar.querySelector("[data-reply-word]");
    if (reply) reply.textContent = row.leg === "reply" ? this.words.showRequest : this.words.showReply;
    this.find("count").textContent = `${row.number} / ${this.rows.length}`;
    const parts = this.find("parts");
    if (parts) parts.value = String(this.rows.findIndex((other) => other.part === row.part));
    const range = this.find("range");
    range.value = String(index + 1);
    const step = filled(this.find("status").dataset.pattern, { number: row.number, count: this.rows.length });
    range.setAttribute("aria-valuetext", `${step}, ${row.leg_title}, ${row.where}`);
    this.index = index;
    this.#showRow(index);
  }

  showPlaying(playing) {
    const button = this.button("play");
    const word = playing ? this.words.pause : this.words.play;
    button.setAttribute("aria-label", word);
    button.querySelector(".icon").replaceWith(icon(playing ? "pause" : "play"));
    this.find("play-word").textContent = word;
  }

  // Where the picture is all in sight anyway, there is nothing to ask for.
  offerWhole(is) {
    this.button("whole").hidden = !is;
  }

  showWhole(whole) {
    this.button("whole").setAttribute("aria-pressed", String(whole));
  }

  // Shows for a moment that the link was copied; returns what to say.
  showCopied(copied) {
    const button = this.button("link");
    button.replaceChildren(icon(copied ? "deliver" : "warning"));
    window.setTimeout(() => button.replaceChildren(icon("link")), COPIED_MS);
    return copied ? this.words.copied : this.words.notCopied;
  }

  #showRow(index) {
    const table = this.find("hops");
    if (!table) return;
    for (const row of table.querySelectorAll("tr[data-row]")) {
      const isCurrent = Number(row.dataset.row) === index;
      if (isCurrent) row.setAttribute("aria-current", "step");
      else row.removeAttribute("aria-current");
      if (isCurrent) scrollTo(table, row);
    }
  }

  #drawMarks() {
    const marks = this.find("marks");
    marks.replaceChildren();
    const share = (index) => `${(100 * index) / (this.rows.length - 1 || 1)}%`;
    const add = (className, index, ...children) => {
      const mark = document.createElement("span");
      mark.className = className;
      mark.style.left = share(index);
      mark.append(...children);
      marks.append(mark);
    };
    this.rows.forEach((row, index) => {
      const turn = row.starts_part ? "timeline__turn timeline__turn--part" : "timeline__turn";
      if (index && row.starts_leg) add(turn, index - 0.5);
      const [event] = row.events;
      if (!event) return;
      const kind = event.kind === "decapsulate" ? "encapsulate" : event.kind;
      add(`timeline__mark timeline__mark--${kind}`, index, icon(event.icon));
    });
  }

  // A mark that would cover the one before it is a tick without its icon.
  #spaceMarks() {
    const marks = this.find("marks");
    let last = -MARK_WIDTH;
    for (const mark of marks.querySelectorAll(".timeline__mark")) {
      const place = (parseFloat(mark.style.left) / 100) * marks.clientWidth;
      const isClose = place - last < MARK_WIDTH;
      mark.classList.toggle("timeline__mark--close", isClose);
      if (!isClose) last = place;
    }
  }

  #listen() {
    this.toolbar.addEventListener("click", (event) => {
      const button = event.target.closest("[data-action]");
      if (button && button.getAttribute("aria-disabled") !== "true") this.player.act(button.dataset.action);
    });
    this.toolbar.addEventListener("keydown", (event) => this.#rove(event));
    this.#tabStop(this.toolbar.querySelector("[data-action]"));
    this.find("speed").addEventListener("change", (event) => this.player.setSpeed(Number(event.target.value)));
    this.find("parts")?.addEventListener("change", (event) => this.player.go(Number(event.target.value)));
    this.find("range").addEventListener("input", (event) => this.player.slide(Number(event.target.value) - 1));
    this.find("hops")?.addEventListener("click", (event) => {
      const button = event.target.closest("[data-jump]");
      if (button) this.player.go(Number(button.dataset.jump));
    });
    // The table may come after the player.
    this.find("hops")?.addEventListener("htmx:afterSwap", () => this.#showRow(this.index));
  }

  // One tab stop for the toolbar; arrows, Home and End move inside it (WAI-ARIA toolbar pattern).
  #rove(event) {
    const items = [...this.toolbar.querySelectorAll(ITEMS)].filter((item) => item.offsetParent);
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
    for (const item of this.toolbar.querySelectorAll(ITEMS)) item.tabIndex = item === chosen ? 0 : -1;
  }
}

function scrollTo(table, row) {
  const top = row.offsetTop - table.querySelector("thead").offsetHeight;
  if (top < table.scrollTop) table.scrollTop = top;
  else if (row.offsetTop + row.offsetHeight > table.scrollTop + table.clientHeight) {
    table.scrollTop = row.offsetTop + row.offsetHeight - table.clientHeight;
  }
}
