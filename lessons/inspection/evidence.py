"""Which lines of a machine's state the packets of an action used, as the engine's steps say.

    evidence_of(exchanges).counts("n1", "iptables", lines) → how often each line was used

Nothing about networking is worked out here: a step names the rule, route or entry, and the line that shows it is looked
up in the output of the program that prints it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Document = Mapping[str, Any]
Step = Mapping[str, Any]
Lines = Sequence[str]

LEGS = ("request", "reply")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The steps of all packets, by the network namespace in which they were taken."""

    steps: Mapping[str, list[Step]] = field(default_factory=dict)

    def counts(self, netns: str, section: str, lines: Lines) -> list[int]:
        """How often each line of a section (a key of inspector.COMMANDS, or programs) was used in `netns`."""
        marker = MARKERS.get(section)
        return marker(self.steps.get(netns, []), lines) if marker is not None else [0] * len(lines)


def evidence_of(exchanges: Sequence[Document]) -> Evidence:
    """`exchanges` are documents of netsim.exchange_document."""
    found: defaultdict[str, list[Step]] = defaultdict(list)
    for exchange in exchanges:
        traces = [exchange[leg] for leg in LEGS if exchange.get(leg)] + list(exchange.get("data") or ())
        for trace in traces:
            for hop in trace["hops"]:
                found[hop["netns"]].extend(hop["steps"])
    return Evidence(dict(found))


def _of_kind(steps: Sequence[Step], kind: str) -> Iterator[Step]:
    return (step for step in steps if step["kind"] == kind)


def _hits(steps: Sequence[Step]) -> Iterator[Step]:
    return (hit for step in _of_kind(steps, "rules") for hit in step["hits"])


def _iptables(steps: Sequence[Step], lines: Lines) -> list[int]:
    """Rules by table, chain and number; a table begins with a line `*name`, and its rules stand in order."""
    hit = Counter((hit["table"], str(hit["chain"]), hit["number"], hit["text"]) for hit in _hits(steps))
    table, numbers, counts = "", Counter[str](), []
    for line in lines:
        if line.startswith("*"):
            table, numbers = line[1:], Counter()
        chain = line.split(" ", 2)[1] if line.startswith("-A ") else ""
        numbers[chain] += 1
        counts.append(hit[table, chain, numbers[chain], line] if chain else 0)
    return counts


def _nftables(steps: Sequence[Step], lines: Lines) -> list[int]:
    """Rules by table, chain and number, and the elements of sets and maps that were found."""
    hits = list(_hits(steps))
    hit = Counter((hit["table"], str(hit["chain"]), hit["number"]) for hit in hits)
    elements = Counter(hit["element"] for hit in hits if hit["element"])
    table = chain = ""
    number, counts = 0, []
    for line in lines:
        words = line.split()
        if line.startswith("table "):
            table, chain = " ".join(words[1:-1]), ""
        elif line.startswith("\t") and not line.startswith("\t\t"):
            chain, number = (words[1], 0) if words[:1] == ["chain"] else ("", 0)
        elif chain and not line[2:3].isspace() and words and words[0] not in ("type", "comment", "policy"):
            number += 1
            counts.append(hit[table, chain, number])
            continue
        counts.append(0 if chain else sum(n for text, n in elements.items() if _has_element(line, text)))
    return counts


def _has_element(line: str, element: str) -> bool:
    text = line.replace("elements = {", "").replace("}", "").strip(" \t,")
    return element in (text, *(part.strip() for part in text.split(",")))


def _by_text(kind: str, text_of: Callable[[Step], str]) -> Callable[[Sequence[Step], Lines], list[int]]:
    """Lines that begin with what a step of this kind names."""

    def count(steps: Sequence[Step], lines: Lines) -> list[int]:
        used = Counter(text for step in _of_kind(steps, kind) if (text := text_of(step)))
        return [sum(n for text, n in used.items() if _begins(line, text)) for line in lines]

    return count


def _begins(line: str, text: str) -> bool:
    return line.rstrip() == text or line.startswith(f"{text} ")


def _route_text(step: Step) -> str:
    return str(step["route"]["text"]) if step.get("route") else ""


def _neighbour_text(step: Step) -> str:
    return f"{step['address']} dev {step['device']}"


def _fdb(steps: Sequence[Step], lines: Lines) -> list[int]:
    """A tunnel's entry by device and remote address, where it knows one; a bridge's by MAC address and port."""
    tunnels = Counter((step["device"], step["remote"]) for step in _of_kind(steps, "encapsulate"))
    bridged = Counter((step["mac"], step["port"]) for step in _of_kind(steps, "bridge") if step["port"])
    counts = []
    for line in lines:
        words = line.split()
        named = dict(zip(words[1::2], words[2::2], strict=False))
        device, remote = named.get("dev", ""), named.get("dst", "")
        counts.append(tunnels[device, remote] if remote else bridged[words[0] if words else "", device])
    return counts


def _ipvs(steps: Sequence[Step], lines: Lines) -> list[int]:
    """The virtual server, and the real server under it that the packet was given to."""
    used = Counter((step["virtual"], step["server"]) for step in _of_kind(steps, "ipvs"))
    counts, virtual = [], ""
    for line in lines:
        words = line.split()
        if line.startswith("  -> ") and len(words) > 1:
            counts.append(used[virtual, words[1]])
            continue
        virtual = " ".join((words[0].lower(), words[1])) if len(words) > 1 else ""
        counts.append(sum(n for (name, _), n in used.items() if name == virtual))
    return counts


def _connections(steps: Sequence[Step], lines: Lines) -> list[int]:
    """Entries by their original tuple; the packet that made the entry counts, and each that was recognized by it."""
    used = Counter(step["original"]["text"] for step in _of_kind(steps, "conntrack") if step.get("original"))
    return [sum(n for text, n in used.items() if f" {text} " in line) for line in lines]


def _programs(steps: Sequence[Step], lines: Lines) -> list[int]:
    used = Counter(f"{step['device']} {step['point']} {step['program']}" for step in _of_kind(steps, "bpf"))
    connects = Counter(step["program"] for step in _of_kind(steps, "socket-rewrite"))
    return [used[line] + connects[line.rpartition(" ")[2]] for line in lines]


MARKERS: Mapping[str, Callable[[Sequence[Step], Lines], list[int]]] = {
    "iptables": _iptables,
    "ip6tables": _iptables,
    "nftables": _nftables,
    "routes": _by_text("route", _route_text),
    "neighbors": _by_text("neighbour", _neighbour_text),
    "forwarding database": _fdb,
    "ipvs": _ipvs,
    "connections": _connections,
    "programs": _programs,
}
