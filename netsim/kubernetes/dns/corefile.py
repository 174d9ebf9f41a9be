"""CoreDNS' Corefile: the plugins that decide answers, as typed values; the others by name.

Sources: CoreDNS plugin.cfg (the order in which plugins run, whatever their order in the file), and the setup.go of
plugin/kubernetes, plugin/forward, plugin/hosts and plugin/rewrite. The Corefile of a cluster without the ConfigMap
kube-system/coredns is kubeadm's (cmd/kubeadm/app/phases/addons/dns/manifests.go).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.dns.corefile_text import Directive, blocks
from netsim.kubernetes.dns.message import absolute, is_below
from netsim.kubernetes.objects import IPAddress
from netsim.kubernetes.parsing import formats

CONFIG_MAP = ("kube-system", "coredns")
COREFILE_KEY = "Corefile"
RESOLV_CONF = "/etc/resolv.conf"
KUBEADM = """.:53 {{
    kubernetes {domain} in-addr.arpa ip6.arpa {{
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 30
    }}
    forward . /etc/resolv.conf
    cache 30
    loop
}}
"""
WITHOUT_EFFECT = (
    "bind", "bufsize", "cache", "cancel", "debug", "dnstap", "errors", "health", "loadbalance", "local", "log",
    "metadata", "minimal", "nsid", "pprof", "prometheus", "ready", "reload", "timeouts", "trace",
)  # fmt: skip
"""Plugins that change no answer of a simulation without a clock."""


class PodsMode(StrEnum):
    """The option ``pods``: whether names like 10-244-1-5.shop.pod.ZONE exist, and for whom."""

    DISABLED = "disabled"
    INSECURE = "insecure"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class KubernetesPlugin:
    """``kubernetes``. ``fallthrough`` None: what is not found is NXDOMAIN; else the zones that go on, "" for all."""

    zones: tuple[str, ...]
    pods: PodsMode = PodsMode.DISABLED
    ttl: int = 5
    fallthrough: tuple[str, ...] | None = None

    def passes_on(self, name: str) -> bool:
        return self.fallthrough is not None and any(is_below(name, zone) for zone in self.fallthrough)


@dataclass(frozen=True, slots=True)
class HostsPlugin:
    """``hosts`` with entries in the Corefile itself; ``entries`` are (address, name) pairs."""

    entries: tuple[tuple[IPAddress, str], ...]
    zones: tuple[str, ...] = ("",)
    ttl: int = 3600
    fallthrough: tuple[str, ...] | None = None

    def passes_on(self, name: str) -> bool:
        return self.fallthrough is not None and any(is_below(name, zone) for zone in self.fallthrough)


@dataclass(frozen=True, slots=True)
class ForwardPlugin:
    """``forward FROM TO…``; ``to`` None is the server's own /etc/resolv.conf."""

    zone: str
    to: tuple[IPAddress, ...] | None
    excluded: tuple[str, ...] = ()
    force_tcp: bool = False

    def serves(self, name: str) -> bool:
        return is_below(name, self.zone) and not any(is_below(name, zone) for zone in self.excluded)


@dataclass(frozen=True, slots=True)
class ServerBlock:
    """One server. ``rewrites`` are (from, to) of ``rewrite name exact``; ``unsupported`` are words of other plugins."""

    zones: tuple[str, ...]
    rewrites: tuple[tuple[str, str], ...] = ()
    hosts: HostsPlugin | None = None
    kubernetes: KubernetesPlugin | None = None
    forwards: tuple[ForwardPlugin, ...] = ()
    detects_loops: bool = False
    unsupported: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Corefile:
    servers: tuple[ServerBlock, ...]

    def server_for(self, name: str) -> ServerBlock | None:
        """The server whose zone is the longest that holds the name."""
        found = [(len(z), s) for s in self.servers for z in s.zones if is_below(name, z)]
        return max(found, key=lambda pair: pair[0])[1] if found else None


def corefile_of(cluster: Cluster) -> Corefile:
    """What CoreDNS runs with; InputError names the line of a Corefile that cannot be read.

    Snippets and imports are left out: their text is in other files.
    """
    config = cluster.config_map(*CONFIG_MAP)
    if config is None or COREFILE_KEY not in config.data:
        return _read(KUBEADM.format(domain=cluster.settings.cluster_domain))
    try:
        return _read(config.data[COREFILE_KEY])
    except ValueError as error:
        raise config.meta.error(f"data.{COREFILE_KEY}", str(error)) from None


@lru_cache(maxsize=64)
def _read(text: str) -> Corefile:
    """Every query asks for it, so it is read once; ValueError for what cannot be read."""
    return Corefile(tuple(_server_block(zones, own) for zones, own in blocks(text) if not zones[0].startswith("(")))


@dataclass(slots=True)
class _Plugins:
    """A server block under construction."""

    rewrites: list[tuple[str, str]] = field(default_factory=list)
    forwards: list[ForwardPlugin] = field(default_factory=list)
    hosts: HostsPlugin | None = None
    kubernetes: KubernetesPlugin | None = None
    detects_loops: bool = False
    unsupported: list[str] = field(default_factory=list)


