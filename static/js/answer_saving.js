import { backups, drop, forget, keep } from "./answer_backup.js";

// Every change of an answer goes to the server within a second (htmx does that), and until the server has confirmed it
// a copy stays in this browser. What could not be sent is sent again: every few seconds, when the network is back, and
// when the page is opened again. A page that is left sends what it still has on its way out.

const RETRY_MS = 5000;
const slugOf = (question) => question.id.replace("question-", "");
const versionOf = (question) => question.querySelector('input[name$=".version"]');

function valuesOf(form, question) {
  const names = new Set([...question.elements].map((field) => field.name));
  return [...new FormData(form)].filter(([name]) => names.has(name) && !name.endsWith(".version"));
}

function setValues(question, values) {
  for (const field of question.elements) {
    if (!field.name || field.name.endsWith(".version")) continue;
    if (["radio", "checkbox"].includes(field.type)) field.checked = values.some(([name, value]) => name === field.name && value === field.value);
    else field.value = values.find(([name]) => name === field.name)?.[1] ?? "";
  }
}

const changed = (question) => question.dispatchEvent(new Event("change", { bubbles: true }));

class Saving {
  constructor(form) {
    this.form = form;
    this.attempt = form.dataset.quiz;
    this.status = form.querySelector("[data-connection]");
    this.failed = new Set(); // questions whose last save did not arrive
    this.sent = new WeakMap(); // what was last sent of a question, as text
    this.confirmed = new WeakMap(); // what the server is known to have
    this.note = "";
    this.submitting = false;
    for (const question of this.questions) this.confirmed.set(question, this.text(question));
  }

  get questions() {
    return [...this.form.querySelectorAll("fieldset[hx-post]")];
  }

  text(question) {
    return JSON.stringify(valuesOf(this.form, question));
  }

  isDirty(question) {
    return this.text(question) !== this.confirmed.get(question);
  }

  report() {
    this.status.toggleAttribute("data-failing", this.failed.size > 0);
    this.status.textContent = this.failed.size ? this.status.dataset.unsaved : this.note;
  }

  retry() {
    for (const question of [...this.failed]) changed(question);
  }

  backUp(question) {
    if (!question) return;
    const slug = slugOf(question);
    if (this.isDirty(question)) keep(this.attempt, slug, { version: versionOf(question).value, values: valuesOf(this.form, question) });
    else drop(this.attempt, slug);
  }

  // "Saved" is shown only for what the server was told last; with two changes in a row the first is not enough.
  showSaved(question) {
    const mark = question.querySelector(".question__saved");
    if (mark && this.sent.has(question)) mark.hidden = this.sent.get(question) !== this.text(question);
  }

  onSaved(question, status) {
    this.failed.delete(question);
    if (status === 200) {
      this.confirmed.set(question, this.sent.get(question));
      this.backUp(question);
    }
    this.report();
    this.showSaved(question);
  }

  onFailed(question) {
    this.failed.add(question);
    this.report();
    setTimeout(() => this.retry(), RETRY_MS);
  }

  // Answers of a page that was lost before they arrived. Based on an older save than the server's they meet the same
  // question as in a second window: which of the two answers stays?
  restore() {
    const entries = backups(this.attempt);
    const lost = this.questions.filter((question) => {
      const entry = entries[slugOf(question)];
      return entry && JSON.stringify(entry.values) !== this.text(question);
    });
    forget(this.attempt);
    for (const question of lost) {
      const { version, values } = entries[slugOf(question)];
      setValues(question, values);
      versionOf(question).value = version;
      this.backUp(question);
      question.dispatchEvent(new Event("answer:restored"));
      changed(question);
    }
    if (lost.length) this.note = this.status.dataset.restored;
    this.report();
  }

  // A page that is going away cannot wait for an answer.
  sendOff() {
    if (this.submitting) return;
    for (const question of this.questions.filter((each) => this.isDirty(each))) {
      const data = new FormData();
      for (const name of ["csrfmiddlewaretoken", "page"]) data.append(name, this.form.elements[name].value);
      data.append(versionOf(question).name, versionOf(question).value);
      for (const [name, value] of valuesOf(this.form, question)) data.append(name, value);
      navigator.sendBeacon(question.getAttribute("hx-post"), data);
    }
  }
}

export function setUpSaving(form) {
  const saving = new Saving(form);
  const questionOf = (event) => event.target.closest("fieldset[hx-post]");
  for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    form.addEventListener(failure, (event) => {
      const answered = event.detail.xhr?.status;
      if (answered && answered < 500) return;
      const question = questionOf(event);
      if (question) saving.onFailed(question);
    });
  }
  form.addEventListener("htmx:afterSwap", (event) => {
    const question = questionOf(event);
    if (question) saving.onSaved(question, event.detail.xhr.status);
  });
  form.addEventListener("htmx:beforeRequest", (event) => {
    // What is submitted holds every answer, so a save that is still waiting would only come too late.
    if (saving.submitting) event.preventDefault();
    const question = questionOf(event);
    if (question) saving.sent.set(question, saving.text(question));
  });
  for (const change of ["input", "change"]) {
    form.addEventListener(change, (event) => {
      const question = questionOf(event);
      saving.backUp(question);
      if (question) saving.showSaved(question);
    });
  }
  form.addEventListener("submit", () => { saving.submitting = true; });
  addEventListener("pageshow", () => { saving.submitting = false; });
  addEventListener("online", () => saving.retry());
  addEventListener("beforeunload", (event) => {
    if (saving.failed.size && !saving.submitting) event.preventDefault();
  });
  addEventListener("pagehide", () => saving.sendOff());
  document.addEventListener("visibilitychange", () => { if (document.hidden) saving.sendOff(); });
  addEventListener("load", () => saving.restore());
}
