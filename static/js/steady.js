// A part in sight that is replaced stays where it is. Left alone, the browser would hold on to what lies beside it and
// take the page along. Where the part is out of sight that is right: whoever reads elsewhere notices nothing.

const page = document.documentElement;

document.addEventListener("htmx:beforeSwap", ({ detail: { target, shouldSwap } }) => {
  const { top, bottom } = target.getBoundingClientRect();
  if (shouldSwap && bottom > 0 && top < innerHeight) page.classList.add("is-swapping");
});

document.addEventListener("htmx:afterSettle", () => {
  requestAnimationFrame(() => page.classList.remove("is-swapping"));
});