def _server_block(zones: tuple[str, ...], directives: tuple[Directive, ...]) -> ServerBlock:
    plugins = _Plugins()
    for directive in directives:
        try:
            _take(plugins, directive, zones)
        except ValueError as error:
            raise ValueError(f"line {directive.line}: {error}") from None
    return ServerBlock(
        tuple(_zone(zone) for zone in zones), tuple(plugins.rewrites), plugins.hosts, plugins.kubernetes,
        tuple(plugins.forwards), plugins.detects_loops, tuple(plugins.unsupported),
    )  # fmt: skip


def _take(plugins: _Plugins, directive: Directive, zones: tuple[str, ...]) -> None:
    match directive.words:
        case ("kubernetes", *own):
            plugins.kubernetes = _kubernetes(tuple(own) or zones, directive)
        case ("forward", source, *targets):
            plugins.forwards.append(_forward(source, targets, directive))
        case ("hosts", *own):
            plugins.hosts = _hosts(own, directive)
        case ("rewrite", *words):
            for each in _rewrites(words, directive):
                if isinstance(each, str):
                    plugins.unsupported.append(each)
                else:
                    plugins.rewrites.append(each)
        case ("loop",):
            plugins.detects_loops = True
        case (name, *_) if name not in WITHOUT_EFFECT:
            plugins.unsupported.append(" ".join(directive.words))
        case _:
            return


def _zone(text: str) -> str:
    """A zone of a server address such as ``.:53`` or ``dns://cluster.local``, or of a plugin."""
    return absolute(text.rpartition("://")[2].partition(":")[0])


def _kubernetes(zones: tuple[str, ...], directive: Directive) -> KubernetesPlugin:
    pods, ttl = PodsMode.DISABLED, 5
    for option in directive.block:
        if option[0] == "pods":
            if len(option) != 2 or option[1] not in tuple(PodsMode):
                raise ValueError(f"kubernetes: pods must be one of {', '.join(PodsMode)}")
            pods = PodsMode(option[1])
        elif option[0] == "ttl":
            ttl = _seconds("kubernetes", option)
    return KubernetesPlugin(tuple(_zone(zone) for zone in zones), pods, ttl, _fallthrough(directive))


def _seconds(plugin: str, option: tuple[str, ...]) -> int:
    if len(option) != 2 or not option[1].isdecimal() or int(option[1]) > 3600:
        raise ValueError(f"{plugin}: ttl must be a number of seconds from 0 to 3600")
    return int(option[1])


def _fallthrough(directive: Directive) -> tuple[str, ...] | None:
    for option in directive.block:
        if option[0] == "fallthrough":
            return tuple(_zone(zone) for zone in option[1:]) or ("",)
    return None


def _forward(source: str, targets: list[str], directive: Directive) -> ForwardPlugin:
    if not targets:
        raise ValueError(f"forward {source} needs at least one server, or {RESOLV_CONF}")
    options = {option[0]: option[1:] for option in directive.block}
    to = None if RESOLV_CONF in targets else tuple(_server(target) for target in targets)
    excluded = tuple(_zone(zone) for zone in options.get("except", ()))
    return ForwardPlugin(_zone(source), to, excluded, "force_tcp" in options)


def _server(text: str) -> IPAddress:
    """``10.0.0.1``, ``10.0.0.1:53``, ``[2001:db8::1]:53``, ``dns://10.0.0.1`` or ``tls://10.0.0.1``"""
    host = text.rpartition("://")[2]
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    return formats.address(host)


def _hosts(own: list[str], directive: Directive) -> HostsPlugin:
    entries: list[tuple[IPAddress, str]] = []
    ttl = 3600
    for option in directive.block:
        if option[0] == "ttl":
            ttl = _seconds("hosts", option)
        elif option[0] not in ("fallthrough", "no_reverse", "reload"):
            address = formats.address(option[0])
            entries += [(address, absolute(name)) for name in option[1:]]
    zones = tuple(_zone(zone) for zone in own if not zone.startswith("/"))
    return HostsPlugin(tuple(entries), zones or ("",), ttl, _fallthrough(directive))


def _rewrites(words: list[str], directive: Directive) -> Iterator[tuple[str, str] | str]:
    """(from, to) of ``rewrite [continue|stop] name [exact] FROM TO``, alone or as the lines of a block; the words of
    any other rewrite."""
    for line in directive.block or (tuple(words),):
        rest = list(line[1:] if line[:1] in (("continue",), ("stop",)) else line)
        match rest:
            case ["name", "exact", source, target, *_]:
                yield absolute(source), absolute(target)
            case ["name", "suffix" | "prefix" | "substring" | "regex", *_]:
                yield f"rewrite {' '.join(rest)}"
            case ["name", source, target, *_]:
                yield absolute(source), absolute(target)
            case []:
                continue
            case _:
                yield f"rewrite {' '.join(rest)}"
