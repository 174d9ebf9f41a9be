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

from collections.abc import Sequence
from dataclasses import dataclass

from lessons.picture.canvas import LETTER, Box, Canvas, shortened, with_role

BOX_WIDTH, BOX_HEIGHT, BAR_HEIGHT, PILL_HEIGHT = 130, 40, 30, 30
SLOT_PITCH = 148
ROW_GAP = 16
POD_PADDING, NETNS_PADDING, NODE_PADDING = 5, 8, 8
NODE_CAPTION, POD_CAPTION, NETNS_CAPTION = 24, 22, 21
COLUMN_GAP = 18
PADDING = 8
LEAST_SLOTS = 2
LONGEST_CAPTION, LONGEST_NODE = 15, 13
"""Letters over a Pod, and over a node left of the lines from Services."""
LANE = 20
"""What bars and holders of addresses leave free at one side for a wire that passes them."""
WIRE_OF_PROCESS = 40
"""How far right of its middle the wire of a node's own process goes down, past the bridge's end."""


@dataclass(frozen=True, slots=True)
class PodColumn:
    """A Pod in its slot: labels of its application, of a proxy ("" without one), its eth0 and its cable's far end;
    `role` is the word that marks it as who sends or is asked, "" otherwise; `policy`: a NetworkPolicy selects it."""

    netns: str
    process: str
    proxy: str
    eth0: str
    cable_id: str
    cable: str
    role: str
    policy: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One element: its id's last field, and its label."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class NodeColumn:
    """A node: its Pods from left to right, and what its own stack consists of.

    `switch` is a bridge, or eBPF programs where `programmed`; `side` is what a bridge leads to beside the stack, from
    top to bottom, ending in a tunnel; `dummies` are devices that only hold addresses. `role` is as a Pod's.
    """

    name: str
    pods: tuple[PodColumn, ...]
    processes: tuple[Part, ...]
    switch: Part | None
    programmed: bool
    side: tuple[Part, ...]
    gateway: Part | None
    dummies: tuple[Part, ...]
    tunnels: tuple[Part, ...]
    uplinks: tuple[Part, ...]
    role: str

    @property
    def slots(self) -> int:
        devices = max(len(self.dummies), len(self.tunnels) + len(self.uplinks))
        return max(LEAST_SLOTS, len(self.pods) + len(self.processes), devices, 3 if self.gateway else 0)

    @property
    def content(self) -> float:
        return (self.slots - 1) * SLOT_PITCH + BOX_WIDTH

    @property
    def width(self) -> float:
        return self.content + 2 * (NETNS_PADDING + NODE_PADDING)


@dataclass(frozen=True, slots=True)
class Rows:
    """Heights of the rows that all columns of a diagram have in common; distances are from a column's top."""

    proxies: bool
    switches: bool
    side: int
    dummies: bool

    @classmethod
    def of(cls, nodes: Sequence[NodeColumn]) -> Rows:
        return cls(
            proxies=any(pod.proxy for node in nodes for pod in node.pods),
            switches=any(node.switch for node in nodes),
            side=max((len(node.side) for node in nodes), default=0),
            dummies=any(node.dummies for node in nodes),
        )

    @property
    def pod(self) -> float:
        processes = (2 if self.proxies else 1) * (PILL_HEIGHT + 12)
        return POD_CAPTION + processes + BOX_HEIGHT + 8

    @property
    def netns(self) -> float:
        """Where the node's own namespace begins."""
        return NODE_CAPTION + self.pod + 12

    @property
    def cables(self) -> float:
        return self.netns + 10 + BOX_HEIGHT / 2

    @property
    def switch(self) -> float:
        return self.cables + BOX_HEIGHT / 2 + ROW_GAP + BAR_HEIGHT / 2

    def stratum(self, number: int) -> float:
        """Netfilter is the first, routing the second; a way beside them may have more."""
        return self.switch + (number - (0 if self.switches else 1)) * (BAR_HEIGHT + ROW_GAP)

    @property
    def below_strata(self) -> float:
        """The middle of the first row of boxes under the bars."""
        return self.stratum(max(2, self.side)) + BAR_HEIGHT / 2 + ROW_GAP + BOX_HEIGHT / 2

    @property
    def devices(self) -> float:
        return self.below_strata + (BOX_HEIGHT + ROW_GAP if self.dummies else 0)

    @property
    def netns_bottom(self) -> float:
        return self.devices + BOX_HEIGHT / 2 + NETNS_CAPTION

    @property
    def height(self) -> float:
        return self.netns_bottom + NODE_PADDING


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
