"""CoreDNS: one question through the plugins of the server that is responsible for it."""

from __future__ import annotations

from collections.abc import Callable

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.dns import records
from netsim.kubernetes.dns.corefile import Corefile, ForwardPlugin, HostsPlugin, ServerBlock
from netsim.kubernetes.dns.message import (
    NODATA,
    Question,
    Rcode,
    Record,
    RecordType,
    Response,
    is_below,
    reversed_address,
)

MAX_ALIASES = 8
"""How many lookups one answer may take (``maxCNAMEChainLength`` and loops: plugin/backend_lookup.go)."""

Forward = Callable[[Question, ForwardPlugin], Response]
"""Asks the servers that a ``forward`` names; SERVFAIL where none of them answers."""

REFUSED = Response(Rcode.REFUSED)
SERVFAIL = Response(Rcode.SERVFAIL)


class CoreDns:
    """The server of one cluster. It sends nothing itself: ``forward`` does, for what it does not know."""

    def __init__(self, cluster: Cluster, corefile: Corefile, forward: Forward) -> None:
        self._cluster = cluster
        self._corefile = corefile
        self._forward = forward

    def answer(self, question: Question, depth: int = 0) -> Response:
        """The plugins in the order of plugin.cfg: rewrite, hosts, kubernetes, forward."""
        server = self._corefile.server_for(question.name)
        if server is None:
            return REFUSED
        for old, new in server.rewrites:
            if question.name == old:
                asked = Question(new, question.type)
                return self._unrewritten(server, asked, depth).renamed(new, old)
        return self._unrewritten(server, question, depth)

    def _unrewritten(self, server: ServerBlock, question: Question, depth: int) -> Response:
        if server.hosts is not None:
            found = hosts_answer(server.hosts, question)
            if found is not None:
                return found
        if server.kubernetes is not None:
            zone = _longest([zone for zone in server.kubernetes.zones if is_below(question.name, zone)])
            if zone is not None:
                found = records.lookup(
                    self._cluster, server.kubernetes, zone, question, lambda target: self._target(target, depth)
                )
                if found.rcode is not Rcode.NXDOMAIN or not server.kubernetes.passes_on(question.name):
                    return found
        for forward in server.forwards:
            if forward.serves(question.name):
                return self._forward(question, forward)
        return SERVFAIL

    def _target(self, question: Question, depth: int) -> Response:
        """What an alias points at, asked of the server itself."""
        return self.answer(question, depth + 1) if depth < MAX_ALIASES else SERVFAIL


def _longest(zones: list[str]) -> str | None:
    return max(zones, key=len) if zones else None


def hosts_answer(plugin: HostsPlugin, question: Question) -> Response | None:
    """None where the question goes on to the next plugin; SERVFAIL where it may not (plugin/hosts/hosts.go).

    Addresses need be in none of the plugin's zones, and one that it does not know goes on without ``fallthrough``.
    """
    if question.type is RecordType.PTR:
        address = reversed_address(question.name)
        names = [name for entry, name in plugin.entries if entry == address]
        pointers = tuple(Record(question.name, RecordType.PTR, plugin.ttl, name) for name in names)
        return Response(Rcode.NOERROR, pointers) if pointers else None
    if not any(is_below(question.name, zone) for zone in plugin.zones):
        return None
    version = {RecordType.A: 4, RecordType.AAAA: 6}.get(question.type)
    known = [entry for entry, name in plugin.entries if name == question.name]
    answers = tuple(
        Record(question.name, question.type, plugin.ttl, str(entry)) for entry in known if entry.version == version
    )
    if known:
        return Response(Rcode.NOERROR, answers) if answers else NODATA
    return None if plugin.passes_on(question.name) else SERVFAIL
