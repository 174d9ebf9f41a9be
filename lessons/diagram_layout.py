"""Where things stand: the "rack". One column a node, Pods on top, the node's own network stack in strata below.

        Service
    ┌ node ───────────┐   pods        process over eth0
    │ [pod]  [pod]    │   host netns  ends of the Pods' cables, bridge, netfilter, routing, tunnel and eth0
    │ [host netns]    │
    └─────────────────┘
    ═══ underlay ══════   one bar a subnet, below it the router and the client outside

Units are model pixels: one on the screen when the camera does not zoom. Every label of LABEL_SIZE stays readable at
the widths for which MAX_BESIDE and the page's layout were chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Element = dict[str, Any]

BOX_WIDTH, BOX_HEIGHT, BAR_HEIGHT, PILL_HEIGHT = 140, 44, 36, 36
SLOT_PITCH = 176
ROW_GAP = 24
CAPTION = 26
POD_PADDING, NETNS_PADDING, NODE_PADDING = 14, 16, 12
COLUMN_GAP = 40
SERVICE_WIDTH = 192
MAX_BESIDE = 980
"""A diagram wider than this has the page's whole width, and its panel below."""


@dataclass(slots=True)
class Canvas:
    """Elements in Cytoscape's JSON format, collected in drawing order."""

    elements: list[Element] = field(default_factory=list)
    centers: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)

    def box(self, name: str, kind: str, label: str, center: tuple[float, float], size: tuple[float, float]) -> None:
        """A node; `center` and `size` in model pixels."""
        self.centers[name] = (*center, *size)
        self.elements.append(
            {
                "data": {"id": name, "label": label, "w": size[0], "h": size[1]},
                "position": {"x": center[0], "y": center[1]},
                "classes": kind,
            }
        )

    def caption(self, name: str, text: str, left: float, middle: float, kind: str = "caption") -> None:
        """Text that starts at `left`."""
        self.elements.append(
            {"data": {"id": name, "label": text}, "position": {"x": left, "y": middle}, "classes": kind}
        )

    def wire(self, one: str, other: str, kind: str = "wire") -> None:
        """An edge; straight down where one end is above the other, side to side where they stand in a row."""
        self._edge(one, other, kind, self._ends(one, other))

    def elbow(self, upper: str, lower: str, kind: str, turn: float) -> None:
        """An edge from the middle of a box down to the middle of another, sideways `turn` below the first."""
        (_, _, _, h1), (_, _, _, h2) = self.centers[upper], self.centers[lower]
        self._edge(upper, lower, kind, {"from": _side(h1, True), "to": _side(h2, False), "turn": turn})

    def _edge(self, one: str, other: str, kind: str, data: Mapping[str, str | float]) -> None:
        self.elements.append(
            {"data": {"id": f"wire {one} {other}", "source": one, "target": other, **data}, "classes": kind}
        )

    def has(self, name: str) -> bool:
        return name in self.centers

    def span(self, names: list[str]) -> tuple[float, float]:
        """(left, right) of boxes."""
        edges = [(x - w / 2, x + w / 2) for x, _, w, _ in (self.centers[name] for name in names)]
        return min(left for left, _ in edges), max(right for _, right in edges)

    def _ends(self, one: str, other: str) -> dict[str, str]:
        x1, y1, w1, h1 = self.centers[one]
        x2, y2, w2, h2 = self.centers[other]
        if y1 == y2:
            towards = 1 if x2 > x1 else -1
            return {"from": f"{towards * w1 / 2}px 0px", "to": f"{-towards * w2 / 2}px 0px"}
        left, right = max(x1 - w1 / 2, x2 - w2 / 2), min(x1 + w1 / 2, x2 + w2 / 2)
        if left > right:
            return {"from": _side(h1, y2 > y1), "to": _side(h2, y1 > y2)}
        narrower = x1 if w1 <= w2 else x2
        shared = narrower if left <= narrower <= right else (left + right) / 2
        downwards = y2 > y1
        return {
            "from": f"{shared - x1}px {h1 / 2 if downwards else -h1 / 2}px",
            "to": f"{shared - x2}px {-h2 / 2 if downwards else h2 / 2}px",
        }


def _side(height: float, below: bool) -> str:
    return f"0px {height / 2 if below else -height / 2}px"


@dataclass(frozen=True, slots=True)
class PodColumn:
    """A Pod in its slot: labels of its process, its eth0 and the node's end of its cable."""

    netns: str
    process: str
    eth0: str
    cable_id: str
    cable: str


@dataclass(frozen=True, slots=True)
class NodeColumn:
    """A node: its Pods from left to right, and what its own stack consists of. Names without a device are empty."""

    name: str
    pods: tuple[PodColumn, ...]
    bridge: str
    bridge_label: str
    tunnel: str
    tunnel_label: str
    uplink: str
    uplink_label: str
    process: bool
    uplink_left: bool

    @property
    def slots(self) -> int:
        return max(2, len(self.pods) + self.process)

    @property
    def content(self) -> float:
        return self.slots * SLOT_PITCH - (SLOT_PITCH - BOX_WIDTH)

    @property
    def width(self) -> float:
        return self.content + 2 * (NETNS_PADDING + NODE_PADDING)


PODS_HEIGHT = CAPTION + PILL_HEIGHT + ROW_GAP - 4 + BOX_HEIGHT + 10
NETNS_HEIGHT = CAPTION + 2 * BOX_HEIGHT + 3 * BAR_HEIGHT + 4 * ROW_GAP + 14
NODE_HEIGHT = CAPTION + 2 + PODS_HEIGHT + 16 + NETNS_HEIGHT + NODE_PADDING


