// Adds "move up" and "move down" buttons to inline rows that have a position field; the positions are what is saved.

const POSITION = 'input[name$="-position"]';

function rowsOf(group) {
  return [...group.querySelectorAll(".inline-related, tr.form-row")].filter(
    (row) => row.querySelector(POSITION) && !row.classList.contains("empty-form") && row.closest(".inline-group") === group,
  );
}

function renumber(rows) {
  rows.forEach((row, index) => {
    row.querySelector(POSITION).value = index + 1;
  });
}

function move(group, row, step) {
  const rows = rowsOf(group);
  const from = rows.indexOf(row);
  const to = from + step;
  if (to < 0 || to >= rows.length) return;
  if (step < 0) rows[to].before(row);
  else rows[to].after(row);
  renumber(rowsOf(group));
}

function addButtons(group, row) {
  const position = row.querySelector(POSITION);
  if (position.dataset.ordered) return;
  position.dataset.ordered = "yes";
  const number = position.value;
  for (const [text, name, step] of [["↑", "up", -1], ["↓", "down", 1]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "move-button";
    button.textContent = text;
    button.setAttribute("aria-label", `Move ${name} (now ${number})`);
    button.addEventListener("click", () => {
      move(group, row, step);
      row.querySelectorAll(".move-button").forEach((each, index) => {
        each.setAttribute("aria-label", `Move ${index ? "down" : "up"} (now ${position.value})`);
      });
      button.focus();
    });
    position.after(button);
  }
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
