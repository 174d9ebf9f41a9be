// Answers when the network does not: with the kept copy of a lesson, else with the page that lists what is kept. It keeps
// nothing by itself; see offline_store.js, which has the same names.

const SHELL = "hop-shell-1";
const LESSON = "hop-lesson-1:";
const OFFLINE_PAGE = "/offline/";

async function tidy() {
  const outdated = (name) => name.startsWith("hop-") && name !== SHELL && !name.startsWith(LESSON);
  await Promise.all((await caches.keys()).filter(outdated).map((name) => caches.delete(name)));
  await self.clients.claim();
}

const kept = (address) => caches.match(address, { ignoreVary: true, ignoreSearch: true });

// A request that the network did not carry is a TypeError; whatever the server answers, errors included, is shown.
async function fromNetwork(request, otherwise) {
  try {
    return await fetch(request);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return (await otherwise()) ?? Response.error();
  }
}

async function copyOf(path) {
  const copy = path.endsWith(OFFLINE_PAGE) ? path : `${path}offline/`;
  return (await kept(copy)) ?? kept(OFFLINE_PAGE);
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(tidy()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(fromNetwork(request, () => copyOf(address.pathname)));
  else if (address.pathname.startsWith("/static/")) event.respondWith(fromNetwork(request, () => kept(request.url)));
});
