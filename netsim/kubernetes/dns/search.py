"""How the C library turns a typed name into questions: the search list, and when the walk stops.

glibc: ``__res_context_search`` in resolv/res_query.c. musl (``name_from_dns_search`` in src/network/lookup_name.c)
differs: a name with ndots dots or more is asked as it is only, and any answer that is neither a success nor NXDOMAIN
ends its walk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum

from netsim.kubernetes.dns.message import absolute
from netsim.kubernetes.dns.resolv_conf import ResolvConf

MAX_NAME = 253
"""Characters of a name, without the final dot (RFC 1035, 2.3.4)."""


class Heard(Enum):
    """What the resolver makes of all answers to one candidate."""

    SUCCESS = "a record"
    NOTHING = "NXDOMAIN, NODATA or SERVFAIL: try the next candidate"
    SILENCE = "no server answered: the search list is given up"
    CLOSED = "no server even listens (ECONNREFUSED): the walk ends"


def walk(name: str, conf: ResolvConf, ask: Callable[[str], Heard]) -> bool:
    """Ask for one candidate after the other until one succeeds; whether one did."""
    bare = absolute(name)
    if name.endswith("."):
        return ask(bare) is Heard.SUCCESS
    as_it_is_first = bare.count(".") >= conf.ndots
    if as_it_is_first and ask(bare) is Heard.SUCCESS:
        return True
    for suffix in conf.searches:
        if len(bare) + 1 + len(suffix) > MAX_NAME:
            continue
        heard = ask(f"{bare}.{suffix}")
        if heard in (Heard.SUCCESS, Heard.CLOSED):
            return heard is Heard.SUCCESS
        if heard is Heard.SILENCE:
            break
    return not as_it_is_first and ask(bare) is Heard.SUCCESS


def candidates(name: str, conf: ResolvConf) -> Iterator[str]:
    """Every name that would be asked for if none of them existed, in order."""
    asked: list[str] = []

    def refuse(candidate: str) -> Heard:
        asked.append(candidate)
        return Heard.NOTHING

    walk(name, conf, refuse)
    return iter(asked)
