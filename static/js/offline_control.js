// "Keep for offline reading" on a lesson. A lesson that is kept already is kept anew at each visit.

import { canKeep, forget, isKept, keep } from "./offline_store.js";

const control = document.querySelector("[data-offline]");
const find = (name) => control.querySelector(`[data-offline-${name}]`);
const { address, keeping, kept, failed, removed } = control.dataset;

async function show(words = "") {
  const is = await isKept(address);
  find("keep").hidden = is;
  find("remove").hidden = !is;
  find("status").textContent = words;
}

async function attempt(work, words) {
  try {
    await work();
    await show(words);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
    await show(failed);
  }
}

async function start() {
  control.hidden = false;
  find("keep").addEventListener("click", async () => {
    find("status").textContent = keeping;
    await attempt(() => keep(address), kept);
    if (find("keep").hidden) find("remove").focus();
  });
  find("remove").addEventListener("click", async () => {
    await attempt(() => forget(address), removed);
    find("keep").focus();
  });
  await show();
  if (await isKept(address)) await attempt(() => keep(address), "");
}

if (control && canKeep) start();
