// Links to a step of a playback: #experiment-the-first-packet:step=7

let arrived = read();

function read() {
  const [id, values] = decodeURIComponent(location.hash.slice(1)).split(":");
  const step = Number(new URLSearchParams(values).get("step"));
  return Number.isInteger(step) && step > 0 ? { id, step } : null;
}

function address(bench, number) {
  const url = new URL(location.href);
  url.hash = `${bench.id}:step=${number}`;
  return url;
}

// The address bar names the step without a new entry in the history.
export function rememberStep(bench, number) {
  if (bench.id) history.replaceState(history.state, "", address(bench, number));
}

// Resolves with whether the clipboard took the link; it is in the address bar in any case.
export async function copyLink(bench, number) {
  try {
    await navigator.clipboard.writeText(address(bench, number).href);
    return true;
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException) return false;
    throw error;
  }
}

// Goes to the step that the page's address named when it was opened, and to those of links that are followed later.
export function followLinks(bench, count, go) {
  const follow = () => {
    if (!bench.isConnected) {
      window.removeEventListener("hashchange", later);
      return;
    }
    if (arrived?.id !== bench.id) return;
    go(Math.min(arrived.step, count) - 1);
    arrived = null;
  };
  const later = () => {
    arrived = read();
    follow();
  };
  window.addEventListener("hashchange", later);
  follow();
}

// The browser finds no element by such a fragment, so its bench is brought into view here.
function bringIntoView() {
  const linked = read();
  if (linked) document.getElementById(linked.id)?.scrollIntoView({ block: "start" });
}

window.addEventListener("hashchange", () => {
  arrived = read();
  bringIntoView();
});
bringIntoView();
