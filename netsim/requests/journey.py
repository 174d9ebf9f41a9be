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
from netsim.l7.mesh.ambient import HBONE
from netsim.l7.mesh.inbound import inbound
from netsim.l7.mesh.membership import Mesh
from netsim.l7.mesh.outbound import outbound
from netsim.l7.mesh.proxies import MeshProxy, Side, proxy_at
from netsim.l7.mesh.sidecars import PASSTHROUGH_SOURCE
from netsim.l7.outside import answer_outside, has_name
from netsim.linux.namespace import Socket
from netsim.packet import IPAddress
from netsim.probe import Probe
from netsim.processes import listening_sockets
from netsim.requests.probe import HttpProbe
from netsim.requests.result import HttpExchange, Leg
from netsim.simulation import Simulation
from netsim.trace import ClientSees, ConntrackLookup, Exchange
from netsim.underlay import EXTERNAL

CERTIFICATE_MISMATCH = "certificate mismatch"
"""What a client concludes whose TLS library refuses the server's name (X509_V_ERR_HOSTNAME_MISMATCH)."""

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


@dataclass(frozen=True, slots=True)
class _Call:
    """A connection to open and the request to send over it; ``tunnelled`` is what an HBONE tunnel is asked to reach."""

    probe: Probe
    sender: str
    request: HttpRequest
    security: str = "none"
    server_name: str = ""
    mirror: bool = False
    tunnelled: Destination | None = None


@dataclass(frozen=True, slots=True)
class _Dialer:
    """A proxy that passes requests on: how its sockets look, and its statuses for a peer that fails, None where it
    only closes the other connection. ``ends_tls``: what came under TLS goes on in plain text."""

    pod: Pod
    text: str
    unreachable: int | None
    timed_out: int | None
    uid: int = 0
    mark: int = 0
    bind: IPAddress | None = None
    ends_tls: bool = False

    def call(self, destination: Destination, request: HttpRequest, mirror: bool = False) -> _Call:
        """The connection to a destination, through a tunnel where it asks for one."""
        tunnel = destination.security == "HBONE"
        dialled = replace(destination, port=HBONE) if tunnel else destination
        probe = Probe(
            f"pod/{self.pod.namespace}/{self.pod.name}",
            dialled.text,
            uid=self.uid,
            mark=self.mark,
            bind=self.bind,
            process=self.text,
        )
        if self.ends_tls and request.scheme == "https":
            request = replace(request, scheme="http")
        inner = (destination.tunnelled or destination) if tunnel else None
        return _Call(probe, self.text, request, destination.security, mirror=mirror, tunnelled=inner)


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
        self.insecure = False

    def run(self, probe: HttpProbe) -> HttpExchange:
        self.insecure = probe.insecure
        request = probe.request()
        first = Probe(probe.source, probe.destination(self.cluster), seed=probe.seed)
        security = "TLS" if request.scheme == "https" else "none"
        outcome = self._connect(_Call(first, "the client", request, security, probe.server_name or request.host))
        return HttpExchange(
            outcome.client_sees, outcome.reason, self.choices.probability, outcome.response, outcome.application,
            outcome.seen, tuple(self.legs),
        )  # fmt: skip

    def _connect(self, call: _Call) -> _Outcome:
        """Open a connection, send the request over it, and see what comes back."""
        if len(self.legs) >= MAX_LEGS:
            return _answered(HttpResponse(508), f"still passed on after {MAX_LEGS} connections")
        probe = replace(call.probe, source_port=self.first_port + len(self.legs))
        try:
            exchange = self._exchange(probe)
        except NetsimError as error:
            if self.legs or "NXDOMAIN" not in str(error):
                raise
            return _Outcome("could not resolve host", str(error))
        pod = self._receiver(exchange)
        proxy = proxy_at(self.cluster, pod, _received(exchange)) if pod is not None else None
        receiver = proxy.text if proxy is not None else _who(pod, exchange)
        self.legs.append(Leg(call.sender, receiver, exchange, call.request, call.security, call.mirror))
        if exchange.client_sees is not ClientSees.CONNECTED:
            return _Outcome(exchange.client_sees.value, exchange.reason)
        if proxy is not None:
            return self._at_mesh_proxy(exchange, proxy, call)
        controller = controller_in(self.cluster, pod) if pod is not None else None
        if pod is not None and controller is not None:
            return self._at_controller(exchange, pod, controller, call)
        if exchange.server is not None and exchange.server.kind == EXTERNAL and call.request.method:
            return self._at_machine_outside(receiver, call)
        if (socket := self._socket(exchange)) is not None and socket.health is not None and call.request.method:
            return _answered(HttpResponse(socket.health), socket.process)
        return _from_application(receiver, call.request)

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
        if server.kind != "node":
            return None
        received = _received(exchange)
        on_node = [pod for pod in self.cluster.pods_on(server.name) if pod.host_network]
        return next((pod for pod in on_node if any(s.port == received for s in listening_sockets(pod))), None)

    def _at_controller(self, exchange: Exchange, pod: Pod, controller: Controller, call: _Call) -> _Outcome:
        """A proxy for Ingresses or Gateways took the connection."""
        assert exchange.seen_by_server is not None
        called = (exchange.request.hops[0].packet.ports or (0, 0))[1]
        face = listener_port(self.cluster, pod, called, _received(exchange), controller.gateways)
        client = str(exchange.seen_by_server.source)
        server_name = call.server_name if call.security == "TLS" else ""
        decision = decide(self.cluster, controller, call.request, client, face, server_name)
        made = controller.implementation
        dialer = _Dialer(pod, _who(pod, exchange), made.unreachable, made.timed_out, ends_tls=True)
        return self._follow(decision, dialer)

    def _socket(self, exchange: Exchange) -> Socket | None:
        """What took the connection, as the kernel of the last namespace knows it."""
        last = exchange.request.hops[-1]
        port = last.packet.ports[1] if last.packet.ports is not None else 0
        return self.simulation.network.namespaces[last.namespace].listener(
            last.packet.protocol, last.packet.destination, port
        )

    def _at_machine_outside(self, receiver: str, call: _Call) -> _Outcome:
        """A web server that nobody configured for the cluster's names took the connection."""
        machine, host = self.cluster.settings.external_client, call.request.host
        asked = call.server_name or host
        if call.request.scheme == "https" and not self.insecure and not has_name(asked, machine):
            return _Outcome(CERTIFICATE_MISMATCH, f"{receiver} has a certificate for its own names, not for {asked}")
        response = answer_outside(host, machine)
        if response.status == 200:
            return _from_application(receiver, call.request)
        return _answered(response, f"{receiver} has no virtual host {host}")

    def _at_mesh_proxy(self, exchange: Exchange, proxy: MeshProxy, call: _Call) -> _Outcome:
        """A mesh proxy took the connection, from its application, another proxy or a client outside the mesh."""
        assert exchange.seen_by_server is not None
        client = exchange.seen_by_server.source
        wanted = call.tunnelled or original_destination(exchange)
        bind: IPAddress | None = None
        if proxy.side is Side.INBOUND:
            decision = inbound(self.cluster, proxy, call.request, wanted, client, call.security)
            bind = application_source(proxy, client)
        else:
            decision = outbound(self.cluster, proxy, call.request, wanted)
        dialer = _Dialer(
            proxy.pod, proxy.text, proxy.unreachable, proxy.timed_out, proxy.uid, proxy.mark, bind
        )  # fmt: skip
        return self._follow(decision, dialer)

    def _follow(self, decision: Decision, dialer: _Dialer) -> _Outcome:
        """Do what a proxy decided."""
        self.legs[-1] = replace(self.legs[-1], decision=decision)
        for copy in decision.mirrors:
            if copy.destinations:
                self._connect(dialer.call(self._pick(copy.destinations), copy.request, mirror=True))
        if decision.response is not None:
            return _answered(decision.response, f"{decision.by}: {decision.reason}")
        if not decision.targets:
            return _Outcome(ClientSees.RESET.value, f"{decision.by} closes the connection: {decision.reason}")
        return self._forward(dialer, self._pick_target(decision.targets))

    def _forward(self, dialer: _Dialer, target: Target) -> _Outcome:
        """The proxy dials one of a backend's endpoints, or answers for a backend that has none."""
        if not target.destinations:
            if target.response is None:
                return _Outcome(ClientSees.RESET.value, f"the connection is closed: {target.reason}")
            return _answered(target.response, target.reason)
        call = dialer.call(self._pick(target.destinations), target.request)
        outcome = self._connect(call)
        if outcome.response is not None:
            headers = outcome.response.headers + target.response_headers
            return replace(outcome, response=replace(outcome.response, headers=headers))
        if outcome.client_sees == ClientSees.CONNECTED:
            return outcome
        timeout = outcome.client_sees == ClientSees.TIMEOUT
        reason = f"{call.probe.destination} {outcome.client_sees}: {outcome.reason}"
        status = dialer.timed_out if timeout else dialer.unreachable
        if status is None or not call.request.readable:
            return _Outcome((ClientSees.TIMEOUT if timeout else ClientSees.RESET).value, reason)
        return _answered(HttpResponse(status), reason)

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


