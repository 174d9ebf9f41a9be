// Adds "move up" and "move down" buttons to inline rows that have a position field; the positions are what is saved.

const POSITION = 'input[name$="-position"]';
const ROW = "tr.form-row, .inline-related:not(.tabular)";
const MOVES = [
  { text: "↑", name: "up", step: -1 },
  { text: "↓", name: "down", step: 1 },
];

function rowsOf(group) {
  return [...group.querySelectorAll(ROW)].filter(
    (row) => row.querySelector(POSITION) && !row.classList.contains("empty-form") && row.closest(".inline-group") === group,
  );
}

function labelButtons(row) {
  const position = row.querySelector(POSITION).value;
  for (const button of row.querySelectorAll(".move-button")) {
    button.setAttribute("aria-label", `Move ${button.dataset.move} (now ${position})`);
  }
}

function renumber(group) {
  rowsOf(group).forEach((row, index) => {
    row.querySelector(POSITION).value = index + 1;
    labelButtons(row);
  });
}

function move(group, row, step) {
  const rows = rowsOf(group);
  const neighbor = rows[rows.indexOf(row) + step];
  if (!neighbor) return;
  if (step < 0) neighbor.before(row);
  else neighbor.after(row);
  renumber(group);
}

function addButtons(group, row) {
  if (row.querySelector(".move-button")) return;
  let last = row.querySelector(POSITION);
  for (const { text, name, step } of MOVES) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "move-button";
    button.textContent = text;
    button.dataset.move = name;
    button.addEventListener("click", () => {
      move(group, row, step);
      button.focus();
    });
    last.after(button);
    last = button;
  }
  labelButtons(row);
}

document.querySelectorAll(".inline-group").forEach((group) => {
  rowsOf(group).forEach((row) => addButtons(group, row));
});
document.addEventListener("formset:added", (event) => {
  const group = event.target.closest(".inline-group");
  const position = event.target.querySelector(POSITION);
  if (!group || !position) return;
  position.value = rowsOf(group).length;
  addButtons(group, event.target);
});
