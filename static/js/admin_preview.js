// Shows an instructor's Markdown as learners will see it: the server renders and sanitises it, this only asks for it.

const DELAY_MS = 300;

function startPreview(editor) {
  const source = editor.querySelector("textarea");
  const output = editor.querySelector("[data-preview-output]");
  const status = editor.querySelector("[data-preview-status]");
  let timer = 0;
  let newest = 0;

  async function refresh() {
    const turn = ++newest;
    const form = new FormData();
    form.set("text", source.value);
    form.set("csrfmiddlewaretoken", source.form.elements.csrfmiddlewaretoken.value);
    try {
      const response = await fetch(editor.dataset.markdownPreview, { method: "POST", body: form });
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      const html = await response.text();
      if (turn !== newest) return;
      output.innerHTML = html;
      status.textContent = "Preview";
    } catch (error) {
      if (turn === newest) status.textContent = `No preview: ${error.message}. Your text is not affected.`;
    }
  }

  source.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, DELAY_MS);
  });
  refresh();
}

document.querySelectorAll("[data-markdown-preview]").forEach(startPreview);
