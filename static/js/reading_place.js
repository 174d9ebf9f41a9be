// Tells the server which part of the lesson was last in view, so that "Continue" leads there. A glance at the lesson's
// head does not count.

const EVERY_MS = 10_000;
const PARTS = ".lesson__prose :is(h2, h3)[id^='section-'], [data-bench]:is([id^='experiment-'], [id^='trace-']), #playground";
const panel = document.querySelector("[data-place-url]");
const token = panel.querySelector("[name='csrfmiddlewaretoken']").value;
let told = null;
let timer = 0;

function placeInView() {
  const passed = [...document.querySelectorAll(PARTS)].filter(
    (part) => part.getBoundingClientRect().top < window.innerHeight * 0.4,
  );
  return passed.length ? `#${passed.at(-1).id}` : "";
}

function tell() {
  window.clearTimeout(timer);
  timer = 0;
  const place = placeInView();
  if (!place || place === told) return;
  const form = new FormData();
  form.set("csrfmiddlewaretoken", token);
  form.set("place", place);
  if (navigator.sendBeacon(panel.dataset.placeUrl, form)) told = place;
}

window.addEventListener("scroll", () => {
  timer ||= window.setTimeout(tell, EVERY_MS);
}, { passive: true });

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden" && timer) tell();
});
