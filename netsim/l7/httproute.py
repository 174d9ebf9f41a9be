"""Which HTTPRoute rule takes a request: matching and precedence.

Source: HTTPRouteSpec.Hostnames and HTTPRouteRule.Matches in apis/v1/httproute_types.go of Gateway API. Regular
expressions, whose place the API leaves open, come after exact paths and before prefixes, longer ones first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from netsim.errors import NetsimError
from netsim.kubernetes.gateway import (
    HttpRoute,
    HttpRouteMatch,
    HttpRouteRule,
    PathMatchType,
    ValueMatch,
    ValueMatchType,
)
from netsim.l7.decision import Tried
from netsim.l7.gateway import Attachment
from netsim.l7.hostnames import gateway_host_matches, specificity
from netsim.l7.http import HttpRequest

LONGEST_TEXT = 256
PATH_RANK = {PathMatchType.EXACT: 0, PathMatchType.REGULAR_EXPRESSION: 1, PathMatchType.PATH_PREFIX: 2}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One match of one rule of a route, with the hostname by which the request came to the route."""

    route: HttpRoute
    rule: HttpRouteRule
    rule_number: int
    match: HttpRouteMatch
    hostname: str

    @property
    def text(self) -> str:
        return f"HTTPRoute {self.route.namespace}/{self.route.name} rule {self.rule_number}, {self.match.text}"

    @property
    def ladder(self) -> tuple[tuple[str, object], ...]:
        """What decides between two candidates, step by step; the smaller value wins."""
        exact_host, host = specificity(self.hostname)
        return (
            ("a more specific hostname", (-exact_host, -host)),
            ("the kind of path match", PATH_RANK[self.match.path_type]),
            ("a longer path", -len(_without_last_slash(self.match.path))),
            ("a method", not self.match.method),
            ("more headers", -len(self.match.headers)),
            ("more query parameters", -len(self.match.query)),
            ("the older route", self.route.created or "9999"),
            ("the route's name", self.route.key),
            ("the order of rules", self.rule_number),
        )


def _without_last_slash(path: str) -> str:
    return path.rstrip("/")


def choose_rule(
    attached: list[Attachment], request: HttpRequest
) -> tuple[Candidate | None, tuple[Tried, ...]]:  # fmt: skip
    """The match that takes the request, and what was said of every match of every attached route."""
    tried: list[Tried] = []
    fitting: list[Candidate] = []
    for attachment in attached:
        assert isinstance(attachment.route, HttpRoute)
        hostname = best_hostname(attachment.hostnames, request.host)
        for candidate in _candidates(attachment.route, hostname or ""):
            why = "no hostname of it takes " + (request.host or "(none)") if hostname is None else None
            why = why or mismatch(candidate.match, request)
            if why is None:
                fitting.append(candidate)
            else:
                tried.append(Tried(candidate.text, False, why))
    chosen = min(fitting, key=lambda each: [value for _, value in each.ladder], default=None)
    for candidate in fitting:
        tried.append(Tried(candidate.text, candidate is chosen, _preference(candidate, chosen)))
    return chosen, tuple(tried)


def _candidates(route: HttpRoute, hostname: str) -> list[Candidate]:
    return [
        Candidate(route, rule, number, match, hostname)
        for number, rule in enumerate(route.rules, start=1)
        for match in rule.matches
    ]


def best_hostname(hostnames: tuple[str, ...], host: str) -> str | None:
    """The most specific of the hostnames that takes the request's."""
    return max((each for each in hostnames if gateway_host_matches(each, host)), key=specificity, default=None)


def _preference(candidate: Candidate, chosen: Candidate | None) -> str:
    if candidate is chosen or chosen is None:
        return "matches; no other match is preferred"
    pairs = zip(candidate.ladder, chosen.ladder, strict=True)
    what = next((name for (name, mine), (_, better) in pairs if mine != better), "the order of matches")
    return f"matches, but {chosen.text} wins by {what}"


def mismatch(match: HttpRouteMatch, request: HttpRequest) -> str | None:
    """Why a match does not take a request; None if it does."""
    if not _path_matches(match, request.path):
        return f"the path {request.path} does not match"
    if match.method and match.method != request.method:
        return f"the method is {request.method}"
    for wanted in match.headers:
        value = request.host if wanted.name.lower() == "host" else request.header(wanted.name)
        if not _value_matches(wanted, value):
            return f"the header {wanted.name} is {value or 'missing'}"
    parameters = dict(reversed(request.parameters))
    for wanted in match.query:
        if not _value_matches(wanted, parameters.get(wanted.name)):
            return f"the query parameter {wanted.name} is {parameters.get(wanted.name) or 'missing'}"
    return None


def _path_matches(match: HttpRouteMatch, path: str) -> bool:
    match match.path_type:
        case PathMatchType.EXACT:
            return path == match.path
        case PathMatchType.REGULAR_EXPRESSION:
            return _fits(match.path, path)
        case PathMatchType.PATH_PREFIX:
            prefix = _without_last_slash(match.path)
            return path == prefix or path.startswith(f"{prefix}/") or not prefix


def _value_matches(wanted: ValueMatch, value: str | None) -> bool:
    if value is None:
        return False
    if wanted.type is ValueMatchType.EXACT:
        return value == wanted.value
    return _fits(wanted.value, value)


def _fits(expression: str, text: str) -> bool:
    """RE2's full match, as Envoy asks it; a text beyond the bound that keeps this quick is an error."""
    if len(text) > LONGEST_TEXT:
        raise NetsimError(f"{len(text)} characters are too many to compare with the expression {expression!r}")
    return re.fullmatch(expression, text) is not None
