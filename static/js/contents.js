// Marks in the contents of a page where its reader is: the last part whose top has passed.

const PASSED = 0.35; // of the window's height
const nav = document.querySelector("[data-contents]");
const box = nav?.querySelector("details");
const links = [...(nav?.querySelectorAll("a") ?? [])];
let waiting = false;

function partOf(link) {
  return document.getElementById(link.hash.slice(1));
}

function mark() {
  waiting = false;
  const passed = links.filter((link) => partOf(link)?.getBoundingClientRect().top < window.innerHeight * PASSED);
  for (const link of links) {
    if (link === passed.at(-1)) link.setAttribute("aria-current", "location");
    else link.removeAttribute("aria-current");
  }
  const current = passed.at(-1);
  if (current) box.scrollTop = current.offsetTop - box.clientHeight / 2;
}

function markSoon() {
  if (waiting) return;
  waiting = true;
  window.requestAnimationFrame(mark);
}

if (links.length) {
  window.addEventListener("scroll", markSoon, { passive: true });
  mark();
}
