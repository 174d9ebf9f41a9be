"""Names are looked up by sending: every DNS query is a traced packet to a name server, and so is what that one asks.

    resolution = netsim.Resolver(simulation.session(), simulation.cluster, "pod/ops/probe").lookup("web.shop")
    [(query.question.name, query.outcome) for query in resolution.queries]

The client is glibc's stub resolver (resolv/res_send.c); what a server answers is decided in ``netsim.nameservers`` by
who took the packet. There is no clock: a query that nobody answers costs ``timeout`` seconds, which is only said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Protocol as StructuralType

from netsim.errors import NetsimError
from netsim.kubernetes.cluster import WORKLOADS, Cluster
from netsim.kubernetes.dns.message import PLAIN_UDP_SIZE, Question, Rcode, Record, RecordType, Response, reverse_name
from netsim.kubernetes.dns.resolv_conf import ResolvConf, node_resolv_conf, pod_resolv_conf
from netsim.kubernetes.dns.roles import is_cluster_dns
from netsim.kubernetes.dns.search import MAX_NAME, Heard, walk
from netsim.kubernetes.objects import IPAddress
from netsim.nameservers import Upstream, answer_of, assumed_answer, is_assumed
from netsim.packet import Protocol
from netsim.probe import Probe
from netsim.trace import ClientSees, Exchange

DNS_PORT = 53
FIRST_PORT = 50000
ADDRESSES = (RecordType.A, RecordType.AAAA)
MAX_DEPTH = 8
"""Servers that ask servers, after which the first one gives up; only a loop gets there."""


class Tracer(StructuralType):
    """A ``Session``, or anything else that sends probes."""

    def trace(self, probe: Probe) -> Exchange: ...


@dataclass(frozen=True, slots=True)
class Query:
    """One question in one packet. ``response`` None: nobody answered; ``upstream`` is what the server asked itself.

    ``exchange`` None: the cluster's files have no DNS server at all, and the answer is the one that CoreDNS would give.

    ``attempt`` counts from 1; ``wait`` is the seconds that the client spends on a query without an answer.
    """

    question: Question
    server: IPAddress
    protocol: Protocol
    exchange: Exchange | None
    response: Response | None
    upstream: tuple[Query, ...] = ()
    attempt: int = 1
    wait: int = 0

    @property
    def outcome(self) -> str:
        """The rcode or NODATA, else what the client saw: timeout, refused, unreachable …"""
        if self.response is not None:
            return self.response.outcome
        sees = self.exchange.client_sees if self.exchange is not None else ClientSees.TIMEOUT
        return str(ClientSees.TIMEOUT if sees is ClientSees.CONNECTED else sees)

    @property
    def is_final(self) -> bool:
        """Whether no other server is asked: a whole NOERROR or NXDOMAIN."""
        response = self.response
        if response is None or response.truncated:
            return False
        return response.rcode in (Rcode.NOERROR, Rcode.NXDOMAIN)


@dataclass(frozen=True, slots=True)
class Resolution:
    """All queries for one name, in order, and what the client concludes."""

    name: str
    types: tuple[RecordType, ...]
    conf: ResolvConf
    queries: tuple[Query, ...]
    notice: str = ""

    @property
    def answers(self) -> tuple[Record, ...]:
        """The records of the candidate that ended the walk."""
        if not self.queries:
            return ()
        last = self.queries[-1].question.name
        found = (q.response for q in self.queries if q.question.name == last and q.response is not None)
        return tuple(dict.fromkeys(record for response in found for record in response.answers))

    @property
    def found(self) -> bool:
        return any(record.type is not RecordType.CNAME for record in self.answers)

    @property
    def addresses(self) -> tuple[IPAddress, ...]:
        return tuple(record.address for record in self.answers if record.type in ADDRESSES)

    @property
    def rcode(self) -> str:
        """NOERROR, NXDOMAIN or SERVFAIL; ``timeout``, ``refused`` or ``unreachable`` where the end was silence."""
        outcomes = [query.outcome for query in self.queries]
        if self.found or not outcomes:
            return str(Rcode.NOERROR if self.found else Rcode.NXDOMAIN)
        silent = [outcome for query, outcome in zip(self.queries, outcomes, strict=True) if query.response is None]
        if silent:
            return silent[-1]
        for outcome, rcode in (("NODATA", Rcode.NOERROR), ("SERVFAIL", Rcode.SERVFAIL), ("REFUSED", Rcode.REFUSED)):
            if outcome in outcomes:
                return str(rcode)
        return str(Rcode.NOERROR if "NOERROR" in outcomes else Rcode.NXDOMAIN)

    @property
    def error(self) -> str:
        """What getaddrinfo says where there is no address (gai_strerror)."""
        match self.rcode:
            case Rcode.NXDOMAIN:
                return "Name or service not known"
            case Rcode.NOERROR:
                return "No address associated with hostname"
            case _:
                return "Temporary failure in name resolution"

    @property
    def seconds(self) -> int:
        """Time spent waiting for servers that do not answer."""
        waits: dict[tuple[str, IPAddress, int], int] = {}
        for query in self.queries:
            key = query.question.name, query.server, query.attempt
            waits[key] = max(waits.get(key, 0), query.wait)
        return sum(waits.values())


class Resolver:
    """The stub resolver of one client: ``pod/NS/NAME``, ``deploy/NS/NAME``, ``node/NAME`` or ``external``."""

    def __init__(
        self, tracer: Tracer, cluster: Cluster, source: str, ports: Iterator[int] | None = None,
        watch: Callable[[Query], None] = lambda query: None, simultaneous: bool = False,
    ) -> None:  # fmt: skip
        """``ports`` gives the source port of each socket; ``watch`` hears of every query, those of servers too.

        ``simultaneous``: the questions of one socket are under way at the same time, on different processors.
        NetsimError for a client that is not there.
        """
        self._watch = watch
        self._simultaneous = simultaneous
        self._tracer = tracer
        self._cluster = cluster
        self._source = source
        self._ports = ports or count(FIRST_PORT)
        self.conf = client_resolv_conf(cluster, source)
        self._notice = _notice(cluster, self.conf)

    def lookup(self, name: str, types: tuple[RecordType, ...] = ADDRESSES) -> Resolution:
        """Walk the search list, asking for all ``types`` of each candidate; NetsimError for what is no name."""
        check_name(name)
        queries: list[Query] = []

        def ask(candidate: str) -> Heard:
            asked = self._ask_servers(tuple(Question(candidate, wanted) for wanted in types))
            queries.extend(asked)
            return _heard(asked)

        walk(name, self.conf, ask)
        return Resolution(name, types, self.conf, tuple(queries), self._notice)

    def reverse(self, address: IPAddress) -> Resolution:
        """The names of an address."""
        return self.lookup(f"{reverse_name(address)}.", (RecordType.PTR,))

    def asking(self, server: IPAddress) -> Resolver:
        """The same client with another name server."""
        other = Resolver(
            self._tracer, self._cluster, self._source, self._ports, self._watch, self._simultaneous
        )  # fmt: skip
        other.conf = replace(self.conf, nameservers=(server,))
        return other

    def ask(self, server: IPAddress, question: Question, tcp: bool = False) -> tuple[Query, ...]:
        """One question to one server, again over TCP where the answer is truncated: what dig sends."""
        return self._client().ask_all(server, (question,), tcp or self.conf.tcp_only)

    def _client(self) -> _Client:
        return _Client(self._tracer, self._cluster, self._source, self._ports, self._watch, 0, self._simultaneous)

    def _ask_servers(self, questions: tuple[Question, ...]) -> tuple[Query, ...]:
        """All questions to one server after the other, ``attempts`` times, until one settles them."""
        asked: list[Query] = []
        for server in self.conf.nameservers:
            answers = self._client().ask_all(server, questions, self.conf.tcp_only)
            if any(query.is_final for query in answers):
                return (*asked, *self._without_the_lost(server, answers))
            asked += answers
        waits = tuple(replace(query, wait=_wait(query, self.conf)) for query in asked)
        return tuple(replace(query, attempt=n) for n in range(1, self.conf.attempts + 1) for query in waits)

    def _without_the_lost(self, server: IPAddress, answers: tuple[Query, ...]) -> tuple[Query, ...]:
        """Where one of two questions stays without an answer, both are asked again, one after the other (send_dg)."""
        if all(query.outcome != ClientSees.TIMEOUT for query in answers):
            return answers
        waited = tuple(replace(query, wait=_wait(query, self.conf)) for query in answers)
        client = replace(self._client(), simultaneous=False)
        again = client.ask_all(server, tuple(query.question for query in answers), self.conf.tcp_only)
        return (*waited, *(replace(query, attempt=2) for query in again))


@dataclass(frozen=True, slots=True)
class _Client:
    """Whoever sends a question: a stub resolver at depth 0, or a server that forwards at a greater one."""

    tracer: Tracer
    cluster: Cluster
    source: str
    ports: Iterator[int]
    watch: Callable[[Query], None]
    depth: int
    simultaneous: bool

    def ask_all(self, server: IPAddress, questions: tuple[Question, ...], tcp: bool) -> tuple[Query, ...]:
        """All questions from one socket; all of them again over TCP where an answer is truncated."""
        port = next(self.ports)
        if tcp:
            return tuple(self._send(server, question, Protocol.TCP, port) for question in questions)
        asked = tuple(
            _cut(self._send(server, question, Protocol.UDP, port, place if self.simultaneous else 0))
            for place, question in enumerate(questions)
        )
        if any(query.response is not None and query.response.truncated for query in asked):
            asked += self.ask_all(server, questions, tcp=True)
        return asked

    def _send(self, server: IPAddress, question: Question, protocol: Protocol, port: int, place: int = 0) -> Query:
        """``place`` is above 0 for a question that is under way together with the one before it."""
        if is_assumed(self.cluster, server):
            return Query(question, server, protocol, None, assumed_answer(self.cluster, question))
        probe = Probe(
            self.source, str(server), DNS_PORT, protocol=protocol, source_port=port,
            size=question.size if protocol is Protocol.UDP else 0, seed=place * port, simultaneous=place > 0,
        )  # fmt: skip
        exchange = self.tracer.trace(probe)
        upstream: list[Query] = []
        response = None
        if exchange.client_sees is ClientSees.CONNECTED:
            response = answer_of(self.cluster, exchange, question, self._upstream(upstream))
        query = Query(question, server, protocol, exchange, response, tuple(upstream))
        self.watch(query)
        return query

    def _upstream(self, asked: list[Query]) -> Upstream:
        """How the server that took the question asks others; every query goes into ``asked``."""

        def ask(source: str, servers: tuple[IPAddress, ...], question: Question, tcp: bool) -> Response:
            if self.depth >= MAX_DEPTH:
                return Response(Rcode.SERVFAIL)
            client = replace(self, source=source, depth=self.depth + 1)
            for server in servers:
                asked.extend(client.ask_all(server, (question,), tcp))
                if asked[-1].response is not None:
                    return asked[-1].response
            return Response(Rcode.SERVFAIL)

        return ask


def _cut(query: Query) -> Query:
    """The query with the TC bit instead of an answer that is too long for UDP."""
    response = query.response
    if response is None or response.size(query.question) <= PLAIN_UDP_SIZE:
        return query
    return replace(query, response=Response(response.rcode, truncated=True))


def _heard(asked: tuple[Query, ...]) -> Heard:
    """What the answers to one candidate mean for the walk (``__res_context_search``)."""
    if any(query.response is not None and query.response.has_data for query in asked):
        return Heard.SUCCESS
    if any(query.is_final or query.outcome == Rcode.SERVFAIL for query in asked):
        return Heard.NOTHING
    return Heard.CLOSED if asked and asked[-1].outcome == ClientSees.REFUSED else Heard.SILENCE


def _wait(query: Query, conf: ResolvConf) -> int:
    return conf.timeout if query.outcome == ClientSees.TIMEOUT else 0


def _notice(cluster: Cluster, conf: ResolvConf) -> str:
    if not conf.nameservers:
        return "there is no name server in /etc/resolv.conf"
    crashed = next((pod for pod in cluster.pods if is_cluster_dns(pod) and pod.crash_loop), None)
    if crashed is not None:
        return f"Pod {crashed.namespace}/{crashed.name} is in CrashLoopBackOff: {crashed.crash_loop}"
    if any(is_assumed(cluster, server) for server in conf.nameservers):
        return (
            "the files have no DNS server (Pods with the label k8s-app: kube-dns behind Service kube-system/kube-dns), "
            "so names are answered as CoreDNS would, without packets"
        )
    return ""


def check_name(name: str) -> None:
    """NetsimError for what no resolver would send."""
    labels = name.rstrip(".").split(".")
    if len(name) > MAX_NAME + 1 or not all(0 < len(label) <= 63 for label in labels) or not name.isascii():
        raise NetsimError(f"{name[:80]!r} is not a DNS name: labels of 1 to 63 ASCII characters, {MAX_NAME} in all")


def client_resolv_conf(cluster: Cluster, source: str) -> ResolvConf:
    """/etc/resolv.conf of a client; NetsimError when there is no such client."""
    match source.split("/"):
        case ["pod", namespace, name]:
            return pod_resolv_conf(cluster, cluster.pod(namespace, name))
        case [kind, namespace, name] if kind in WORKLOADS:
            return pod_resolv_conf(cluster, cluster.first_pod(kind, namespace, name))
        case ["node", name]:
            return node_resolv_conf(cluster, cluster.node(name))
        case ["external", *_]:
            return ResolvConf((cluster.settings.external_client,))
        case _:
            raise NetsimError(f"{source!r} is not pod/NAMESPACE/NAME, deploy/NAMESPACE/NAME, node/NAME or external")
