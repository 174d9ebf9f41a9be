// Lessons that this browser keeps for reading without a network: one cache each, and one for the page that lists them.
// A kept copy is the same for everybody and holds nothing personal. The names are those of service_worker.js.

const SHELL = "hop-shell-1";
const LESSON = "hop-lesson-1:";
const ASSETS = "link:is([rel='stylesheet'], [rel='preload'], [rel='modulepreload'], [rel='icon']), script[src], img[src]";

export const canKeep = "serviceWorker" in navigator && "caches" in window;
const copyOf = (address) => `${address}offline/`;
const fresh = (address) => new Request(address, { cache: "reload" });

export async function isKept(address) {
  return caches.has(LESSON + address);
}

// [{address, title, date}] in the order in which they were kept.
export async function keptLessons() {
  const names = (await caches.keys()).filter((name) => name.startsWith(LESSON));
  return Promise.all(names.map((name) => describe(name.slice(LESSON.length), name)));
}

async function describe(address, name) {
  const response = await (await caches.open(name)).match(copyOf(address), { ignoreVary: true });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return { address, title: page.querySelector("h1").textContent, date: new Date(response.headers.get("Date")) };
}

// Rejects with a TypeError where the network is gone; what was kept before stays as it was.
export async function keep(address) {
  const before = await isKept(address);
  try {
    await store(SHELL, "/offline/");
    await store(LESSON + address, copyOf(address));
    await navigator.serviceWorker.register("/service-worker.js");
  } catch (error) {
    if (!before) await forget(address);
    throw error;
  }
}

// With the last lesson goes everything else that was installed.
export async function forget(address) {
  await caches.delete(LESSON + address);
  if ((await keptLessons()).length) return;
  await caches.delete(SHELL);
  const registration = await navigator.serviceWorker.getRegistration("/");
  await registration?.unregister();
}

async function store(name, address) {
  const cache = await caches.open(name);
  await cache.add(fresh(address));
  const page = new DOMParser().parseFromString(await (await cache.match(address, { ignoreVary: true })).text(), "text/html");
  const assets = [...page.querySelectorAll(ASSETS)].map((element) => element.getAttribute("href") ?? element.getAttribute("src"));
  assets.push(page.documentElement.dataset.icons);
  await cache.addAll([...new Set(assets)].map(fresh));
}
