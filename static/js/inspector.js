// Opens a device of the picture, as the list below it does, and says in short what was found.

function panelOf(canvas) {
  const around = canvas.closest("[data-playground]") ?? canvas.closest("[data-bench]");
  return around?.querySelector("[data-inspector]") ?? null;
}

// Some elements are told together with others: the frame of a node stands for its routes, a rule with its object.
function optionFor(select, element) {
  const options = [...select.options];
  const [kind, place] = element.split(":");
  return (
    options.find((option) => option.value === element) ??
    options.find((option) => option.value === `${kind}:${place}:`) ??
    options.find((option) => option.value.split(":")[1] === place)
  );
}

document.addEventListener("device:pick", (event) => {
  const panel = panelOf(event.target);
  const select = panel?.querySelector("[data-element]");
  const option = select && optionFor(select, event.detail.element);
  if (!option) return;
  select.value = option.value;
  panel.querySelector("form").requestSubmit();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-element]")) event.target.form.requestSubmit();
});

// What was found is longer than what stood there. Of what a device holds a screen reader hears a summary; the lines are
// there to be read.
document.addEventListener("htmx:afterSettle", ({ detail: { elt } }) => {
  if (!elt.matches?.("[data-device]")) return;
  elt.closest("[data-inspector]").scrollIntoView({ block: "nearest" });
  const told = elt.querySelectorAll(".inspector__title, [data-told]");
  const words = (told.length ? [...told] : [elt]).map((each) => each.textContent.trim().replace(/\s+/g, " "));
  elt.parentElement.querySelector("[data-device-status]").textContent = words.join(". ");
});
