"""Many branches of one request, told by class, as ``netsim.branching`` does it for single connections."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from netsim.branching import SERVERS_LISTED, TOLD_ONE_BY_ONE, shape
from netsim.requests.result import HttpExchange, request_document
from netsim.serialize import Document


@dataclass(frozen=True, slots=True)
class RequestClass:
    """Requests that took the same way to the same end. ``result`` is the first of them, with the chance of all."""

    result: HttpExchange
    count: int = 1
    applications: tuple[str, ...] = ()

    def document(self) -> Document:
        """The result's JSON; a class of several adds ``count`` and its first ``applications``."""
        document = request_document(self.result)
        return document if self.count == 1 else {**document, "count": self.count, "applications": [*self.applications]}


def summarized_requests(branches: Iterable[HttpExchange]) -> tuple[RequestClass, ...]:
    """The classes of some branches, most probable first; no branch is lost and the probabilities still add up."""
    every = list(branches)
    if len(every) <= TOLD_ONE_BY_ONE:
        return tuple(RequestClass(result) for result in every)
    members: dict[object, list[HttpExchange]] = {}
    for result in every:
        members.setdefault(_shape(result), []).append(result)
    classes = (_class_of(alike) for alike in members.values())
    return tuple(sorted(classes, key=lambda each: -each.result.probability))


def _class_of(alike: list[HttpExchange]) -> RequestClass:
    first = replace(alike[0], probability=sum(each.probability for each in alike))
    names = tuple(each.application for each in alike if each.application)
    return RequestClass(first, len(alike), names[:SERVERS_LISTED])


def _shape(result: HttpExchange) -> object:
    """Outcome and the shape of every connection; which of a node's Pods took it makes no difference."""
    return result.client_sees, result.status, tuple((leg.security, shape(leg.exchange)) for leg in result.legs)
