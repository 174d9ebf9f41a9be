"""What the playground's form offers, with what is chosen: who sends, who is asked, what can be switched.

form_of(content, state, offered, policies) → Form      `offered` is a result of stage.play, None while there is none;
                                                      `policies` are the scene's own, by name
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lessons import phrases
from lessons.playground.data_planes import DATA_PLANES, PROXIES
from lessons.playground.schema import PlaygroundContent, ToggleContent
from lessons.playground.state import OTHER, Setup, State

Text = str | Promise
PROTOCOLS = ("tcp", "udp", "sctp", "icmp")
GROUPS: dict[str, Text] = {
    "services": _("Services"),
    "pods": _("Pods"),
    "node ports": _("Node ports"),
    "load balancers": _("Load balancers and external addresses"),
    "machines": _("Machines"),
    "own": _("Yours"),
    "typed": _("Typed"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """`elements` are the parts of the picture that stand for it, with spaces between; `port` the one to offer."""

    value: str
    label: Text
    selected: bool
    port: int | None = None
    elements: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    label: Text
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Switch:
    """A toggle of the lesson; `other` is the one of the compared side."""

    toggle: ToggleContent
    on: bool
    other: bool


@dataclass(frozen=True, slots=True)
class Removal:
    """A policy of the scene, and whether it is left out; `other` on the compared side."""

    policy: str
    on: bool
    other: bool


@dataclass(frozen=True, slots=True)
class Form:
    """`hidden` are the parts of the state that the form does not show but has to send again."""

    sources: tuple[Group, ...]
    destinations: tuple[Group, ...]
    protocols: tuple[Choice, ...]
    data_planes: tuple[Choice, ...]
    proxies: tuple[Choice, ...]
    switches: tuple[Switch, ...]
    removals: tuple[Removal, ...]
    other_data_planes: tuple[Choice, ...]
    other_proxies: tuple[Choice, ...]
    hidden: tuple[tuple[str, str], ...]


def form_of(
    content: PlaygroundContent, state: State, offered: Mapping[str, Any] | None, policies: Iterable[str] = ()
) -> Form:
    flow, setup = state.flow, state.setup
    other = state.other.setup if state.other is not None else setup
    return Form(
        sources=tuple(_groups(offered["sources"] if offered else (), flow.source, flow.source)),
        destinations=tuple(
            _groups(offered["destinations"] if offered else (), flow.destination, f"{flow.destination}:{flow.port}")
        ),
        protocols=tuple(Choice(name, name.upper(), name == flow.protocol) for name in PROTOCOLS),
        data_planes=_choices(content.data_planes, DATA_PLANES, setup.data_plane),
        proxies=_choices(content.proxies, PROXIES, setup.proxy),
        switches=tuple(Switch(t, t.slug in setup.toggles, t.slug in other.toggles) for t in content.toggles),
        removals=tuple(Removal(name, name in setup.removed, name in other.removed) for name in policies),
        other_data_planes=_choices(content.data_planes, DATA_PLANES, other.data_plane),
        other_proxies=_choices(content.proxies, PROXIES, other.proxy),
        hidden=tuple(_hidden(state)),
    )


OWN_MACHINE = {
    "name": "own",
    "options": ({"value": "operator", "label": _("Your own machine, with kubectl"), "port": None, "elements": ()},),
}
"""Where kubectl is typed; no packet starts there."""


def machines_of(offered: Mapping[str, Any] | None, chosen: str) -> tuple[Group, ...]:
    """Where a line can be typed. `offered` is a result of lessons.playground.stage.play, None while there is none."""
    return tuple(_groups((*(offered["sources"] if offered else ()), OWN_MACHINE), chosen, chosen))


def _groups(offered: Iterable[Mapping[str, Any]], chosen: str, with_port: str) -> Iterator[Group]:
    """The groups of a stage; what was typed has one of its own, so that it stays chosen.

    Where choices are an address with its port, `with_port` is what the chosen one is called.
    """
    known = False
    for group in offered:
        choices = tuple(
            Choice(
                each["value"], phrases.shown(str(each["label"])), each["value"] in (chosen, with_port), each["port"],
                " ".join(each["elements"]),
            )
            for each in group["options"]
        )  # fmt: skip
        known = known or any(choice.selected for choice in choices)
        yield Group(GROUPS[group["name"]], choices)
    if not known:
        yield Group(GROUPS["typed"], (Choice(chosen, chosen, True),))


def _choices(names: Iterable[str], known: Mapping[str, Any], chosen: str) -> tuple[Choice, ...]:
    return tuple(Choice(name, getattr(known[name], "label", known[name]), name == chosen) for name in names)


def _hidden(state: State) -> Iterator[tuple[str, str]]:
    """Everything that the form of the packet and of the cluster has no field for."""
    yield from Setup(policies=state.setup.policies).pairs()
    if state.flow.seed:
        yield "seed", str(state.flow.seed)
    yield from ((key, value) for key, value in state.pairs() if key.startswith((OTHER, "m-")))
