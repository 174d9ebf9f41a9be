"""Reachability as text for people, as CSV, and as a document of JSON values."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from netsim.kubernetes.objects import Pod, Protocol
from netsim.policy.evaluation import Truth
from netsim.policy.reachability import Reachability

WIDEST_MATRIX = 40
"""Pods of the largest cluster whose matrix is printed."""
MEMBERS_SHOWN = 4
CORNER = "from/to"
MARKS: dict[Truth, str] = {True: ".", False: "X", None: "?"}
CSV_WORDS: dict[Truth, str] = {True: "true", False: "false", None: ""}


def reach_document(reach: Reachability, protocol: Protocol | None, port: int | str) -> dict[str, Any]:
    """What ``python -m netsim reach --json`` prints."""
    return {
        "pods": [_key(pod) for pod in reach.pods],
        "allowed": list(reach.allowed(protocol, port)),
        "protocol": protocol.lower() if protocol else "icmp",
        "port": port if protocol else None,
        "notices": list(reach.notices),
        "classes": [[_key(reach.pods[member]) for member in each.members] for each in reach.classes],
    }


def reach_csv(reach: Reachability, protocol: Protocol | None, port: int | str) -> str:
    """A line for each source, a column for each destination; an empty cell is undefined."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    keys = [_key(pod) for pod in reach.pods]
    writer.writerow([CORNER, *keys])
    for key, row in zip(keys, reach.allowed(protocol, port), strict=True):
        writer.writerow([key, *(CSV_WORDS[answer] for answer in row)])
    return text.getvalue()


def reach_text(reach: Reachability, protocol: Protocol | None, port: int | str) -> str:
    """Who reaches whom, first by class, then as a matrix where that fits on a page."""
    what = "ICMP" if protocol is None else f"{protocol} {port}"
    lines = [f"{what}: {len(reach.pods)} Pods in {len(reach.classes)} classes that no policy tells apart"]
    lines += [f"note: {notice}" for notice in reach.notices]
    lines += ["", *_class_lines(reach, protocol, port)]
    if len(reach.pods) <= WIDEST_MATRIX:
        lines += ["", *_matrix_lines(reach, protocol, port)]
    return "\n".join(lines) + "\n"


def _class_lines(reach: Reachability, protocol: Protocol | None, port: int | str) -> Iterator[str]:
    """The classes with their members, and for each one those that its Pods reach, are kept from, or may reach."""
    letters = [f"c{number}" for number in range(1, len(reach.classes) + 1)]
    for letter, each in zip(letters, reach.classes, strict=True):
        shown = ", ".join(_key(reach.pods[member]) for member in each.members[:MEMBERS_SHOWN])
        rest = len(each.members) - MEMBERS_SHOWN
        yield f"{letter:4} {shown}{f' and {rest} more' if rest > 0 else ''}"
    if isinstance(port, str):
        return
    yield ""
    matrix = reach.matrix(protocol, port)
    for source, letter in enumerate(letters):
        found: defaultdict[Truth, list[str]] = defaultdict(list)
        for destination, other in enumerate(letters):
            found[matrix.verdict(source, destination)].append(other)
        parts = [f"{words} {_all_or(found[truth], letters)}" for truth, words in _WORDS if found[truth]]
        yield f"{letter:4} {'; '.join(parts)}"


_WORDS: tuple[tuple[Truth, str], ...] = ((True, "reaches"), (False, "does not reach"), (None, "is undefined towards"))


def _all_or(some: list[str], letters: list[str]) -> str:
    return "every class" if len(some) == len(letters) else " ".join(some)


def _matrix_lines(reach: Reachability, protocol: Protocol | None, port: int | str) -> Iterator[str]:
    keys = [_key(pod) for pod in reach.pods]
    width = max(len(key) for key in (CORNER, *keys))
    yield f"{CORNER:{width}} " + " ".join(f"{number:>2}" for number in range(1, len(keys) + 1))
    for number, (key, row) in enumerate(zip(keys, reach.allowed(protocol, port), strict=True), 1):
        yield f"{key:{width}} " + " ".join(f"{MARKS[answer]:>2}" for answer in row) + f"  {number}"
    yield "columns are numbered as the rows are; . allowed, X denied, ? undefined"


def _key(pod: Pod) -> str:
    return f"{pod.namespace}/{pod.name}"
