"""A cluster that packets can be sent through: planned once, traced as often as asked."""

from __future__ import annotations

from dataclasses import replace

from netsim.build import build_network
from netsim.choices import Choices
from netsim.forwarding import Memory, branches, exchange
from netsim.kubernetes.cluster import Cluster
from netsim.network import LinkLayer, Network
from netsim.policy.notices import policy_notices
from netsim.probe import Probe, external_address, resolve
from netsim.trace import Exchange


class Simulation:
    """The network of one cluster. Exchanges do not see each other: every probe starts with empty conntrack tables.

    ``notices`` say what of the cluster's objects takes no effect in it.
    """

    def __init__(self, cluster: Cluster) -> None:
        """Plan the network; NetsimError where the cluster asks for what no planner knows."""
        self.cluster = cluster
        self.notices: tuple[str, ...] = policy_notices(cluster)
        self.network: Network = build_network(cluster)
        self._links = LinkLayer(self.network)

    def trace(self, probe: Probe) -> Exchange:
        """Send one probe; its seed decides every random choice. NetsimError when it does not fit the cluster."""
        return self.send(probe, Memory())

    def branches(self, probe: Probe) -> list[Exchange]:
        """One exchange for every way the random choices can go, most probable first; the probabilities sum to 1.

        NetsimError when the probe does not fit the cluster.
        """
        elsewhere = self._with_client_of(probe)
        if elsewhere is not self:
            return elsewhere.branches(probe)
        every = branches(self.network, self._links, resolve(probe, self.cluster))
        return sorted(every, key=lambda exchange: -exchange.probability)

    def session(self, memory: Memory | None = None) -> Session:
        """Probes that see each other; ``memory`` is that of an earlier session, on this cluster or before a change."""
        return Session(self, Memory() if memory is None else memory)

    def send(self, probe: Probe, memory: Memory, choices: Choices | None = None) -> Exchange:
        """Send one probe into a world that remembers; what it leaves behind goes into ``memory``.

        ``choices`` are those of something larger that this probe is a part of; else its seed makes them. NetsimError
        when the probe does not fit the cluster.
        """
        elsewhere = self._with_client_of(probe)
        return exchange(
            elsewhere.network,
            elsewhere._links,
            resolve(probe, elsewhere.cluster),
            choices or Choices(probe.seed),
            memory,
        )

    def _with_client_of(self, probe: Probe) -> Simulation:
        """This simulation, or one whose client outside has the address that the probe asks for."""
        address = external_address(probe.source)
        if address is None or address == self.cluster.settings.external_client:
            return self
        return Simulation(replace(self.cluster, settings=replace(self.cluster.settings, external_client=address)))


class Session:
    """Probes one after another, each meeting what those before it left behind: conntrack entries, path MTUs."""

    def __init__(self, simulation: Simulation, memory: Memory) -> None:
        self.simulation = simulation
        self.memory = memory

    def trace(self, probe: Probe) -> Exchange:
        """Send one probe; NetsimError when it does not fit the cluster.

        A client that uses its source port again continues the connection that conntrack knows.
        """
        return self.simulation.send(probe, self.memory)

    def on(self, simulation: Simulation) -> Session:
        """The same memory in a cluster that has changed: what kube-proxy or a controller did not clean up stays."""
        return Session(simulation, self.memory)
