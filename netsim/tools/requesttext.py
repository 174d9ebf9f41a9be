"""A request's way as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from netsim.l7.decision import Decision, Target
from netsim.requests.classes import RequestClass
from netsim.requests.result import HttpExchange, Leg

DESTINATIONS_LISTED = 10


def request_text(result: HttpExchange) -> str:
    """Every connection with what its server sees, every decision with its evidence, and what the client gets."""
    lines: list[str] = []
    for number, leg in enumerate(result.legs, start=1):
        lines += _leg_lines(number, leg)
    for decision in result.decisions:
        lines += _decision_lines(decision)
    if result.response is not None:
        lines.append(f"client gets: {result.response.text}")
        lines += [f"  {name}: {value}" for name, value in result.response.headers]
    else:
        lines.append(f"client sees: {result.client_sees}")
    lines.append(f"because: {result.reason}")
    if result.probability < 1:
        lines.append(f"probability of this branch: {result.probability:.4g}")
    return "\n".join(lines) + "\n"


def request_class_text(branches: RequestClass) -> str:
    """One request for all of its class, and for how many others it stands."""
    text = request_text(branches.result)
    if branches.count == 1:
        return text
    more = "" if branches.count == len(branches.applications) else " …"
    return f"{text}the same way for {branches.count} branches: {', '.join(branches.applications)}{more}\n"


def _leg_lines(number: int, leg: Leg) -> Iterator[str]:
    security = "" if leg.security == "none" else f" over {leg.security}"
    copy = " (a copy)" if leg.mirror else ""
    yield f"connection {number}: {leg.sender} → {leg.receiver}{security}{copy}: {leg.exchange.client_sees}"
    yield f"  carries: {leg.request.text}"
    yield from (f"    {name}: {value}" for name, value in leg.request.headers)
    packet = leg.exchange.seen_by_server
    if packet is not None and packet.ports is not None:
        yield f"  its server sees: {packet.source}:{packet.ports[0]} → {packet.destination}:{packet.ports[1]}"


def _decision_lines(decision: Decision) -> Iterator[str]:
    yield f"{decision.by}: {decision.reason}"
    yield from (f"  {note}" for note in decision.notes)
    yield from (f"  {tried.text}" for tried in decision.tried)
    yield from (f"  {_target_text(target)}" for target in decision.targets)


def _target_text(target: Target) -> str:
    share = f"{target.backend}, {_share(target.share)}"
    if target.destinations:
        shown = [f"{each.text} ({each.name})" if each.name else each.text for each in target.destinations]
        more = f" and {len(shown) - DESTINATIONS_LISTED} more" if len(shown) > DESTINATIONS_LISTED else ""
        return f"{share}: {', '.join(shown[:DESTINATIONS_LISTED])}{more}"
    answer = target.response.text if target.response is not None else "closed"
    return f"{share}: {answer}, {target.reason}"


def _share(share: float) -> str:
    return "every request" if share == 1 else f"{share:.4g} of the requests"
