// Loaded in <head> before the first paint, so that the page never flashes in the other theme.
(function () {
  const KEY = "hop-by-hop.theme";
  const root = document.documentElement;
  const systemIsDark = window.matchMedia("(prefers-color-scheme: dark)");

  function stored() {
    try {
      return window.localStorage.getItem(KEY);
    } catch (error) {
      if (error instanceof DOMException) return null; // storage is switched off in this browser
      throw error;
    }
  }

  function store(theme) {
    try {
      window.localStorage.setItem(KEY, theme);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
    }
  }

  function current() {
    return root.dataset.theme || (systemIsDark.matches ? "dark" : "light");
  }

  function announce() {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.setAttribute("aria-pressed", String(current() === "dark"));
    }
    document.dispatchEvent(new CustomEvent("themechange", { detail: current() }));
  }

  root.dataset.js = "";
  const chosen = stored();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-theme-toggle]")) return;
    root.dataset.theme = current() === "dark" ? "light" : "dark";
    store(root.dataset.theme);
    announce();
  });
  document.addEventListener("DOMContentLoaded", announce);
  systemIsDark.addEventListener("change", announce);
})();
