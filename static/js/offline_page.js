// The list of kept lessons, which only the browser knows.

import { canKeep, forget, keptLessons } from "./offline_store.js";

const list = document.querySelector("[data-kept]");
const { remove, date } = list.dataset;

function entry(lesson) {
  const item = document.querySelector("[data-kept-entry]").content.cloneNode(true);
  const link = item.querySelector("a");
  link.href = `${lesson.address}offline/`;
  link.textContent = lesson.title;
  item.querySelector("[data-date]").textContent = date.replace("{date}", lesson.date.toLocaleDateString());
  const button = item.querySelector("button");
  button.setAttribute("aria-label", remove.replace("{title}", lesson.title));
  button.addEventListener("click", async () => {
    await forget(lesson.address);
    await show();
    document.querySelector("h1").focus();
  });
  return item;
}

async function show() {
  const lessons = await keptLessons();
  list.replaceChildren(...lessons.map(entry));
  document.querySelector("[data-none]").hidden = lessons.length > 0;
}

if (location.pathname !== "/offline/") document.querySelector("[data-unreachable]").hidden = false;
if (canKeep) show();
