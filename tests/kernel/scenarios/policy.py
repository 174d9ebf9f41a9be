"""Policies as rules in the real kernel, with real IP sets: kube-router's chains beside flannel, and Calico's.

``policy`` is drawn at the top of its file in ``clusters/``. kube-router rejects what no policy allows, Calico drops it.
"""

from __future__ import annotations

from dataclasses import replace

from tests.kernel.scenario import Scenario, send

CLIENT, NEAR, FAR = "pod/shop/client", "10.244.1.3", "10.244.2.2"
DENIED = "denied"
"""Stands for what the client sees of it, which depends on the plugin."""

FLOWS = (
    send("a selected Pod on its node, by a port's name", CLIENT, f"{NEAR}:8080"),
    send("a selected Pod on another node", CLIENT, f"{FAR}:8080"),
    send("through a Service: the Pod's port counts", CLIENT, "svc/shop/far:80"),
    send("a port that no rule names", CLIENT, f"{NEAR}:9", DENIED),
    send("UDP that everybody may send", CLIENT, f"{FAR}:5353", protocol="udp", size=20),
    send("another namespace, in a range of ports", "pod/ops/probe", f"{NEAR}:8080"),
    send("another namespace on another node", "pod/ops/probe", f"{FAR}:8080"),
    send("beyond the range of ports", "pod/ops/probe", f"{FAR}:8091", DENIED),
    send("Pods of one namespace that no rule names", "pod/shop/near", f"{FAR}:8080", DENIED),
    send("denied by an Admin policy what a NetworkPolicy allows", "pod/ops/intruder", f"{NEAR}:8080", DENIED),
    send("denied on another node, too", "pod/ops/intruder", f"{FAR}:8080", DENIED),
    send("passed on by the Admin policy", "pod/ops/agent", f"{NEAR}:8080"),
    send("kept apart by a Baseline policy", "pod/shop/near", "10.244.2.3:8080", DENIED),
    send("Baseline keeps nobody else apart", "pod/ops/probe", "10.244.2.3:8080"),
    send("out to where egress allows", CLIENT, "203.0.113.50:80"),
    send("out to a port that egress does not allow", CLIENT, "203.0.113.50:443", DENIED),
    send("out to an exception of a block", CLIENT, "10.244.2.3:80", DENIED),
    send("a Pod's own node", "node/n1", f"{NEAR}:8080"),
    send("another node", "node/n2", f"{NEAR}:8080", DENIED),
    send("from outside to a node port, behind the node's address", "external", "192.168.1.11:30082", DENIED),
    send("an unselected Pod", "pod/ops/agent", "10.244.1.4:8080"),
)
PLUGINS = {"kube-router": ("policy", "refused"), "Calico": ("policy with calico vxlan", "timeout")}


def on(plugin: str, scenario: Scenario) -> Scenario:
    cluster, denied = PLUGINS[plugin]
    sees = denied if scenario.sees == DENIED else scenario.sees
    return replace(scenario, name=f"{plugin}: {scenario.name}", cluster=cluster, sees=sees)


SCENARIOS = tuple(on(plugin, scenario) for plugin in PLUGINS for scenario in FLOWS)