def _received(exchange: Exchange) -> int:
    """The port of the process that took the connection; 0 where none did."""
    packet = exchange.seen_by_server
    return packet.ports[1] if packet is not None and packet.ports is not None else 0


def original_destination(exchange: Exchange) -> Destination:
    """Where a redirected connection was meant to go (SO_ORIGINAL_DST): conntrack of the server's namespace knows."""
    hops = exchange.request.hops
    steps = [step for hop in hops if hop.namespace == hops[-1].namespace for step in hop.steps]
    new = [step.original for step in steps if isinstance(step, ConntrackLookup) and step.original is not None]
    if new:
        return Destination(new[0].destination, new[0].destination_port)
    packet = hops[-1].packet
    return Destination(packet.destination, (packet.ports or (0, 0))[1])


def application_source(proxy: MeshProxy, client: IPAddress) -> IPAddress | None:
    """The address from which a proxy calls its own application: Envoy's 127.0.0.6, the client's own by ztunnel, which
    may use it (IP_TRANSPARENT), and for Linkerd what routing chooses."""
    match proxy.mesh:
        case Mesh.ISTIO:
            return PASSTHROUGH_SOURCE[client.version]
        case Mesh.AMBIENT:
            return client
        case Mesh.LINKERD:
            return None


def _from_application(application: str, request: HttpRequest) -> _Outcome:
    """An application takes every request; over a bare connection it says nothing that anybody here can read."""
    if not request.method:
        return _Outcome(ClientSees.CONNECTED.value, f"{application} takes the connection", None, application, request)
    return _Outcome("response", f"{application} answers", HttpResponse(200), application, request)


def _answered(response: HttpResponse, reason: str) -> _Outcome:
    return _Outcome("response", reason, response)


def _who(pod: Pod | None, exchange: Exchange) -> str:
    if pod is not None:
        return f"Pod {pod.namespace}/{pod.name}"
    if exchange.server is None:
        return "nobody"
    return f"{exchange.server.kind} {exchange.server.name}"
