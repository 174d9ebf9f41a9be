// Shows the author's note of the step where the packet is; the notes of all steps stand in the hop table.

function show(bench, index) {
  const notes = bench.querySelector("[data-notes]");
  if (!notes) return;
  notes.hidden = false;
  let found = false;
  for (const note of notes.querySelectorAll("[data-note]")) {
    const isCurrent = Number(note.dataset.note) === index + 1;
    note.toggleAttribute("data-current", isCurrent);
    found ||= isCurrent;
  }
  notes.querySelector("[data-no-note]").toggleAttribute("data-current", !found);
  notes.dataset.step = String(index + 1);
}

// Goes to the next step that has a note, and from the last one to the first.
function nextNote(notes) {
  const rows = [...notes.querySelectorAll("[data-note]")].map((note) => Number(note.dataset.note));
  const next = rows.find((row) => row > Number(notes.dataset.step)) ?? rows[0];
  notes.dispatchEvent(new CustomEvent("packet:go", { bubbles: true, detail: { index: next - 1 } }));
}

document.addEventListener("packet:step", (event) => show(event.target, event.detail.index));

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-next-note]");
  if (button) nextNote(button.closest("[data-notes]"));
});
