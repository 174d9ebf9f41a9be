"""What a lesson may do with its cluster: send a packet, a request, a query; ask, type, run. One of them at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from django.utils.translation import gettext
from pydantic import Field, model_validator

import netsim
from lessons.content.schema import Content, ObjectName, parse

MACHINE = re.compile(r"(pod/[^/:]+/[^/:]+|node/[^/:]+|external)(?=$|[/:])")
Machine = Annotated[str, Field(min_length=1, max_length=320)]
Line = Annotated[str, Field(min_length=1, max_length=1000)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
ProtocolName = Literal["tcp", "udp", "sctp", "icmp"]


class ProbeSpec(Content):
    """The packet to send; the same fields as netsim.Probe. `size` is the payload in bytes."""

    source: Machine = Field(alias="from")
    destination: Machine = Field(alias="to")
    port: int | None = Field(default=None, ge=1, le=65535)
    protocol: ProtocolName = "tcp"
    seed: Seed = 0
    ttl: int = Field(default=64, ge=1, le=255)
    size: int = Field(default=0, ge=0, le=65_000)
    dont_fragment: bool = False

    def probe(self) -> netsim.Probe:
        return netsim.Probe(**self.model_dump())


class RequestSpec(Content):
    """The HTTP request to send; the same fields as netsim.HttpProbe."""

    source: Machine = Field(alias="from")
    url: str = Field(min_length=1, max_length=2048)
    method: str = Field(default="GET", pattern=r"^[A-Za-z]{1,32}$")
    headers: dict[Annotated[str, Field(max_length=100)], Annotated[str, Field(max_length=1000)]] = {}
    connect_to: str = Field(default="", max_length=320)
    server_name: str = Field(default="", max_length=320)
    seed: Seed = 0
    insecure: bool = False

    @property
    def destination(self) -> str:
        """Whom it connects to; "" for a URL that the engine refuses, which says why when it is asked."""
        try:
            return self.connect_to or self.probe().parsed_url.host
        except netsim.NetsimError:
            return ""

    def probe(self) -> netsim.HttpProbe:
        return netsim.HttpProbe(**self.model_dump(exclude={"headers"}), headers=tuple(self.headers.items()))


class LookupSpec(Content):
    """A name to look up on a machine, with its own resolv.conf."""

    source: Machine = Field(alias="from")
    name: str = Field(min_length=1, max_length=255)
    types: Annotated[tuple[Literal["A", "AAAA", "CNAME", "PTR", "SRV"], ...], Field(min_length=1)] = ("A", "AAAA")


class ReachSpec(Content):
    """Who may connect to whom. `port` is a number or a port's name, absent for ICMP; `pods` absent means all."""

    protocol: ProtocolName = "tcp"
    port: int | str | None = None
    pods: tuple[ObjectName, ...] | None = None


class CommandSpec(Content):
    """A line typed on a machine; the lines of `before` are typed first and share what the kernels remember."""

    at: Machine
    line: Line
    before: Annotated[tuple[Line, ...], Field(max_length=20)] = ()


class CniSpec(Content):
    """A container runtime runs a network configuration list. `files` are on the machine before."""

    conflist: str = Field(min_length=1, max_length=20_000)
    commands: Annotated[tuple[Literal["ADD", "CHECK", "DEL", "GC", "STATUS", "VERSION"], ...], Field(min_length=1)]
    container: str = Field(default="c1", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")
    arguments: str = Field(default="", max_length=1000)
    files: dict[str, str] = {}


class FaultSpec(Content):
    """A named fault of netsim.faults; written as its name alone where it has no options."""

    name: str = Field(min_length=1, max_length=100)
    options: dict[str, str | int | bool] = {}

    @model_validator(mode="before")
    @classmethod
    def a_name_is_enough(cls, data: object) -> object:
        return {"name": data} if isinstance(data, str) else data

    def document(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_defaults=True)


class Changed(Content):
    """What is different from the lesson's scene: manifests that replace or add objects, and named faults."""

    changes: str = Field(default="", max_length=200_000)
    faults: Annotated[tuple[FaultSpec, ...], Field(max_length=20)] = ()


class Variant(Changed):
    """The same action in another cluster, or another one, to be seen beside the first.

    `changes` and `faults` come on top of the experiment's own. Written out empty they take these away. `instead` holds
    keys of the action that have other values, such as the `to` of a second packet.
    """

    label: str = Field(min_length=1, max_length=100)
    instead: dict[str, Any] = Field(default={}, max_length=10)

    def document(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_unset=True)


class Action(Content):
    """Exactly one of these. `kind` is its name and `spec` its content."""

    probe: ProbeSpec | None = None
    request: RequestSpec | None = None
    lookup: LookupSpec | None = None
    reach: ReachSpec | None = None
    command: CommandSpec | None = None
    cni: CniSpec | None = None

    @model_validator(mode="after")
    def exactly_one(self) -> Self:
        given = [name for name in ACTIONS if getattr(self, name) is not None]
        if len(given) != 1:
            names = ", ".join(ACTIONS)
            raise ValueError(
                gettext("give exactly one of {names}; given: {known}").format(
                    names=names, known=", ".join(given) or gettext("none")
                )
            )
        return self

    @property
    def kind(self) -> str:
        return next(name for name in ACTIONS if getattr(self, name) is not None)

    @property
    def spec(self) -> Any:
        return getattr(self, self.kind)

    @property
    def ends(self) -> tuple[str, ...]:
        """The Pods, nodes and outside where its packets start and end, as far as it says so: pod/NAMESPACE/NAME …

        What is sent to a node need not end there: it may be for a node port.
        """
        destination = getattr(self.spec, "destination", "")
        named = [getattr(self.spec, "source", ""), "" if destination.startswith("node/") else destination]
        found = [MACHINE.match(text) for text in (*named, getattr(self.spec, "at", ""))]
        return tuple(dict.fromkeys(match[0] for match in found if match))

    @property
    def roles(self) -> dict[str, str]:
        """Who is "from", "to" or "at" in it, as the author names them."""
        keys = {"from": "source", "to": "destination", "at": "at"}
        found = {word: getattr(self.spec, key, "") for word, key in keys.items()}
        return {word: text for word, text in found.items() if text}

    def action_document(self) -> dict[str, Any]:
        """As authors write it, defaults left out: {"probe": {"from": …, "to": …}}."""
        return {self.kind: self.spec.model_dump(mode="json", by_alias=True, exclude_defaults=True)}

    def beside(self, label: str, instead: Mapping[str, Any]) -> Action:
        """What is done in a variant. Raises ContentError for keys and values that the action cannot have."""
        document = {self.kind: self.action_document()[self.kind] | dict(instead)}
        return parse(Action, document, f"compare ({label}).instead")

    def action(self) -> Action:
        """Only the action, of something that has one among other keys."""
        return Action(**{self.kind: self.spec})


ACTIONS = tuple(Action.model_fields)
