// The picture's style, made from the page's color tokens in their current theme.

const SANS = "Inter Variable, system-ui, sans-serif";
const MONO = "JetBrains Mono Variable, ui-monospace, monospace";

function token(probe, name) {
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

function tokens(...names) {
  const probe = document.createElement("span");
  probe.hidden = true;
  probe.style.forcedColorAdjust = "none";
  document.body.append(probe);
  const values = Object.fromEntries(names.map((name) => [name, token(probe, name)]));
  probe.remove();
  return values;
}

export function graphStyle() {
  const color = tokens(
    "surface", "surface-raised", "surface-sunk", "line", "line-strong", "text", "muted", "accent", "accent-tint",
    "link-layer", "ip-layer", "encapsulation", "workload", "workload-tint", "translation",
    "translation-tint", "link-layer-tint",
  );
  return [
    {
      selector: "node",
      style: {
        width: "data(w)",
        height: "data(h)",
        shape: "round-rectangle",
        "corner-radius": 8,
        label: "data(label)",
        color: color.text,
        "font-family": MONO,
        "font-size": 14.5,
        "text-wrap": "wrap",
        "line-height": 1.12,
        "text-valign": "center",
        "text-halign": "center",
        "background-color": color["surface-raised"],
        "border-width": 1.5,
        "border-color": color["line-strong"],
        "z-index-compare": "manual",
        "z-index": 3,
      },
    },
    { selector: "node.node", style: { "background-color": color.surface, "border-color": color.line, "corner-radius": 16, "border-width": 1.5, "z-index": 0 } },
    { selector: "node.netns", style: { "background-color": color["surface-sunk"], "border-color": color.line, "border-width": 1, "corner-radius": 11, "z-index": 1 } },
    { selector: "node.pod", style: { "background-color": color["workload-tint"], "border-color": color.workload, "border-width": 1.5, "corner-radius": 12, "z-index": 1 } },
    { selector: "node.process", style: { "font-family": SANS, "font-weight": 600, "corner-radius": 18, "border-color": color.workload } },
    { selector: "node.bridge", style: { "border-color": color["link-layer"] } },
    { selector: "node.table", style: { shape: "cut-rectangle", "corner-radius": 8, "border-color": color.translation } },
    { selector: "node.programs", style: { "border-color": color["link-layer"], "background-color": color["link-layer-tint"] } },
    { selector: "node.dummy", style: { "border-style": "dashed" } },
    { selector: "node.tunnel", style: { "border-color": color.encapsulation, "border-style": "double", "border-width": 4 } },
    { selector: "node.underlay", style: { "border-color": color["ip-layer"], "border-width": 2 } },
    { selector: "node.machine", style: { "font-family": SANS, "corner-radius": 20 } },
    { selector: "node.service", style: { "border-style": "dashed", "border-color": color.translation, "background-color": color.surface } },
    { selector: "node.plate", style: { shape: "cut-rectangle", "border-style": "dashed", "border-width": 2, "border-color": color.translation, "background-color": color.surface, "z-index": 1 } },
    { selector: "node.rule", style: { "border-color": color.translation } },
    { selector: "node.policy", style: { "border-color": color.translation, "border-width": 2, "border-style": "dashed" } },
    { selector: "node.role", style: { "border-color": color.accent, "border-width": 3 } },
    {
      selector: "node.caption",
      style: {
        width: 1,
        height: 1,
        "background-opacity": 0,
        "border-width": 0,
        "font-family": SANS,
        "font-weight": 600,
        "font-size": 14.5,
        "text-halign": "right",
        "text-valign": "center",
        color: color.muted,
        "z-index": 4,
      },
    },
    { selector: "node.caption.role", style: { color: color.accent, "border-width": 0 } },
    {
      selector: "edge",
      style: {
        width: 1.75,
        "line-color": color["line-strong"],
        "curve-style": "straight",
        "source-endpoint": "data(from)",
        "target-endpoint": "data(to)",
        "z-index-compare": "manual",
        "z-index": 2,
      },
    },
    { selector: "node.link-caption", style: { "font-family": MONO, "font-weight": 400, color: color.text } },
    {
      selector: "edge.selects",
      style: {
        "curve-style": "segments",
        "edge-distances": "endpoints",
        "segment-weights": "data(weights)",
        "segment-distances": "data(distances)",
        "line-style": "dashed",
        "line-color": color.translation,
        width: 1.25,
      },
    },
    { selector: "edge.reads", style: { "line-style": "dotted", width: 2.25 } },
    { selector: "edge.tunnel-wire", style: { "line-style": "dashed", "line-color": color.encapsulation, width: 2.25 } },
    { selector: "node.read", style: { "border-color": color.accent, "background-color": color["accent-tint"] } },
    { selector: "edge.read", style: { "line-color": color.accent, width: 3 } },
    { selector: "node.pick.hover", style: { "border-color": color.accent, "background-color": color["accent-tint"] } },
    { selector: "node.passed", style: { "border-color": color.accent, "border-width": 2.5, "border-style": "solid" } },
    { selector: "edge.passed", style: { "line-color": color.accent, width: 4.5 } },
    {
      selector: "node.current",
      style: {
        "border-color": color.accent,
        "border-width": 3.5,
        "border-style": "solid",
        "background-color": color["accent-tint"],
        "underlay-color": color.accent,
        "underlay-opacity": 0.22,
        "underlay-padding": 7,
        "underlay-shape": "round-rectangle",
      },
    },
    {
      selector: "node.current.lost",
      style: { "border-color": color.translation, "background-color": color["translation-tint"], "underlay-color": color.translation },
    },
  ];
}
