"""What a node's column consists of, and how high and wide its parts are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BOX_WIDTH, BOX_HEIGHT, BAR_HEIGHT, PILL_HEIGHT = 130, 40, 30, 30
SLOT_PITCH = 148
ROW_GAP = 16
POD_PADDING, NETNS_PADDING, NODE_PADDING = 5, 8, 8
NODE_CAPTION, POD_CAPTION, NETNS_CAPTION = 24, 22, 21
COLUMN_GAP = 18
LEAST_SLOTS = 2


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
