"""``-m owner``: which user's process sent the packet (net/netfilter/xt_owner.c)."""

from __future__ import annotations

from dataclasses import dataclass

from netsim.linux.netfilter.context import RuleContext


@dataclass(frozen=True, slots=True)
class UserIs:
    """``--uid-owner UID``; a packet that no process sent matches only the negated form."""

    uid: int
    negate: bool = False

    @property
    def text(self) -> str:
        return f"-m owner {'! ' if self.negate else ''}--uid-owner {self.uid}"

    def matches(self, context: RuleContext) -> bool:
        return (context.uid == self.uid) is not self.negate


@dataclass(frozen=True, slots=True)
class SocketExists:
    """``--socket-exists``: a process of this namespace sent the packet."""

    text = "-m owner --socket-exists"

    def matches(self, context: RuleContext) -> bool:
        return context.uid is not None


@dataclass(frozen=True, slots=True)
class GroupIs:
    """``--gid-owner GID``; processes here are in the group of their user's number."""

    gid: int
    negate: bool = False

    @property
    def text(self) -> str:
        return f"-m owner {'! ' if self.negate else ''}--gid-owner {self.gid}"

    def matches(self, context: RuleContext) -> bool:
        return (context.uid == self.gid) is not self.negate
