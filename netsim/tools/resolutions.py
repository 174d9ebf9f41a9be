"""A name that was looked up, as text for a terminal and as JSON values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netsim.kubernetes.dns.message import Record
from netsim.resolver import Query, Resolution
from netsim.serialize import exchange_document

Document = dict[str, Any]


def resolution_document(resolution: Resolution) -> Document:
    """The resolution as ``python -m netsim dns --json`` prints it."""
    return {
        "name": resolution.name,
        "types": [str(wanted) for wanted in resolution.types],
        "nameservers": [str(address) for address in resolution.conf.nameservers],
        "search": list(resolution.conf.searches),
        "ndots": resolution.conf.ndots,
        "queries": [_query(query) for query in resolution.queries],
        "answers": [_record(record) for record in resolution.answers],
        "rcode": resolution.rcode,
        "seconds_waited": resolution.seconds,
        "notice": resolution.notice or None,
    }


def _query(query: Query) -> Document:
    """One query; what is sent again has the trace of its first attempt, so it is not repeated."""
    return {
        "name": query.question.name,
        "type": str(query.question.type),
        "server": str(query.server),
        "protocol": str(query.protocol),
        "attempt": query.attempt,
        "outcome": query.outcome,
        "answers": [_record(record) for record in query.response.answers] if query.response else [],
        "upstream": [_query(asked) for asked in query.upstream],
        "exchange": exchange_document(query.exchange) if query.exchange is not None and query.attempt == 1 else None,
    }


def _record(record: Record) -> Document:
    return {"name": record.name, "type": str(record.type), "ttl": record.ttl, "data": record.data}


def resolution_text(resolution: Resolution) -> str:
    """The queries in order, what was answered, and what they cost."""
    conf = resolution.conf
    lines = [f"search {' '.join(conf.searches) or '(none)'}, ndots {conf.ndots}"]
    lines += [line for query in resolution.queries for line in _query_lines(query, "  ")]
    lines += [f"{record.name} {record.ttl} {record.type} {record.data}" for record in resolution.answers]
    queries = len(resolution.queries)
    lines.append(f"{resolution.rcode} after {queries} {'query' if queries == 1 else 'queries'}")
    if resolution.seconds:
        lines[-1] += f" and {resolution.seconds} seconds of waiting ({conf.timeout} s × {conf.attempts} attempts)"
    if resolution.notice:
        lines.append(f"note: {resolution.notice}")
    return "\n".join(lines) + "\n"


def _query_lines(query: Query, indent: str) -> Iterator[str]:
    again = f" (attempt {query.attempt})" if query.attempt > 1 else ""
    asked = f"{query.question.name} {query.question.type} @{query.server} {query.protocol}{again}"
    yield f"{indent}{asked}: {query.outcome}"
    if query.response is None and query.exchange is not None and query.attempt == 1:
        yield f"{indent}    {query.exchange.reason}"
    for further in query.upstream:
        yield from _query_lines(further, indent + "    asks ")
