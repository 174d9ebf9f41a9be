// Text areas for YAML: shows which line the caret is on, and leads from an error that names a line to that line.

const NAMED_LINE = /(?:^Line |:)(\d+)[:,]/;

function startCode(area) {
  const place = document.createElement("p");
  place.className = "help code-place";
  area.after(place);

  function showPlace() {
    const before = area.value.slice(0, area.selectionStart);
    place.textContent = `Line ${before.split("\n").length} of ${area.value.split("\n").length}`;
  }

  function goTo(line) {
    const lines = area.value.split("\n");
    const index = Math.min(line, lines.length) - 1;
    const start = lines.slice(0, index).join("\n").length + (index > 0 ? 1 : 0);
    area.focus();
    area.setSelectionRange(start, start + lines[index].length);
    const height = area.scrollHeight / lines.length;
    area.scrollTop = Math.max(0, index * height - area.clientHeight / 3);
    area.scrollLeft = 0;
    showPlace();
  }

  for (const error of area.closest(".form-row, fieldset")?.querySelectorAll(".errorlist li") ?? []) {
    const line = Number(error.textContent.match(NAMED_LINE)?.[1]);
    if (!line) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "go-to-line";
    button.textContent = `Go to line ${line}`;
    button.addEventListener("click", () => goTo(line));
    error.append(" ", button);
  }
  for (const event of ["input", "keyup", "click"]) area.addEventListener(event, showPlace);
  showPlace();
}

document.querySelectorAll("textarea.code-text").forEach(startCode);
