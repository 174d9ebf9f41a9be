"""iptables rules in Felix's hand: every rule has a comment with a hash of its chain's name and of all rules up to it.

By that hash Felix recognizes its own rules and sees what somebody changed. Source: projectcalico/calico
felix/generictables/rules.go (RuleHashes), felix/iptables/match_builder.go and actions.go (the words that are hashed).
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha224

from netsim.linux.netfilter import (
    Comment,
    Destination,
    Goto,
    InInterface,
    Match,
    OutInterface,
    ProtocolIs,
    Rule,
    Source,
    Table,
    Target,
)

HASH_LENGTH = 16
BEFORE_COMMENT = (Source, Destination, InInterface, OutInterface, ProtocolIs)
"""What ``iptables-save`` prints ahead of all modules, the comment included."""
LONG_WORDS = (
    ("-m tcp --dport", "--dport"),
    ("-m udp --dport", "--dport"),
    ("-m sctp --dport", "--dport"),
    ("-s ", "--source "),
    ("-d ", "--destination "),
    ("-i ", "--in-interface "),
    ("-o ", "--out-interface "),
    ("-j ", "--jump "),
    ("--set-xmark", "--set-mark"),
    (" 0x0/", " 0/"),
    ("--validmark --invert", "--invert --validmark"),
)
"""What ``iptables-save`` prints, and what Felix hands to ``iptables-restore``."""


class FelixChain:
    """A chain that gets hashed rules, at its end or, for iptables' own chains, ahead of everybody else's."""

    def __init__(self, table: Table, name: str) -> None:
        self._chain = table.chain(name)
        self._hash = sha224(name.encode()).digest()
        self._on_top = 0

    def append(self, target: Target, *matches: Match, note: str = "") -> None:
        """Add a rule; comments among ``matches`` stand behind Felix's own. ``note`` is that of `Rule`."""
        self._chain.append(target, *self._hashed(target, matches), note=note)

    def insert(self, target: Target, *matches: Match) -> None:
        """Add a rule behind those that this object inserted before, and ahead of all others
        (``chainInsertMode: insert``)."""
        self._chain.rules.insert(self._on_top, Rule(self._hashed(target, matches), target))
        self._on_top += 1

    def _hashed(self, target: Target, matches: tuple[Match, ...]) -> tuple[Match, ...]:
        comments = [match for match in matches if isinstance(match, Comment)]
        conditions = [match for match in matches if not isinstance(match, Comment)]
        words = " ".join(match.text for match in (*comments, *conditions))
        hashed = (
            f"-A {self._chain.name} HASH {words}".rstrip()
            + f" {'--goto' if isinstance(target, Goto) else '-j'} {target.text}"
        )
        self._hash = sha224(self._hash + _long(hashed).encode()).digest()
        name = Comment(f"cali:{urlsafe_b64encode(self._hash).decode()[:HASH_LENGTH]}")
        first = [match for match in conditions if isinstance(match, BEFORE_COMMENT)]
        rest = [match for match in conditions if not isinstance(match, BEFORE_COMMENT)]
        return (*first, name, *comments, *rest)


def _long(text: str) -> str:
    for short, long in LONG_WORDS:
        text = text.replace(short, long)
    return text
