"""Rules in chains, and chains and sets in tables, printed as ``nft list`` prints them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from netsim.linux.netfilter import Hook, Priority
from netsim.linux.nftables.sets import NamedSet, VerdictMap
from netsim.linux.nftables.statements import Statement
from netsim.linux.nftables.verdicts import Accept, Drop


class Family(StrEnum):
    IP = "ip"
    IP6 = "ip6"
    INET = "inet"

    @property
    def versions(self) -> tuple[int, ...]:
        """The IP versions whose packets a table of this family sees."""
        return {Family.IP: (4,), Family.IP6: (6,), Family.INET: (4, 6)}[self]


@dataclass(frozen=True, slots=True)
class Rule:
    """Statements that run in order until one breaks off or gives a verdict."""

    statements: tuple[Statement, ...]
    comment: str = ""

    @property
    def text(self) -> str:
        words = " ".join(statement.text for statement in self.statements)
        return f'{words} comment "{self.comment}"' if self.comment else words

    def line(self, chain: str) -> str:
        return f"{chain}: {self.text}"


class ChainType(StrEnum):
    FILTER = "filter"
    NAT = "nat"


@dataclass(frozen=True, slots=True)
class Attachment:
    """What makes a chain a base chain; ``policy`` is its verdict when no rule gave one."""

    type: ChainType
    hook: Hook
    priority: int
    policy: Accept | Drop = field(default_factory=Accept)

    @property
    def text(self) -> str:
        where = f"type {self.type} hook {self.hook.lower()} priority {priority_text(self.hook, self.priority)}"
        return f"{where}; policy {self.policy.text};"


@dataclass(slots=True)
class Chain:
    """A base chain where it is attached to a hook, else one that rules jump to."""

    name: str
    rules: list[Rule] = field(default_factory=list)
    attachment: Attachment | None = None
    comment: str = ""

    def append(self, *statements: Statement, comment: str = "") -> None:
        self.rules.append(Rule(statements, comment))

    def lines(self) -> Iterator[str]:
        """The lines of ``nft list`` between the braces."""
        if self.comment:
            yield f'comment "{self.comment}"'
        if self.attachment is not None:
            yield self.attachment.text
        for rule in self.rules:
            yield rule.text


@dataclass(slots=True)
class Table:
    """A named set of chains, sets and maps of one family."""

    family: Family
    name: str
    comment: str = ""
    sets: dict[str, NamedSet | VerdictMap] = field(default_factory=dict)
    chains: dict[str, Chain] = field(default_factory=dict)
    _base_chains: list[str] = field(default_factory=list, repr=False)

    @property
    def full_name(self) -> str:
        return f"{self.family} {self.name}"

    def add_set(self, named: NamedSet | VerdictMap) -> None:
        self.sets[named.name] = named

    def set(self, name: str) -> NamedSet:
        """The set of that name; KeyError where there is none, TypeError where it is a map."""
        named = self.sets[name]
        if not isinstance(named, NamedSet):
            raise TypeError(f"{name} is a map")
        return named

    def map(self, name: str) -> VerdictMap:
        """The map of that name; KeyError where there is none, TypeError where it is a set."""
        named = self.sets[name]
        if not isinstance(named, VerdictMap):
            raise TypeError(f"{name} is a set")
        return named

    def chain(self, name: str) -> Chain:
        """The chain of that name, made when it is not there yet."""
        return self.chains.setdefault(name, Chain(name))

    def add_base_chain(self, name: str, kind: ChainType, hook: Hook, priority: int) -> Chain:
        """``add chain … { type … hook … priority … ; policy accept ; }``"""
        self.chains[name] = Chain(name, attachment=Attachment(kind, hook, priority))
        self._base_chains.append(name)
        return self.chains[name]

    @property
    def base_chains(self) -> list[Chain]:
        """The base chains that are still there, oldest first."""
        return [self.chains[name] for name in self._base_chains if name in self.chains]

    def lines(self) -> Iterator[str]:
        """The table as ``nft list table`` prints it."""
        yield f"table {self.full_name} {{"
        if self.comment:
            yield f'\tcomment "{self.comment}"'
        blocks = [_block("map" if isinstance(s, VerdictMap) else "set", s.name, s.lines()) for s in self.sets.values()]
        blocks += [_block("chain", chain.name, chain.lines()) for chain in self.chains.values()]
        for number, block in enumerate(blocks):
            yield from ([""] if number else []) + block
        yield "}"


def _block(kind: str, name: str, lines: Iterator[str] | list[str]) -> list[str]:
    indented = [line if line.startswith("\t") else f"\t\t{line}" for line in lines]
    return [f"\t{kind} {name} {{", *indented, "\t}"]


_PRIORITY_NAMES: Mapping[str, tuple[int, tuple[Hook, ...]]] = {
    "raw": (Priority.RAW, tuple(Hook)),
    "mangle": (Priority.MANGLE, tuple(Hook)),
    "dstnat": (Priority.DSTNAT, (Hook.PREROUTING,)),
    "filter": (Priority.FILTER, tuple(Hook)),
    "security": (Priority.SECURITY, tuple(Hook)),
    "srcnat": (Priority.SRCNAT, (Hook.POSTROUTING,)),
}
_NEARBY = 10


def priority_text(hook: Hook, priority: int) -> str:
    """``dstnat``, ``filter + 5``, ``-300`` … (prio2str in src/rule.c)."""
    for name, (named, hooks) in _PRIORITY_NAMES.items():
        if hook in hooks and abs(priority - named) <= _NEARBY:
            offset = priority - named
            return f"{name} {'+' if offset > 0 else '-'} {abs(offset)}" if offset else name
    return str(priority)
