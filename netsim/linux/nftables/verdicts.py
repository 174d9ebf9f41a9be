"""Verdicts, as the last word of a rule and as what elements of verdict maps stand for."""

from __future__ import annotations

from dataclasses import dataclass

from netsim.linux.netfilter import Accept as AcceptVerdict
from netsim.linux.netfilter import Drop as DropVerdict


@dataclass(frozen=True, slots=True)
class Accept:
    """The base chain lets the packet pass; those after it at the hook still see it."""

    text = "accept"

    def run(self, evaluation: object) -> AcceptVerdict:
        return AcceptVerdict()


@dataclass(frozen=True, slots=True)
class Drop:
    text = "drop"

    def run(self, evaluation: object) -> DropVerdict:
        return DropVerdict()


@dataclass(frozen=True, slots=True)
class Return:
    """Back to where the chain was jumped to from; in a base chain, its policy."""

    text = "return"

    def run(self, evaluation: object) -> Return:
        return self


@dataclass(frozen=True, slots=True)
class Jump:
    """Go through another chain and come back behind this rule."""

    chain: str

    @property
    def text(self) -> str:
        return f"jump {self.chain}"

    def run(self, evaluation: object) -> Jump:
        return self


@dataclass(frozen=True, slots=True)
class Goto:
    """Go on in another chain; its end is this chain's end."""

    chain: str

    @property
    def text(self) -> str:
        return f"goto {self.chain}"

    def run(self, evaluation: object) -> Goto:
        return self


VerdictWord = Accept | Drop | Return | Jump | Goto
