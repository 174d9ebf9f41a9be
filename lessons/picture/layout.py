"""Where things stand: the "rack". One column a node, Pods on top, the node's own network stack in strata below.

    ┌ node ───────────┐
    │ [Pod]  [Pod]    │   application, proxy beside it if there is one, eth0
    │ [cable] [cable] │   the node's own namespace: ends of the Pods' cables, processes of the node
    │ [ bridge ─────] │   bridge, or eBPF programs
    │ [ netfilter ──] │
    │ [ routing ────] │
    │ [addresses]     │   devices that only hold addresses, if there are any
    │ [tunnel] [eth0] │   devices that lead away
    └─────────────────┘

Every column has the same rows, so the same part of a kernel is at the same height and, but for the number of slots, at
the same place in each node. A Pod has the slot of its turn; one more takes the next free slot and moves nothing. Where
there is none the column grows by one slot to the right: then the columns right of it move as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

from lessons.picture.canvas import LETTER, Box, Canvas, shortened, with_role
from lessons.picture.columns import (
    BAR_HEIGHT,
    BOX_HEIGHT,
    BOX_WIDTH,
    LEAST_SLOTS,
    NETNS_CAPTION,
    NETNS_PADDING,
    NODE_CAPTION,
    NODE_PADDING,
    PILL_HEIGHT,
    POD_CAPTION,
    POD_PADDING,
    SLOT_PITCH,
    NodeColumn,
    Part,
    PodColumn,
    Rows,
)  # fmt: skip

PADDING = 8
LONGEST_CAPTION, LONGEST_NODE = 15, 13
"""Letters over a Pod, and over a node left of the lines from Services."""
LANE = 20
"""What bars and holders of addresses leave free at one side for a wire that passes them."""
WIRE_OF_PROCESS = 40
"""How far right of its middle the wire of a node's own process goes down, past the bridge's end."""


def draw_node(canvas: Canvas, node: NodeColumn, rows: Rows, left: float, top: float) -> None:
    """One column, its upper left corner at (left, top)."""
    middle = left + node.width / 2
    frame = Box(middle, top + rows.height / 2, node.width, rows.height)
    canvas.box(f"node:{node.name}", with_role("node", node.role), "", frame, pick=False)
    canvas.caption(
        f"caption:{node.name}",
        _node_caption(node),
        left + NODE_PADDING + 4,
        top + NODE_CAPTION / 2 + 1,
        with_role("caption", node.role),
    )
    height = rows.netns_bottom - rows.netns
    netns = Box(middle, top + rows.netns + height / 2, node.content + 2 * NETNS_PADDING, height)
    canvas.box(f"netns:{node.name}", "netns", "", netns, pick=False)
    canvas.caption(
        f"caption:{node.name}:netns", "host network", netns.left + NETNS_PADDING, netns.bottom - NETNS_CAPTION / 2
    )
    first = netns.left + NETNS_PADDING + BOX_WIDTH / 2
    for slot, pod in enumerate(node.pods):
        _draw_pod(canvas, pod, rows, first + slot * SLOT_PITCH, top)
    _NodeStack(canvas, node, rows, first, top).draw()


def _draw_pod(canvas: Canvas, pod: PodColumn, rows: Rows, x: float, top: float) -> None:
    y = top + NODE_CAPTION
    frame = Box(x, y + rows.pod / 2, BOX_WIDTH + 2 * POD_PADDING, rows.pod)
    kind = with_role("pod policy" if pod.policy else "pod", pod.role)
    canvas.box(f"pod:{pod.netns}", kind, "", frame, pick=False)
    kind = with_role("caption", pod.role)
    canvas.caption(f"caption:{pod.netns}", _pod_caption(pod), frame.left + 8, y + POD_CAPTION / 2 + 1, kind)
    process, eth0 = f"process:{pod.netns}:", f"interface:{pod.netns}:eth0"
    y += POD_CAPTION + PILL_HEIGHT / 2
    canvas.box(process, "process", pod.process, Box(x, y, BOX_WIDTH, PILL_HEIGHT))
    above = process
    if pod.proxy:
        above = f"process:{pod.netns}:{pod.proxy}"
        canvas.box(above, "process proxy", pod.proxy, Box(x, y + PILL_HEIGHT + 12, BOX_WIDTH, PILL_HEIGHT))
        canvas.wire(process, above)
    canvas.box(eth0, "interface", pod.eth0, Box(x, frame.bottom - 8 - BOX_HEIGHT / 2, BOX_WIDTH, BOX_HEIGHT))
    canvas.wire(above, eth0)


def _node_caption(node: NodeColumn) -> str:
    return _caption(node.role, f"node {node.name}", node.name, LONGEST_NODE)


def _pod_caption(pod: PodColumn) -> str:
    """That it is a Pod, or that policies select it, and in which Kubernetes namespace."""
    namespace = pod.netns.partition("/")[0]
    if pod.policy:
        return f"{pod.role} · policy" if pod.role else _caption("", f"policy · {namespace}", "policy", LONGEST_CAPTION)
    return _caption(pod.role, f"Pod · {namespace}", namespace, LONGEST_CAPTION)


def _caption(role: str, text: str, name: str, longest: int) -> str:
    """The text after its role, or where it is too long the name alone."""
    before = f"{role} " if role else ""
    whole = before + text
    return whole if len(whole) <= longest else before + shortened(name, longest - len(before))


@dataclass(frozen=True, slots=True)
class _NodeStack:
    """The strata of one node's own namespace, drawn from top to bottom; `first` is the middle of its first slot."""

    canvas: Canvas
    node: NodeColumn
    rows: Rows
    first: float
    top: float

    def draw(self) -> None:
        self._cables()
        self._switch()
        self._stack()
        self._processes()
        self._side()
        self._dummies()
        self._devices()
        self._gateway()

    def slot(self, number: int) -> float:
        """The middle of a slot; negative numbers count from the last one."""
        return self.first + (number % self.node.slots) * SLOT_PITCH

    def _id(self, kind: str, name: str = "") -> str:
        return f"{kind}:{self.node.name}:{name}"

    @property
    def _netfilter(self) -> str:
        return self._id("netfilter")

    @property
    def _routing(self) -> str:
        return self._id("routing")

    @property
    def _switch_id(self) -> str:
        name = self.node.switch.name if self.node.switch else ""
        return self._id("programs" if self.node.programmed else "interface", name)

    def _bar(self, name: str, kind: str, label: str, edges: tuple[float, float], y: float) -> None:
        left, right = edges
        self.canvas.box(name, kind, label, Box((left + right) / 2, self.top + y, right - left, BAR_HEIGHT))

    def _cables(self) -> None:
        y = self.top + self.rows.cables
        for slot, pod in enumerate(self.node.pods):
            self.canvas.box(pod.cable_id, "interface", pod.cable, Box(self.slot(slot), y, BOX_WIDTH, BOX_HEIGHT))
            self.canvas.wire(f"interface:{pod.netns}:eth0", pod.cable_id)

    def _switch(self) -> None:
        """Over all slots, but not under the processes of the node."""
        if self.node.switch is None:
            return
        right = self.slot(-1) + BOX_WIDTH / 2
        if self.node.processes:
            right = self.slot(-len(self.node.processes)) + WIRE_OF_PROCESS - 24
        kind = "programs" if self.node.programmed else "bridge"
        edges = (self.first - BOX_WIDTH / 2, right)
        label = self.node.switch.label
        if len(label) * LETTER > edges[1] - edges[0] - PADDING:
            label = self.node.switch.name or label.partition(" ")[0]
        self._bar(self._switch_id, kind, label, edges, self.rows.switch)
        for pod in self.node.pods:
            self.canvas.wire(pod.cable_id, self._switch_id)

    def _stack(self) -> None:
        left = self.first - BOX_WIDTH / 2 + len(self.node.side[:1]) * SLOT_PITCH
        if self.node.programmed:
            left = self.slot(-1) - BOX_WIDTH / 2 + LANE
        edges = (left, self.slot(-1) + BOX_WIDTH / 2)
        wide = edges[1] - edges[0] > 1.5 * BOX_WIDTH
        self._bar(self._netfilter, "table", "netfilter · rules" if wide else "netfilter", edges, self.rows.stratum(1))
        self._bar(self._routing, "table", "routing · tables" if wide else "routing", edges, self.rows.stratum(2))
        self.canvas.wire(self._netfilter, self._routing)
        if self.node.switch is not None:
            self.canvas.wire(self._switch_id, self._netfilter)
            return
        for pod in self.node.pods:
            self.canvas.wire(pod.cable_id, self._netfilter)

    def _processes(self) -> None:
        """In the last slots, their wires past the end of the bridge."""
        for number, process in enumerate(self.node.processes, start=-len(self.node.processes)):
            name, x = self._id("process", process.name), self.slot(number)
            box = Box(x, self.top + self.rows.cables, BOX_WIDTH, PILL_HEIGHT)
            self.canvas.box(name, "process", process.label, box)
            self.canvas.wire(name, self._netfilter, x=x + WIRE_OF_PROCESS)

    def _side(self) -> None:
        above = self._switch_id if self.node.side else ""
        for number, part in enumerate(self.node.side, start=1):
            name = self._id("interface", part.name)
            y = self.top + self.rows.stratum(number)
            kind = "bridge" if part.name == "datapath" else "interface"
            self.canvas.box(name, kind, part.label, Box(self.first, y, BOX_WIDTH, BAR_HEIGHT))
            self.canvas.wire(above, name)
            above = name

    def _dummies(self) -> None:
        y = self.top + self.rows.below_strata
        for slot, part in enumerate(self.node.dummies):
            name = self._id("interface", part.name)
            box = Box(self.slot(slot) + LANE / 2, y, BOX_WIDTH - LANE, BOX_HEIGHT)
            self.canvas.box(name, "dummy", part.label, box)
            self.canvas.wire(self._routing, name)

    def _devices(self) -> None:
        tunnels, uplinks = self.node.tunnels, self.node.uplinks
        for slot, part in enumerate(tunnels):
            self._device(part, "tunnel", slot, self._way_to_tunnel())
        slots = self.node.slots if self.node.programmed else max(LEAST_SLOTS, len(tunnels) + len(uplinks))
        for slot, part in enumerate(uplinks, start=slots - len(uplinks)):
            name = self._device(part, "interface", slot, self._routing)
            lane = self.slot(slot) - (BOX_WIDTH - LANE) / 2
            if self.node.programmed and not self.node.gateway and lane < self.canvas.boxes[self._switch_id].right:
                self.canvas.wire(self._switch_id, name, x=lane)
        if tunnels and uplinks:
            ends = self._id("interface", tunnels[-1].name), self._id("interface", uplinks[0].name)
            self.canvas.wire(*ends, "wire tunnel-wire")

    def _device(self, part: Part, kind: str, slot: int, above: str) -> str:
        """In the last row; its wire passes the holder of addresses that stands over it."""
        name, x = self._id("interface", part.name), self.slot(slot)
        self.canvas.box(name, kind, part.label, Box(x, self.top + self.rows.devices, BOX_WIDTH, BOX_HEIGHT))
        lane = x - (BOX_WIDTH - LANE) / 2 if slot < len(self.node.dummies) else None
        self.canvas.wire(above, name, x=lane)
        return name

    def _way_to_tunnel(self) -> str:
        """What a packet leaves for a tunnel: routing, or the last of what is beside it."""
        if self.node.side:
            return self._id("interface", self.node.side[-1].name)
        return self._switch_id if self.node.programmed else self._routing

    def _gateway(self) -> None:
        """The device by which the node's own packets get to the programs."""
        if self.node.gateway is None:
            return
        name = self._id("interface", self.node.gateway.name)
        y = self.top + (self.rows.stratum(1) + self.rows.stratum(2)) / 2
        self.canvas.box(name, "interface", self.node.gateway.label, Box(self.slot(-2), y, BOX_WIDTH, BOX_HEIGHT))
        self.canvas.wire(self._switch_id, name)
        self.canvas.wire(name, self._routing)
