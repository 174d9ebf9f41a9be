"""Which Ingresses, Gateways and routes a picture shows, and what stands on them.

plates(cluster, show, services, pods) → tuple[Plate, ...]

A packet passes through none of them: a proxy reads them and decides. So they are drawn as plates with a chip for each
of their rules, and lines say what the objects say, whether or not the cluster agrees: that is for the packet to show.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop

import netsim
from lessons import phrases
from lessons.picture.canvas import shortened
from lessons.picture.services import ServiceLabel

OBJECTS = ("ingress", "gateway", "httproute", "tcproute")
"""Kinds of elements that are plates, and chips of plates."""
LONGEST_TITLE, LONGEST_CHIP = 28, 16
MOST_CHIPS = 6
ANY = gettext_noop("any")


@dataclass(frozen=True, slots=True)
class Chip:
    """A rule: `services` are elements of the drawn ones that it leads to. `rule` is what a decision calls it, "" for
    the last chip of a plate that has no room for all rules."""

    name: str
    label: str
    rule: str
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plate:
    """An object: `gateways` are the plates that a route names, `readers` the drawn Pods whose proxies read it; `told`
    is what it says in words."""

    name: str
    title: str
    detail: str
    chips: tuple[Chip, ...]
    gateways: tuple[str, ...]
    readers: tuple[str, ...]
    told: tuple[str, ...]

    @property
    def is_gateway(self) -> bool:
        return self.name.startswith("gateway:")

    @property
    def rules(self) -> tuple[str, ...]:
        return tuple(chip.rule for chip in self.chips)


def element_of(found: netsim.RoutingObject) -> str:
    """Its plate in a picture."""
    return f"{found.kind.lower()}:{found.namespace}/{found.name}:"


def plates(
    cluster: netsim.Cluster, show: Mapping[str, Any], services: Sequence[ServiceLabel], pods: Collection[str]
) -> tuple[Plate, ...]:  # fmt: skip
    """The author's objects; without a list those of `_leading`. Raises netsim.NetsimError for one that is missing."""
    drawn = {service.name for service in services}
    found = {element_of(each): each for each in netsim.routing_objects(cluster)}
    gateways = {f"{each.namespace}/{each.name}": name for name, each in found.items() if each.kind == "Gateway"}
    named = show.get("objects")
    shown = _leading(found, gateways, services, pods) if named is None else [_named(found, name) for name in named]
    return tuple(_plate(name, each, drawn, gateways, shown, pods) for name, each in found.items() if name in shown)


def _named(found: Mapping[str, netsim.RoutingObject], name: str) -> str:
    kind, _, place = name.partition("/")
    element = f"{kind.lower()}:{place}:"
    if element not in found:
        raise netsim.NetsimError(NOT_THERE.format(object=f"{kind} {place}"))
    return element


def _leading(
    found: Mapping[str, netsim.RoutingObject], gateways: Mapping[str, str], services: Sequence[ServiceLabel],
    pods: Collection[str],
) -> list[str]:  # fmt: skip
    """The objects that lead to one of these Services and whose readers, if they have any, are among these Pods; and the
    Gateways of such routes, or with a reader behind one of the Services."""
    drawn = {service.name for service in services}
    behind = {pod for service in services for pod in service.pods if pod in pods}
    shown = [
        name
        for name, each in found.items()
        if any(service in drawn for rule in each.rules for service in _services(rule))
        and _is_read(each, found, gateways, pods)
    ]
    named = {gateways[parent] for name in shown for parent in found[name].parents if parent in gateways}
    return shown + [name for name in gateways.values() if name in named or behind.intersection(found[name].readers)]


def _is_read(
    each: netsim.RoutingObject, found: Mapping[str, netsim.RoutingObject], gateways: Mapping[str, str],
    pods: Collection[str],
) -> bool:  # fmt: skip
    """Whether one of its readers is drawn, or it has none."""
    parents = (found[gateways[parent]].readers for parent in each.parents if parent in gateways)
    readers = {pod for group in (each.readers, *parents) for pod in group}
    return not readers or any(pod in pods for pod in readers)


