"""Sends a request from proxy to proxy: each connection through the engine, each decision by ``netsim.l7``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from netsim.choices import Choices, every_branch
from netsim.errors import NetsimError
from netsim.forwarding import FIRST_SOURCE_PORT, Memory
from netsim.kubernetes.objects import Pod
from netsim.l7.controllers import Controller, controller_in, listener_port
from netsim.l7.decision import Decision, Destination, Target
from netsim.l7.front import decide
from netsim.l7.http import HttpRequest, HttpResponse
from netsim.probe import Probe
from netsim.processes import listening_sockets
from netsim.requests.probe import HttpProbe
from netsim.requests.result import HttpExchange, Leg
from netsim.simulation import Simulation
from netsim.trace import ClientSees, Exchange

MAX_LEGS = 16
"""A request that was passed on this often goes in circles."""

Option = TypeVar("Option")


def send_request(
    simulation: Simulation, probe: HttpProbe, memory: Memory | None = None, source_port: int = FIRST_SOURCE_PORT
) -> HttpExchange:
    """Send one request; its seed decides every random choice. NetsimError when it does not fit the cluster.

    ``memory`` is that of a session, ``source_port`` the client's; connections that follow take the ports behind it.
    """
    return _Journey(simulation, Choices(probe.seed), memory, source_port).run(probe)


def request_branches(simulation: Simulation, probe: HttpProbe) -> list[HttpExchange]:
    """One result for every way the random choices can go, most probable first; the probabilities sum to 1."""
    every = every_branch(lambda choices: _Journey(simulation, choices).run(probe))
    return sorted((result for result, _ in every), key=lambda result: -result.probability)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How a connection ended for whoever opened it."""

    client_sees: str
    reason: str
    response: HttpResponse | None = None
    application: str = ""
    seen: HttpRequest | None = None


