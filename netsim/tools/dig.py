"""``dig`` of BIND 9.18: one question to one name server, without the search list."""

from __future__ import annotations

from dataclasses import dataclass

from netsim.errors import NetsimError
from netsim.kubernetes.dns.message import Question, Record, RecordType, absolute, reverse_name
from netsim.kubernetes.objects import IPAddress
from netsim.resolver import Query, check_name
from netsim.tools.machine import HostNotFoundError, Machine, Output, literal, milliseconds
from netsim.tools.options import UsageError

VERSION = "; <<>> DiG 9.18.41 <<>>"
TRIES = 3
"""A query and two retries of 5 seconds each (``+tries``)."""

FLAGS = ("short", "tcp", "search", "answer", "noall", "nocomments", "norecurse", "nostats")
MAX_SEARCH = 40


@dataclass(slots=True)
class _Request:
    """What the words ask for."""

    name: str = ""
    type: RecordType = RecordType.A
    server: str = ""
    flags: frozenset[str] = frozenset()


def run(machine: Machine, words: list[str]) -> Output:
    request = _request(words)
    server = _server(machine, request.server)
    if server is None:
        return Output(f"dig: couldn't get address for '{request.server}': not found\n", 10)
    names = _names(machine, request)
    queries: tuple[Query, ...] = ()
    for name in names:
        queries = machine.resolver.ask(server, Question(name, request.type), tcp="tcp" in request.flags)
        if queries[-1].response is not None and queries[-1].response.has_data:
            break
    return _printed(queries, words, request, server)


def _request(words: list[str]) -> _Request:
    request = _Request()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word.startswith("@"):
            request.server = word[1:]
        elif word.startswith("+"):
            request.flags |= {_flag(word[1:])}
        elif word == "-x":
            address = literal(rest.pop(0)) if rest else None
            if address is None:
                raise UsageError("dig: '-x' requires an address", 1)
            request.name, request.type = f"{reverse_name(address)}.", RecordType.PTR
        elif word == "-t" and rest:
            request.type = _type(rest.pop(0))
        elif word.startswith("-"):
            raise UsageError(f"Invalid option: {word}\nUsage:  dig [@global-server] [q-type] {{q-opt}} [host]", 1)
        elif word.upper() in tuple(RecordType) and request.name:
            request.type = _type(word)
        elif not request.name:
            request.name = word
    request.name = request.name or "."
    return request


def _flag(text: str) -> str:
    name = text.partition("=")[0]
    if name not in (*FLAGS, "time", "tries", "timeout", "recurse", "all", "comments"):
        raise UsageError(f"Invalid option: +{text}\nUsage:  dig [@global-server] [q-type] {{q-opt}} [host]", 1)
    return name


def _type(text: str) -> RecordType:
    try:
        return RecordType(text.upper())
    except ValueError:
        raise UsageError(f";; Warning, ignoring invalid type {text}", 1) from None


def _server(machine: Machine, typed: str) -> IPAddress | None:
    if not typed:
        nameservers = machine.resolv_conf.nameservers
        return nameservers[0] if nameservers else literal("127.0.0.1")
    try:
        return machine.find(typed).address
    except HostNotFoundError:
        return None


def _names(machine: Machine, request: _Request) -> list[str]:
    """The name as it is; with ``+search`` those of the search list before it."""
    bare = absolute(request.name)
    try:
        check_name(request.name)
    except NetsimError:
        raise UsageError(f"dig: '{request.name}' is not a legal name", 10) from None
    if "search" not in request.flags or request.name.endswith("."):
        return [bare]
    searched = [f"{bare}.{suffix}" for suffix in machine.resolv_conf.searches[:MAX_SEARCH]]
    first = bare.count(".") >= machine.resolv_conf.ndots
    return [bare, *searched] if first else [*searched, bare]


def _printed(queries: tuple[Query, ...], words: list[str], request: _Request, server: IPAddress) -> Output:
    last = queries[-1]
    heading = f"\n{VERSION} {' '.join(words)}\n;; global options: +cmd\n"
    if last.response is None:
        why = "connection refused" if last.outcome == "refused" else "timed out"
        tries = "".join(f";; communications error to {server}#53: {why}\n" for _ in range(TRIES))
        none = f"{tries}\n{VERSION} {' '.join(words)}\n;; global options: +cmd\n;; no servers could be reached\n"
        return Output(none, 9)
    if "short" in request.flags:
        return Output("".join(f"{_data(record)}\n" for record in last.response.answers))
    truncated = ";; Truncated, retrying in TCP mode.\n" if len(queries) > 1 else ""
    return Output(truncated + heading + _message(last))


def _message(query: Query) -> str:
    response, question = query.response, query.question
    assert response is not None
    answers, additional = len(response.answers), len(response.additional)
    lines = [
        ";; Got answer:",
        f";; ->>HEADER<<- opcode: QUERY, status: {response.rcode}, id: 4242",
        f";; flags: qr rd ra; QUERY: 1, ANSWER: {answers}, AUTHORITY: 0, ADDITIONAL: {additional}",
        "", ";; QUESTION SECTION:", f";{question.name + '.':<30}\tIN\t{question.type}", "",
    ]  # fmt: skip
    for title, records in (("ANSWER", response.answers), ("ADDITIONAL", response.additional)):
        if records:
            lines += [f";; {title} SECTION:", *(_record(record) for record in records), ""]
    size = response.size(question)
    protocol = str(query.protocol).upper()
    lines += [
        f";; Query time: {round(milliseconds(query.exchange)) if query.exchange is not None else 0} msec",
        f";; SERVER: {query.server}#53({query.server}) ({protocol})",
        f";; MSG SIZE  rcvd: {size}", "",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _record(record: Record) -> str:
    return f"{record.name + '.':<23}\t{record.ttl}\tIN\t{record.type}\t{_data(record)}"


def _data(record: Record) -> str:
    """Names with their final dot."""
    is_name = record.type in (RecordType.CNAME, RecordType.SRV, RecordType.PTR, RecordType.NS)
    return f"{record.data}." if is_name else record.data
