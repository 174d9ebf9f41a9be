"""The same action in several clusters, side by side: one line for each fact, one column for each cluster.

facts(kind, exchange, rows)    [(name, value)] of one result; a command has none
table(kind, labels, results)   {"labels", "lines": [{"name", "same", "values": [{"text", "differs"}]}]}
outputs(labels, results)       [{"label", "text", "exit_code", "differs"}]: what a command printed, uncut
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import permutations
from typing import Any

from django.utils.translation import gettext as _

from lessons import phrases

Document = Mapping[str, Any]
Facts = list[tuple[str, str]]


def facts(kind: str, exchange: Document, rows: Sequence[Document]) -> Facts:
    """What is worth comparing of one result, in reading order."""
    return FACTS[kind](exchange, rows)


def table(kind: str, labels: Sequence[str], results: Sequence[tuple[Document, Sequence[Document]]]) -> dict[str, Any]:
    """A result is (exchange, rows). A value differs when it is not the first cluster's.

    Of a matrix there are only the pairs that differ.
    """
    columns = [dict(facts(kind, exchange, rows)) for exchange, rows in results]
    names = list(dict.fromkeys(name for column in columns for name in column))
    lines = []
    for name in names:
        values = [column.get(name, "–") for column in columns]
        cells = [{"text": value, "differs": value != values[0]} for value in values]
        lines.append({"name": name, "values": cells, "same": len(set(values)) == 1})
    if kind == "reach":
        lines = [line for number, line in enumerate(lines) if number == 0 or not line["same"]]
    return {"labels": list(labels), "lines": lines}


def outputs(labels: Sequence[str], results: Sequence[tuple[Document, Sequence[Document]]]) -> list[dict[str, Any]]:
    """What a command printed in each cluster, as wide as it is. It differs when it is not the first cluster's."""
    printed = [(exchange["output"].strip("\n"), exchange["exit_code"]) for exchange, _rows in results]
    return [
        {"label": label, "text": text, "exit_code": code, "differs": (text, code) != printed[0]}
        for label, (text, code) in zip(labels, printed, strict=True)
    ]


def _packet(exchange: Document, rows: Sequence[Document]) -> Facts:
    server, seen = exchange["server"], exchange["seen_by_server"]
    request = [row for row in rows if row["leg"] == "request"]
    return [
        (_("The client sees"), phrases.shown(exchange["client_sees"])),
        (_("Answered by"), _server(server)),
        (_("Source that the server sees"), seen["source_ip"] if seen else _("nothing arrived")),
        (_("TTL on arrival"), str(seen["ttl"]) if seen else "–"),
        (_("Outer header"), _outer(request)),
        (_("Largest segment that the client takes"), _segment(exchange)),
        (_("Longest packet on the way"), _("%(count)d bytes") % {"count": _longest(exchange)}),
        (_("Translations"), _translations(request)),
        (_("Steps on the way there"), str(len(request))),
        (_("Rules compared"), str(exchange["request"]["rules_evaluated"])),
    ]


def _server(server: Document | None) -> str:
    if server is None:
        return _("nobody")
    return "/".join(part for part in (server.get("namespace"), server["name"]) if part)


def _outer(rows: Sequence[Document]) -> str:
    """The outer IP header of the first wrapped packet."""
    wrapped = (layer for row in rows if row["wrapped"] for layer in row["layers"] if layer["kind"] == "encapsulation")
    for layer in wrapped:
        values = {field["name"]: field["value"] for field in layer["fields"]}
        if "TTL" in values:
            title = phrases.shown(layer["title"].removeprefix("Outer "))
            return f"{title}, {values['source']} → {values['destination']}"
    return _("none")


def _segment(exchange: Document) -> str:
    """The MSS in the first packet, which is what the MTU of the sender's device leaves for data."""
    size = exchange["request"]["hops"][0]["packet"].get("tcp", {}).get("mss")
    return _("%(count)d bytes") % {"count": size} if size else "–"


def _longest(exchange: Document) -> int:
    """In bytes, of the packets that open the connection and of those with data."""
    legs = [*(exchange[leg] for leg in ("request", "reply") if exchange[leg]), *(exchange.get("data") or ())]
    return max(hop["packet"]["ip"]["length"] for leg in legs for hop in leg["hops"])


def _translations(rows: Sequence[Document]) -> str:
    words = [event["word"] for row in rows for event in row["events"] if event["kind"] == "nat"]
    return ", ".join(_(word) for word in words) or _("none")


def _request(exchange: Document, rows: Sequence[Document]) -> Facts:
    seen = exchange["seen_by_application"]
    return [
        (_("Status"), str(exchange["status"] or _("no answer"))),
        (_("The client sees"), phrases.shown(exchange["client_sees"])),
        (_("Answered by"), exchange["application"] or _("nobody")),
        (_("Source that the application sees"), seen["source_ip"] if seen else _("nothing arrived")),
        (_("Connections on the way"), str(len(exchange["legs"]))),
        (_("Ports they arrive at"), _ports(exchange["legs"])),
        (_("Secured by"), _secured(exchange["legs"])),
    ]


def _secured(legs: Sequence[Document]) -> str:
    return ", ".join(_("nothing") if leg["security"] == "none" else leg["security"] for leg in legs) or "–"


def _ports(legs: Sequence[Document]) -> str:
    arrived = (leg["exchange"]["seen_by_server"] for leg in legs)
    return ", ".join(str(seen["destination_port"]) if seen else "–" for seen in arrived)


def _lookup(exchange: Document, rows: Sequence[Document]) -> Facts:
    answers = [answer["data"] for answer in exchange["answers"]]
    return [
        (_("Result"), exchange["rcode"]),
        (_("Answers"), ", ".join(answers) or _("none")),
        (_("Queries"), str(exchange["query_count"])),
        (_("Seconds of waiting"), str(exchange["seconds_waited"])),
    ]


def _reach(exchange: Document, rows: Sequence[Document]) -> Facts:
    words = {True: _("yes"), False: _("no"), None: _("undefined")}
    pairs = [
        (f"{source} → {destination}", words[exchange["to"][destination]["from"][source]])
        for source, destination in permutations(exchange["pods"], 2)
    ]
    return [(_("Pairs that may connect"), f"{exchange['allowed_pairs']}\u00a0/\u00a0{exchange['pairs']}"), *pairs]


def _cni(exchange: Document, rows: Sequence[Document]) -> Facts:
    return [
        (f"{number}. {run['command']}", run["error"]["msg"] if run["error"] else _("done"))
        for number, run in enumerate(exchange["runs"], start=1)
    ]


FACTS: Mapping[str, Callable[[Document, Sequence[Document]], Facts]] = {
    "probe": _packet,
    "request": _request,
    "lookup": _lookup,
    "reach": _reach,
    "cni": _cni,
}