class _Journey:
    """One request under way: its connections so far, and what proxies decided."""

    def __init__(
        self, simulation: Simulation, choices: Choices, memory: Memory | None = None,
        first_port: int = FIRST_SOURCE_PORT,
    ) -> None:  # fmt: skip
        self.simulation = simulation
        self.cluster = simulation.cluster
        self.choices = choices
        self.memory = Memory() if memory is None else memory
        self.first_port = first_port
        self.legs: list[Leg] = []
        self.decisions: list[Decision] = []

    def run(self, probe: HttpProbe) -> HttpExchange:
        request = probe.request()
        first = Probe(probe.source, probe.destination(self.cluster), seed=probe.seed)
        security = "TLS" if request.scheme == "https" else "none"
        outcome = self._connect(first, "the client", request, security, probe.server_name or request.host)
        return HttpExchange(
            outcome.client_sees, outcome.reason, self.choices.probability, outcome.response, outcome.application,
            outcome.seen, tuple(self.legs), tuple(self.decisions),
        )  # fmt: skip

    def _connect(
        self, probe: Probe, sender: str, request: HttpRequest, security: str, server_name: str = "",
        mirror: bool = False,
    ) -> _Outcome:  # fmt: skip
        """Open a connection, send the request over it, and see what comes back."""
        if len(self.legs) >= MAX_LEGS:
            return _answered(HttpResponse(508), f"still passed on after {MAX_LEGS} connections")
        probe = replace(probe, source_port=self.first_port + len(self.legs))
        try:
            exchange = self._exchange(probe)
        except NetsimError as error:
            if self.legs or "NXDOMAIN" not in str(error):
                raise
            return _Outcome("could not resolve host", str(error))
        pod = self._receiver(exchange)
        self.legs.append(Leg(sender, _who(pod, exchange), exchange, request, security, mirror))
        if exchange.client_sees is not ClientSees.CONNECTED:
            return _Outcome(exchange.client_sees.value, exchange.reason)
        controller = controller_in(self.cluster, pod) if pod is not None else None
        if pod is None or controller is None:
            application = _who(pod, exchange)
            return _from_application(application, request)
        return self._at_proxy(exchange, pod, controller, request, server_name if security == "TLS" else "")

    def _exchange(self, probe: Probe) -> Exchange:
        """Send a packet; its probability is that of this connection alone."""
        before = self.choices.probability
        exchange = self.simulation.send(probe, self.memory, self.choices)
        return replace(exchange, probability=exchange.probability / before)

    def _receiver(self, exchange: Exchange) -> Pod | None:
        """The Pod whose process took the connection; None for anybody else."""
        server = exchange.server
        if server is None or exchange.seen_by_server is None:
            return None
        if server.kind == "pod" and server.namespace is not None:
            return self.cluster.pod(server.namespace, server.name)
        received = (exchange.seen_by_server.ports or (0, 0))[1]
        if server.kind != "node":
            return None
        on_node = [pod for pod in self.cluster.pods_on(server.name) if pod.host_network]
        return next((pod for pod in on_node if any(s.port == received for s in listening_sockets(pod))), None)

    def _at_proxy(
        self, exchange: Exchange, pod: Pod, controller: Controller, request: HttpRequest, server_name: str
    ) -> _Outcome:
        """The proxy in a Pod took the connection: it decides, and the request goes on."""
        assert exchange.seen_by_server is not None
        called = (exchange.request.hops[0].packet.ports or (0, 0))[1]
        received = (exchange.seen_by_server.ports or (0, 0))[1]
        face = listener_port(self.cluster, pod, called, received)
        client = str(exchange.seen_by_server.source)
        decision = decide(self.cluster, controller, request, client, face, server_name)
        self.decisions.append(decision)
        for copy in decision.mirrors:
            self._mirror(pod, copy)
        if decision.response is not None:
            return _answered(decision.response, f"{decision.by}: {decision.reason}")
        if not decision.targets:
            return _Outcome(ClientSees.RESET.value, f"{decision.by} closes the connection: {decision.reason}")
        return self._forward(pod, controller, self._pick_target(decision.targets))

    def _forward(self, pod: Pod, controller: Controller, target: Target) -> _Outcome:
        """The proxy dials one of a backend's endpoints, or answers for a backend that has none."""
        if not target.destinations:
            if target.response is None:
                return _Outcome(ClientSees.RESET.value, f"the connection is closed: {target.reason}")
            return _answered(target.response, target.reason)
        destination = self._pick(target.destinations)
        outcome = self._connect(_probe_from(pod, destination), _named(pod), _without_tls(target.request), "none")
        if outcome.response is not None:
            headers = outcome.response.headers + target.response_headers
            return replace(outcome, response=replace(outcome.response, headers=headers))
        if not target.request.method:
            return outcome
        made = controller.implementation
        status = made.timed_out if outcome.client_sees == ClientSees.TIMEOUT else made.unreachable
        return _answered(HttpResponse(status), f"{destination.text} {outcome.client_sees}: {outcome.reason}")

    def _mirror(self, pod: Pod, copy: Target) -> None:
        """Send a copy; whatever becomes of it, nobody waits for the answer."""
        if copy.destinations:
            destination = self._pick(copy.destinations)
            self._connect(_probe_from(pod, destination), _named(pod), _without_tls(copy.request), "none", mirror=True)

    def _pick_target(self, targets: Sequence[Target]) -> Target:
        rest = 1.0
        for target in targets[:-1]:
            if self.choices.decide(target.share / rest):
                return target
            rest -= target.share
        return targets[-1]

    def _pick(self, options: Sequence[Option]) -> Option:
        """One of equally likely options."""
        for index, option in enumerate(options[:-1]):
            if self.choices.decide(1 / (len(options) - index)):
                return option
        return options[-1]


def _from_application(application: str, request: HttpRequest) -> _Outcome:
    """An application takes every request; over a bare connection it says nothing that anybody here can read."""
    if not request.method:
        return _Outcome(ClientSees.CONNECTED.value, f"{application} takes the connection", None, application, request)
    return _Outcome("response", f"{application} answers", HttpResponse(200), application, request)


def _answered(response: HttpResponse, reason: str) -> _Outcome:
    return _Outcome("response", reason, response)


def _without_tls(request: HttpRequest) -> HttpRequest:
    """The request as a proxy that ended TLS passes it on."""
    return replace(request, scheme="http") if request.scheme == "https" else request


def _probe_from(pod: Pod, destination: Destination) -> Probe:
    return Probe(f"pod/{pod.namespace}/{pod.name}", destination.text)


def _named(pod: Pod) -> str:
    return f"Pod {pod.namespace}/{pod.name}"


def _who(pod: Pod | None, exchange: Exchange) -> str:
    if pod is not None:
        return _named(pod)
    if exchange.server is None:
        return "nobody"
    return f"{exchange.server.kind} {exchange.server.name}"
