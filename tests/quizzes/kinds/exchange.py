"""An exchange document cut down to what questions ask about: client on n1 → two on n2, through a tunnel."""

from __future__ import annotations

from typing import Any

TAPS = [
    ("n1", "ops/client", None, "local"),
    ("n1", "ops/client", "eth0", "out"),
    ("n1", "n1", "cni0", "in"),
    ("n1", "n1", "flannel.1", "out"),
    ("n2", "n2", "flannel.1", "in"),
    ("n2", "app/two", "eth0", "in"),
]


def exchange(**changes: Any) -> dict[str, Any]:
    hops = [
        {"node": node, "netns": netns, "interface": interface, "direction": direction}
        for node, netns, interface, direction in TAPS
    ]
    document = {
        "verdict": "ACCEPTED",
        "client_sees": "connected",
        "server": {"kind": "pod", "name": "two", "node": "n2"},
        "seen_by_server": {"source_ip": "10.244.1.2", "ttl": 62},
        "request": {"disposition": "ACCEPTED", "hops": hops},
        "reply": None,
    }
    return document | changes
