// Notes that are saved while one types, and bookmarks of the step that a packet is at. Without this file the forms work.

import { iconAddress } from "./icons.js";

const RETRY_MS = 5000;
const SHOWN_MS = 2000;
const unsaved = new Set();
const panel = document.querySelector("[data-bookmark-form]");

const noteOf = (form) => form.querySelector("[data-note]");
const say = (form, words) => {
  form.querySelector("[data-note-state]").textContent = words;
};

// What the server has not confirmed outlives a reload: it waits in this tab under the learner's and bookmark's numbers.
function keepDraft(form) {
  unsaved.add(form);
  sessionStorage.setItem(form.dataset.key, noteOf(form).value);
}

function restoreDrafts(root) {
  const forms = [...root.querySelectorAll("[data-note-form]")];
  if (root.matches("[data-note-form]")) forms.push(root);
  for (const form of forms) {
    const draft = sessionStorage.getItem(form.dataset.key);
    if (draft === null) continue;
    noteOf(form).value = draft;
    unsaved.add(form);
    window.setTimeout(() => retry(form));
  }
}

function retry(form) {
  if (unsaved.has(form) && form.isConnected) form.dispatchEvent(new Event("note:retry"));
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-note-form]");
  if (!form) return;
  keepDraft(form);
  say(form, form.dataset.saving);
});

// "Saved" is shown only for what the server has been told last.
const sent = new WeakMap();
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.target;
  if (form.matches?.("[data-note-form]")) sent.set(event.detail.xhr, noteOf(form).value);
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const form = event.detail.requestConfig?.elt;
  if (!form?.matches("[data-note-form]")) return;
  const answered = event.detail.xhr.status;
  if (answered >= 500) return;
  if (answered === 200 && sent.get(event.detail.xhr) === noteOf(form).value) {
    unsaved.delete(form);
    sessionStorage.removeItem(form.dataset.key);
  } else if (answered === 200) {
    event.detail.shouldSwap = false;
  }
});

for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(failure, (event) => {
    const form = event.detail.requestConfig?.elt;
    if (!form?.matches("[data-note-form]")) return;
    const answered = event.detail.xhr.status;
    if (answered === 422) return;
    const refused = answered >= 400 && answered < 500 && answered !== 429;
    say(form, refused ? form.dataset.refused : form.dataset.unsaved);
    if (!refused) window.setTimeout(() => retry(form), RETRY_MS);
  });
}

window.addEventListener("online", () => unsaved.forEach(retry));
window.addEventListener("beforeunload", (event) => {
  if (unsaved.size) event.preventDefault();
});

// The place of a bench's step; the playground's state is in the page's address, and it has a page of its own.
function placeOf(bench, index) {
  const step = `#${bench.id}:step=${index + 1}`;
  return bench.closest("[data-playground]") ? `playground/${location.search}${step}` : step;
}

document.addEventListener("packet:bookmark", (event) => {
  const bench = event.target;
  const select = panel.elements.place;
  const chosen = select.value;
  const place = new Option("", placeOf(bench, event.detail.index), false, true);
  select.append(place);
  panel.requestSubmit();
  place.remove();
  select.value = chosen;
  const mark = bench.querySelector("[data-action='bookmark'] use");
  mark.setAttribute("href", iconAddress("deliver"));
  window.setTimeout(() => mark.setAttribute("href", iconAddress("bookmark")), SHOWN_MS);
});

document.addEventListener("click", (event) => {
  const write = event.target.closest("[data-write-note]");
  const status = document.querySelector("[data-bookmark-status]");
  if (!write && !event.target.closest("[data-close-status]")) return;
  status.replaceChildren();
  const note = write && document.getElementById(write.dataset.writeNote);
  if (!note) return;
  event.preventDefault();
  document.querySelector("[data-keep]").open = true;
  note.focus({ preventScroll: true });
  note.scrollIntoView({ block: "center" });
});

document.addEventListener("htmx:load", (event) => {
  const loaded = event.detail.elt;
  if (!(loaded instanceof Element)) return;
  restoreDrafts(loaded);
  if (loaded.matches("[data-bookmark]")) document.querySelector("[data-keep]")?.setAttribute("open", "");
});
restoreDrafts(document.documentElement);
