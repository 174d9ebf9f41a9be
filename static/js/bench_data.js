// What a bench draws and plays: it holds the data, or says where they are.

async function fetched(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.json();
}

function held(element, selector) {
  const script = element.querySelector(selector);
  return script && JSON.parse(script.textContent);
}

// {picture, stops, rows}; without a picture there is nothing to draw, without stops nothing to play.
export async function dataOf(bench) {
  if ("playback" in bench.dataset) return fetched(bench.dataset.playback);
  const picture = held(bench, "[data-picture] script[type='application/json']");
  return { picture, ...held(bench, ":scope > script[type='application/json']") };
}