def draw_node(canvas: Canvas, node: NodeColumn, left: float, top: float) -> None:
    """One column, its upper left corner at (left, top)."""
    middle = left + node.width / 2
    canvas.box(f"node:{node.name}", "node", "", (middle, top + NODE_HEIGHT / 2), (node.width, NODE_HEIGHT))
    canvas.caption(f"caption:{node.name}", f"node {node.name}", left + NODE_PADDING + 4, top + CAPTION / 2 + 2)
    netns_top = top + CAPTION + 2 + PODS_HEIGHT + 16
    canvas.box(
        f"netns:{node.name}", "netns", "",
        (middle, netns_top + NETNS_HEIGHT / 2), (node.content + 2 * NETNS_PADDING, NETNS_HEIGHT),
    )  # fmt: skip
    canvas.caption(
        f"caption:{node.name}:netns", "host network namespace",
        left + NODE_PADDING + NETNS_PADDING, netns_top + CAPTION / 2, "caption netns-caption",
    )  # fmt: skip
    first = left + NODE_PADDING + NETNS_PADDING + BOX_WIDTH / 2
    _draw_pods(canvas, node, first, top + CAPTION + 2)
    _draw_stack(canvas, node, first, netns_top + CAPTION)


def _draw_pods(canvas: Canvas, node: NodeColumn, first: float, top: float) -> None:
    for slot, pod in enumerate(node.pods):
        x = first + slot * SLOT_PITCH
        canvas.box(
            f"pod:{pod.netns}", "pod", "", (x, top + PODS_HEIGHT / 2), (BOX_WIDTH + 2 * POD_PADDING, PODS_HEIGHT)
        )
        canvas.caption(f"caption:{pod.netns}", f"Pod {shortened(pod.netns, 15)}", x - BOX_WIDTH / 2, top + CAPTION / 2)
        process, eth0 = f"process:{pod.netns}:", f"interface:{pod.netns}:eth0"
        canvas.box(process, "process", pod.process, (x, top + CAPTION + PILL_HEIGHT / 2), (BOX_WIDTH, PILL_HEIGHT))
        y = top + CAPTION + PILL_HEIGHT + ROW_GAP - 4 + BOX_HEIGHT / 2
        canvas.box(eth0, "interface", pod.eth0, (x, y), (BOX_WIDTH, BOX_HEIGHT))
        canvas.wire(process, eth0)


def _draw_stack(canvas: Canvas, node: NodeColumn, first: float, top: float) -> None:
    """The strata of the node's own namespace, from the ends of the Pods' cables down to the devices that lead away."""
    y = top + BOX_HEIGHT / 2
    for slot, pod in enumerate(node.pods):
        canvas.box(pod.cable_id, "interface", pod.cable, (first + slot * SLOT_PITCH, y), (BOX_WIDTH, BOX_HEIGHT))
        canvas.wire(f"interface:{pod.netns}:eth0", pod.cable_id)
    middle = first + (node.content - BOX_WIDTH) / 2
    netfilter, routing = f"netfilter:{node.name}:", f"routing:{node.name}:"
    y = top + BOX_HEIGHT + ROW_GAP + BAR_HEIGHT / 2
    bridge = f"interface:{node.name}:{node.bridge}"
    if node.bridge:
        width = node.content - (SLOT_PITCH if node.process else 0)
        canvas.box(bridge, "bridge", node.bridge_label, (first - BOX_WIDTH / 2 + width / 2, y), (width, BAR_HEIGHT))
    for name, label, row in ((netfilter, "netfilter · rules", 1), (routing, "routing · tables", 2)):
        center = (middle, y + row * (BAR_HEIGHT + ROW_GAP))
        canvas.box(name, "table", label, center, (node.content, BAR_HEIGHT))
    for pod in node.pods:
        canvas.wire(pod.cable_id, bridge if node.bridge else netfilter)
    if node.bridge:
        canvas.wire(bridge, netfilter)
    canvas.wire(netfilter, routing)
    if node.process:
        _draw_host_process(canvas, node, first, top)
    _draw_devices(canvas, node, first, y + 3 * (BAR_HEIGHT + ROW_GAP) - BAR_HEIGHT / 2 + BOX_HEIGHT / 2)


def _draw_host_process(canvas: Canvas, node: NodeColumn, first: float, top: float) -> None:
    name = f"process:{node.name}:"
    x = first + (node.slots - 1) * SLOT_PITCH
    canvas.box(name, "process", f"process on {node.name}", (x, top + BOX_HEIGHT / 2), (BOX_WIDTH, PILL_HEIGHT))
    canvas.wire(name, f"netfilter:{node.name}:")


def _draw_devices(canvas: Canvas, node: NodeColumn, first: float, y: float) -> None:
    last = first + (node.slots - 1) * SLOT_PITCH
    devices = [(node.tunnel, node.tunnel_label, "tunnel"), (node.uplink, node.uplink_label, "interface")]
    for (device, label, kind), x in zip(devices, (last, first) if node.uplink_left else (first, last), strict=True):
        if device:
            name = f"interface:{node.name}:{device}"
            canvas.box(name, kind, label, (x, y), (BOX_WIDTH, BOX_HEIGHT))
            canvas.wire(f"routing:{node.name}:", name)
    if node.tunnel and node.uplink:
        canvas.wire(f"interface:{node.name}:{node.tunnel}", f"interface:{node.name}:{node.uplink}", "wire tunnel-wire")


def shortened(text: str, longest: int) -> str:
    """The text, or its beginning and end around an ellipsis."""
    if len(text) <= longest:
        return text
    kept = longest - 1
    return f"{text[: kept // 2]}…{text[-(kept - kept // 2) :]}"
