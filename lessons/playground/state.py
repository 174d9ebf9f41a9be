"""What a learner has chosen in a playground, as the page's address holds it: the whole state, so a link repeats it.

    read_state(query, content, policies)                from the address: a State, and what does not fit, as sentences
    state.query() → "from=pod%2Fops%2Fprobe&to=…"       back into an address, defaults left out

The other side of a comparison stands in the same address, its keys with OTHER before them.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from lessons.content.action_schema import ProbeSpec
from lessons.content.schema import ContentError, parse
from lessons.playground.data_planes import DATA_PLANES, PROXIES
from lessons.playground.schema import PlaygroundContent

OTHER = "b-"
LONGEST_POLICIES = 8_000
SEEDS = 2**32


Query = QueryDict


class EncodingError(ValueError):
    """A text in an address that is none of ours, or too long."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How the cluster differs from the scene. "" and None mean: as in the scene; `policies` take the place of all
    NetworkPolicies and ClusterNetworkPolicies, and may be empty; `removed` are those of the scene that are left out,
    as NAMESPACE/NAME, or NAME where they have no namespace."""

    data_plane: str = ""
    proxy: str = ""
    toggles: tuple[str, ...] = ()
    policies: str | None = None
    removed: tuple[str, ...] = ()

    def pairs(self) -> list[tuple[str, str]]:
        found = [("dp", self.data_plane), ("proxy", self.proxy), ("on", ",".join(self.toggles))]
        found.append(("off", ",".join(self.removed)))
        if self.policies is not None:
            found.append(("np", packed(self.policies)))
        return [(key, value) for key, value in found if value]


@dataclass(frozen=True, slots=True)
class Side:
    """One packet in one cluster."""

    flow: ProbeSpec
    setup: Setup = Setup()

    def pairs(self) -> list[tuple[str, str]]:
        flow = self.flow
        found = [("from", flow.source), ("to", flow.destination)]
        found += [("port", str(flow.port))] if flow.port is not None else []
        found += [("protocol", flow.protocol)] if flow.protocol != "tcp" else []
        found += [("seed", str(flow.seed))] if flow.seed else []
        return found + self.setup.pairs()


@dataclass(frozen=True, slots=True)
class Reach:
    """What the matrix asks: a port, by number or name, of one protocol. Empty: what the first Pod declares."""

    protocol: str = "tcp"
    port: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """`now` is what the form shows; `sent`: the packet is to be traced; `other` is what to compare it with; `why` are
    the two Pods whose cell of the matrix is explained."""

    now: Side
    sent: bool = False
    other: Side | None = None
    reach: Reach = Reach()
    why: tuple[str, str] | None = None

    @property
    def flow(self) -> ProbeSpec:
        return self.now.flow

    @property
    def setup(self) -> Setup:
        return self.now.setup

    def query(self) -> str:
        return urlencode(self.pairs())

    def pairs(self) -> list[tuple[str, str]]:
        """The state as keys and values of an address."""
        pairs = self.now.pairs() + ([("sent", "1")] if self.sent else [])
        if self.other is not None:
            pairs += [(f"{OTHER}{key}", value) for key, value in self.other.pairs()]
        pairs += [("m-port", self.reach.port)] if self.reach.port else []
        pairs += [("m-protocol", self.reach.protocol)] if self.reach.protocol != "tcp" else []
        return pairs + ([("why", " ".join(self.why))] if self.why else [])

    def with_flow(self, **values: object) -> State:
        return replace(self, now=replace(self.now, flow=self.flow.model_copy(update=values)), sent=True)

    def with_setup(self, **values: object) -> State:
        return replace(self, now=replace(self.now, setup=replace(self.setup, **values)))  # type: ignore[arg-type]

    def next_choice(self) -> State:
        """The same packet, and the next random choice."""
        return self.with_flow(seed=(self.flow.seed + 1) % SEEDS)

    def without(self, toggle: str) -> State:
        return self.with_setup(toggles=tuple(name for name in self.setup.toggles if name != toggle))

    def with_policy(self, name: str) -> State:
        """Without its removal."""
        return self.with_setup(removed=tuple(each for each in self.setup.removed if each != name))

    def compared_with(self, other: Side | None) -> State:
        return replace(self, other=other)


def read_state(
    query: Query, content: PlaygroundContent, policies: Collection[str]
) -> tuple[State, tuple[str, ...]]:  # fmt: skip
    """The state in an address, and what of it was left out because it does not fit, as sentences.

    `policies` are the scene's own, which can be left out, by name.
    """
    problems: list[str] = []
    now = _read_side(query, "", Side(content.start), content, policies, problems)
    other = None
    if any(f"{OTHER}{key}" in query for key in (*FLOW_KEYS, *SETUP_KEYS)):
        other = _read_side(query, OTHER, now, content, policies, problems)
    sent = bool(query.get("sent", "")) and not problems
    reach = Reach(query.get("m-protocol") or "tcp", (query.get("m-port") or "")[:63])
    why = (query.get("why") or "").split()
    return State(now, sent, other, reach, (why[0], why[1]) if len(why) == 2 else None), tuple(dict.fromkeys(problems))


FLOW_KEYS = ("from", "to", "port", "protocol", "seed")
SETUP_KEYS = ("dp", "proxy", "on", "off", "np")


def _read_side(
    query: Query,
    prefix: str,
    default: Side,
    content: PlaygroundContent,
    policies: Collection[str],
    problems: list[str],
) -> Side:
    flow = _read_flow(query, prefix, default.flow, problems)
    toggles = _listed(query, f"{prefix}on")
    setup = Setup(
        data_plane=_known(query.get(f"{prefix}dp") or "", content.data_planes, DATA_PLANES, problems),
        proxy=_known(query.get(f"{prefix}proxy") or "", content.proxies, PROXIES, problems),
        toggles=tuple(each.slug for each in content.toggles if each.slug in toggles),
        policies=_read_policies(query, f"{prefix}np", problems),
        removed=tuple(name for name in _listed(query, f"{prefix}off") if _known(name, policies, (), problems)),
    )
    for word in toggles:
        if word not in setup.toggles:
            problems.append(_("This playground has no switch “%(name)s”.") % {"name": word[:100]})
    return Side(flow, setup)


def _listed(query: Query, key: str) -> tuple[str, ...]:
    """Names between commas or in fields of their own, each once."""
    return tuple(dict.fromkeys(word for text in query.getlist(key) for word in text.split(",") if word))


def _read_flow(query: Query, prefix: str, default: ProbeSpec, problems: list[str]) -> ProbeSpec:
    if f"{prefix}from" not in query and f"{prefix}to" not in query:
        return default
    given = {key: (query.get(f"{prefix}{key}") or "").strip() for key in FLOW_KEYS}
    typed = {key: (query.get(f"{prefix}{key}-typed") or "").strip() for key in ("from", "to")}
    values = {key: typed.get(key) or value for key, value in given.items() if typed.get(key) or value}
    if values.get("protocol") == "icmp":
        values.pop("port", None)
    try:
        return parse(ProbeSpec, default.model_dump(by_alias=True, include={"source", "destination"}) | values)
    except ContentError as error:
        problems.extend(error.problems)
        return default


def _known(name: str, offered: Collection[str], known: Collection[str], problems: list[str]) -> str:
    if not name or name in offered:
        return name
    where = _("This playground does not offer “%(name)s”.") if name in known else _("“%(name)s” does not exist here.")
    problems.append(where % {"name": name[:100]})
    return ""


def _read_policies(query: Query, key: str, problems: list[str]) -> str | None:
    text = query.get(key)
    if text is None:
        return None
    try:
        return unpacked(text)
    except EncodingError:
        problems.append(_("The policies in this address are damaged; those of the scene are used."))
        return None


def packed(text: str) -> str:
    """A text as letters that an address may hold; "0" for an empty one."""
    if not text:
        return "0"
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def unpacked(letters: str) -> str:
    """The text again. Raises EncodingError for anything else, and for what would grow beyond LONGEST_POLICIES."""
    if letters == "0":
        return ""
    inflate = zlib.decompressobj()
    try:
        data = base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4))
        text = inflate.decompress(data, 4 * LONGEST_POLICIES).decode()
    except (binascii.Error, zlib.error, ValueError) as error:
        raise EncodingError(str(error)) from error
    if not inflate.eof or len(text) > LONGEST_POLICIES:
        raise EncodingError("too long or cut off")
    return text