def _services(rule: netsim.RoutingRule) -> Iterator[str]:
    return (f"service:{backend.service}" for backend in rule.backends)


def _plate(
    name: str, found: netsim.RoutingObject, drawn: Collection[str], gateways: Mapping[str, str],
    shown: Collection[str], pods: Collection[str],
) -> Plate:  # fmt: skip
    kept = found.rules if len(found.rules) <= MOST_CHIPS else found.rules[: MOST_CHIPS - 1]
    chips = [
        Chip(f"{name}{number}", _label(rule), rule.text, tuple(s for s in _services(rule) if s in drawn))
        for number, rule in enumerate(kept, start=1)
    ]
    if len(kept) < len(found.rules):
        chips.append(Chip(f"{name}more", f"…\n+{len(found.rules) - len(kept)}", ""))
    parents = [gateways[parent] for parent in found.parents if parent in gateways]
    return Plate(
        name=name,
        title=shortened(found.text, LONGEST_TITLE),
        detail=shortened(_detail(found), LONGEST_TITLE),
        chips=tuple(chips),
        gateways=tuple(parent for parent in parents if parent in shown),
        readers=tuple(pod for pod in found.readers if pod in pods),
        told=tuple(_told(found)),
    )


def _label(rule: netsim.RoutingRule) -> str:
    """What it takes, and where it leads; of a listener name and port."""
    if rule.name:
        return f"{shortened(rule.name, LONGEST_CHIP)}\n{rule.match}"
    match = shortened(rule.match or ANY, LONGEST_CHIP)
    return f"{match}\n{shortened(f'↓ {_backends(rule)}', LONGEST_CHIP)}" if rule.backends else match


def _backends(rule: netsim.RoutingRule) -> str:
    if len(rule.backends) == 1:
        return rule.backends[0].name
    return " ".join(f"{backend.name} {backend.weight}" for backend in rule.backends)


CLASS = gettext_noop("class {name}")
CLASS_AND_HOSTS = gettext_noop("class {name} · {hosts}")
EVERY_HOST = gettext_noop("every host")
EVERY_CONNECTION = gettext_noop("every connection")


def _detail(found: netsim.RoutingObject) -> str:
    hosts = ", ".join(found.hosts)
    if found.class_name:
        return (CLASS_AND_HOSTS if hosts else CLASS).format(name=found.class_name, hosts=hosts)
    return hosts or (EVERY_CONNECTION if found.kind == "TCPRoute" else EVERY_HOST)


READ_BY = gettext_noop("{object} is read by {pods}; no packet passes through it.")
ATTACHES_TO = gettext_noop("{object} names {gateways}; no packet passes through it.")
READ_BY_NOBODY = gettext_noop("{object} is read by nobody.")
RULE_LEADS_TO = gettext_noop("{phrase} leads to {backends}.")
NOT_THERE = gettext_noop("the cluster has no {object}")
phrases.register(
    ANY, CLASS, CLASS_AND_HOSTS, EVERY_HOST, EVERY_CONNECTION, READ_BY, ATTACHES_TO, READ_BY_NOBODY, RULE_LEADS_TO,
    NOT_THERE,
)  # fmt: skip


def _told(found: netsim.RoutingObject) -> Iterator[str]:
    if found.parents:
        names = ", ".join(f"Gateway {parent}" for parent in found.parents)
        yield ATTACHES_TO.format(object=found.text, gateways=names)
    else:
        said = READ_BY if found.readers else READ_BY_NOBODY
        yield said.format(object=found.text, pods=", ".join(found.readers))
    for rule in found.rules:
        if rule.backends:
            names = ", ".join(f"Service {each.service}" if each.service else each.name for each in rule.backends)
            yield RULE_LEADS_TO.format(phrase=rule.text, backends=names)
